"""Files as real sources hand them out, byte for byte the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

CRS = "EPSG:4326"
CLOCK = {"OGR_CURRENT_DATE": "2026-01-15T00:00:00.000Z"}  # a GeoPackage notes when it was written


@contextmanager
def stopped_clock() -> Iterator[None]:
    """GDAL's clock for files stands still."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in CLOCK}
    pyogrio.set_gdal_config_options(CLOCK)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def write_vector(
    path: Path, geometry: np.ndarray, columns: Mapping[str, object] | pd.DataFrame
) -> None:
    """A GeoPackage or a GeoJSON, by the name's ending; geometry in degrees."""
    frame = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=gpd.GeoSeries(geometry, crs=CRS))
    path.unlink(missing_ok=True)
    driver, options = {
        ".gpkg": ("GPKG", {}),
        ".geojson": ("GeoJSON", {"COORDINATE_PRECISION": "6"}),
    }[path.suffix]
    with stopped_clock():
        pyogrio.write_dataframe(frame, path, driver=driver, layer=path.stem, **options)


def write_csv(
    path: Path,
    columns: Mapping[str, object] | pd.DataFrame,
    *,
    sep: str = ",",
    encoding: str = "utf-8",
) -> None:
    """A table; ``utf-8-sig`` puts a byte order mark in front."""
    frame = pd.DataFrame(columns)
    frame.to_csv(path, index=False, sep=sep, encoding=encoding, lineterminator="\n")
