"""What reading does to geometry in silence, found out from the bytes of the file.

GDAL draws curves as lines of many points, and pyogrio leaves measures (M) out and gives nothing for
what Shapely cannot hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
import shapely

from data.finding_codes import Code
from data.sources.raw import Rows, no_rows

PLAIN = ("GeoJSON", "GeoJSONSeq", "TopoJSON")  # formats without curves and measures
HEAD = 5  # bytes of WKB: byte order and type
# Types of WKB: ISO adds 1000 for Z, 2000 for M; the older form has a bit for each.
CURVES = (8, 9, 10, 11, 12, 13, 14)
SEGMENTS_OF_A_QUARTER = 22  # GDAL's: a point every four degrees
Z_BIT, M_BIT = 0x80000000, 0x40000000


@dataclass(frozen=True)
class Shapes:
    """Geometry with what reading did to it; see ``Raw``."""

    geometry: gpd.GeoSeries
    told: dict[Code, str] = field(default_factory=dict)
    counts: dict[Code, int] = field(default_factory=dict)
    closed: Rows = field(default_factory=no_rows)
    unreadable: Rows = field(default_factory=no_rows)


def as_written(path: Path, layer: str) -> pa.Array:
    """WKB of every row as the file has it: curves, measures and open rings too."""
    info, table = pyogrio.read_arrow(path, layer=layer, columns=[])
    name = info["geometry_name"] or table.schema.names[-1]
    written = table[name].combine_chunks()
    return written if isinstance(written, pa.Array) else pa.concat_arrays(written.chunks)


def looked_over(geometry: gpd.GeoSeries, written: pa.Array) -> Shapes:
    """What became of the geometries in ``written``; open rings are closed.

    Parameters
    ----------
    geometry : GeoSeries
        As pyogrio gave it: None for what Shapely refused.
    written : array of binary
        WKB of the same rows.
    """
    if len(written) != len(geometry):
        raise ValueError("the rows of the file change from one reading to the next")
    kinds, measured = _kinds(written)
    told: dict[Code, str] = {}
    counts: dict[Code, int] = {}
    curved = int(np.isin(kinds, CURVES).sum())
    if curved:
        told["curves_linearised"] = (
            f"{curved} geometries have curves: they are drawn as straight pieces, "
            f"{SEGMENTS_OF_A_QUARTER} or more to a quarter of a circle."
        )
        counts["curves_linearised"] = curved
    if measured:
        told["dimensions_dropped"] = f"{measured} geometries have measures (M), which are left out."
        counts["dimensions_dropped"] = measured
    refused = np.flatnonzero(geometry.isna().to_numpy() & (kinds > 0))
    mended = shapely.from_wkb(written.take(refused).to_pylist(), on_invalid="fix")
    closed = refused[~shapely.is_missing(mended)]
    whole = np.asarray(geometry.array, dtype=object)
    whole[refused] = mended
    return Shapes(
        gpd.GeoSeries(whole, index=geometry.index, crs=geometry.crs),
        told,
        counts,
        closed.astype(np.int64),
        refused[shapely.is_missing(mended)].astype(np.int64),
    )


def _kinds(written: pa.Array) -> tuple[Rows, int]:
    """The type of each geometry without its dimensions, 0 of none; how many have measures."""
    heads: Any = pc.fill_null(pc.binary_slice(written, 0, HEAD), b"\0" * HEAD)
    whole = b"".join(head.ljust(HEAD, b"\0") for head in heads.to_pylist())
    table = np.frombuffer(whole, dtype=np.uint8).reshape(-1, HEAD)
    number = np.ascontiguousarray(table[:, 1:])
    little = table[:, 0] == 1
    kinds = np.where(little, number.view("<u4")[:, 0], number.view(">u4")[:, 0]).astype(np.int64)
    plain = kinds & ~(Z_BIT | M_BIT | 0x20000000)
    measured = ((kinds & M_BIT) > 0) | np.isin(plain // 1000, (2, 3))
    return plain % 1000, int(measured.sum())
