"""Any vector format that GDAL reads: GeoPackage, GeoJSON, Shapefile, FlatGeobuf, zipped ones."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from data.finding_codes import Code
from data.sources.raw import Raw, RefusedError, in_its_words, refuse_pointers
from data.sources.shapes import PLAIN, Shapes, as_written, looked_over
from vigia.settings import FileInput

MEASURED = re.compile(r"Measured \(M\) geometry")  # what is said of it here is said better


def read(path: Path, spec: FileInput, wanted: Sequence[str]) -> Raw:
    """Rows and geometry of one layer.

    Raises
    ------
    RefusedError
        ``unreadable_file``, ``missing_table``, ``several_tables``, ``empty_file``.
    """
    refuse_pointers(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = one_layer(path, spec.table)
            frame = pyogrio.read_dataframe(path, layer=table, on_invalid="ignore")
            info = pyogrio.read_info(path, layer=table, force_feature_count=True)
            shapes = _shapes(path, info, frame)
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            said = in_its_words(error, spec)
            raise RefusedError("unreadable_file", f"GDAL cannot read it: {said}") from None
        except (ValueError, RuntimeError, UnicodeDecodeError) as error:
            said = in_its_words(error, spec)
            raise RefusedError("unreadable_file", f"Its content is damaged: {said}") from None
    if len(frame) < info["features"]:
        raise RefusedError(
            "unreadable_file",
            f"It says to have {info['features']} rows, but only {len(frame)} can be read.",
        )
    if not len(frame):
        raise RefusedError("empty_file", "The file has no rows.")
    warned = {str(warning.message) for warning in caught}
    sentences = sorted(one for one in warned if not MEASURED.match(one))
    told: dict[Code, str] = {}
    if sentences:
        told["reader_warning"] = f"GDAL warned: {in_its_words(' '.join(sentences), spec)}"
    if shapes is None:
        return Raw(frame, None, told)
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    told |= shapes.told
    return Raw(plain, shapes.geometry, told, shapes.counts, shapes.closed, shapes.unreadable)


def _shapes(path: Path, info: dict[str, Any], frame: pd.DataFrame) -> Shapes | None:
    """The geometry of what was read; None where the layer has none."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    geometry = gpd.GeoSeries(frame.geometry)
    if info["driver"] in PLAIN and not geometry.isna().any():
        return Shapes(geometry)
    return looked_over(geometry, as_written(path, str(info["layer_name"])))


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
