"""Parquet and GeoParquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from shapely.errors import ShapelyError

from data.sources.raw import Raw, RefusedError, in_its_words
from vigia.settings import FileInput

SUFFIXES = (".parquet", ".geoparquet", ".pq")


def read(path: Path, spec: FileInput, wanted: Sequence[str]) -> Raw:
    """Rows, and geometry where the file is GeoParquet.

    Raises
    ------
    RefusedError
        ``unreadable_file``, ``empty_file``.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
        frame = gpd.read_parquet(path) if b"geo" in metadata else pd.read_parquet(path)
    except (OSError, ValueError, TypeError, pa.ArrowException, ShapelyError) as error:
        raise RefusedError(
            "unreadable_file", f"It cannot be read as Parquet: {in_its_words(error, spec)}"
        ) from None
    frame = frame.reset_index(drop=True)
    if not len(frame):
        raise RefusedError("empty_file", "The file has no rows.")
    if isinstance(frame, gpd.GeoDataFrame):
        plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        return Raw(plain, gpd.GeoSeries(frame.geometry))
    return Raw(frame)
