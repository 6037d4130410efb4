"""Any vector format that GDAL reads: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, zipped ones."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from data.finding_codes import Code
from data.sources.raw import Raw, RefusedError, in_its_words
from vigia.settings import FileInput

POINTER = re.compile(rb"<OGR\w*DataSource|<VRTDataset|<WMS|<GDAL_")
POINTER_WITHIN = 4096  # bytes


def read(path: Path, spec: FileInput, wanted: Sequence[str]) -> Raw:
    """Rows and geometry of one layer.

    Raises
    ------
    RefusedError
        ``unreadable_file``, ``missing_table``, ``several_tables``, ``empty_file``.
    """
    _refuse_pointers(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = one_layer(path, spec.table)
            frame = pyogrio.read_dataframe(path, layer=table, on_invalid="ignore")
            expected = pyogrio.read_info(path, layer=table, force_feature_count=True)["features"]
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            said = in_its_words(error, spec)
            raise RefusedError("unreadable_file", f"GDAL cannot read it: {said}") from None
        except (ValueError, RuntimeError, UnicodeDecodeError) as error:
            said = in_its_words(error, spec)
            raise RefusedError("unreadable_file", f"Its content is damaged: {said}") from None
    if len(frame) < expected:
        raise RefusedError(
            "unreadable_file",
            f"It says to have {expected} rows, but only {len(frame)} can be read.",
        )
    if not len(frame):
        raise RefusedError("empty_file", "The file has no rows.")
    sentences = sorted({str(warning.message) for warning in caught})
    told: dict[Code, str] = {}
    if sentences:
        told["reader_warning"] = f"GDAL warned: {in_its_words(' '.join(sentences), spec)}"
    if isinstance(frame, gpd.GeoDataFrame):
        plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        return Raw(plain, gpd.GeoSeries(frame.geometry), told)
    return Raw(frame, None, told)


def _refuse_pointers(path: Path) -> None:
    """A file of this kind has no data: it makes GDAL read another file, or an address."""
    with path.open("rb") as file:
        if POINTER.search(file.read(POINTER_WITHIN)):
            raise RefusedError(
                "unreadable_file", "It only points to other data; name those files themselves."
            )


def one_layer(path: Path, table: str | None) -> str:
    """The layer to read."""
    names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    if table is None and len(names) == 1:
        return names[0]
    if table in names:
        return str(table)
    there = ", ".join(names) or "none"
    if table is None:
        raise RefusedError(
            "several_tables", f"Which layer? Name one as table in vigia.toml. There are: {there}."
        )
    raise RefusedError("missing_table", f"There is no layer {table!r}. There are: {there}.")
