"""Districts as TopoJSON: every border stands once, at a scale, on a grid of whole numbers.

GeoJSON writes a border between two districts twice, and whoever simplifies or rounds the one and
not the other tears them apart. Here neighbours name the same arc.

The order matters: simplify as a coverage, put on the grid, look whether that broke anything, and
only then cut into arcs. The topojson library's own quantisation comes without that look: rounded
to a grid that is too coarse, small districts collapse and borders cross.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from topojson.core.topology import Topology

from geo.arrays import as_array
from geo.checks import require_degrees, require_polygons, require_unique_codes, require_valid
from geo.geodesy import Geometries
from geo.simplify import FINEST_DETAIL, diagonal_degrees, simplify_for_display
from vigia.errors import GeometryError

# Of the area's diagonal, that of a screen being some 1,500 pixels: half a pixel where the whole
# area is seen, where a third of it is, and where a fifteenth is.
SCALES: Mapping[str, float] = MappingProxyType(
    {"area": 1 / 3_000, "region": FINEST_DETAIL, "detail": 1 / 50_000}
)
STEPS_PER_TOLERANCE = 5  # of the grid: rounding moves a border less than simplifying does
FINEST_DECIMALS = 9  # a tenth of a millimetre: what still collapses there is no district
NOWHERE: Mapping[str, Any] = MappingProxyType({"type": "MultiPolygon", "arcs": []})

Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Gridded:
    """Geometries on a grid of whole numbers; degrees are ``number / 10**decimals``."""

    geometries: Geometries
    decimals: int


def topojson(
    districts: gpd.GeoDataFrame,
    properties: Mapping[str, Rows],
    scale: str = "region",
    *,
    about: Mapping[str, object] | None = None,
) -> str:
    """A TopoJSON text of the districts; the same input in any order gives the same bytes.

    Parameters
    ----------
    districts : GeoDataFrame
        code and geometry (None possible), in EPSG:4326.
    properties : mapping of str to sequence of mappings
        Name of an object of the TopoJSON (a layer, for most tools), and the properties of each
        district in it, in the order of ``districts``. All objects share their arcs.
    scale : {"area", "region", "detail"}
        For a map of the whole area, of a part, or of a few districts.
    about : mapping, optional
        What the file says of itself, under the key ``vigia``.

    Raises
    ------
    GeometryError
        When there is no such scale, a table is not what it should be, a property is no value of
        JSON (NaN is none), or districts are too small or too entangled to be put on any grid.

    Notes
    -----
    Features are in the order of their codes and have the code as ``id``. A district without a
    boundary is a multi-polygon of no polygons: GDAL, and with it QGIS, leaves a null geometry of
    TopoJSON out without a word. Outer rings run clockwise, which D3 needs and no other tool minds.
    """
    check(districts, scale)
    _require_rows(properties, len(districts))
    order = np.argsort(districts["code"].to_numpy(dtype=object), kind="stable")
    codes = districts["code"].iloc[order].tolist()
    geometry = as_array(simplify_for_display(districts.iloc[order], SCALES[scale]).geometry)
    gridded = to_grid(geometry, codes, first_decimals(geometry, scale))
    shapes, arcs = cut(gridded.geometries)
    written: dict[str, Any] = {
        "type": "Topology",
        **_place(gridded),
        "objects": {
            name: _object(codes, shapes, [rows[row] for row in order])
            for name, rows in properties.items()
        },
        "arcs": arcs,
        **({"vigia": dict(about)} if about is not None else {}),
    }
    return _as_json(written)


def _as_json(written: Mapping[str, Any]) -> str:
    try:
        return json.dumps(written, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise GeometryError(
            f"A property of a district is no value of JSON: {error}.",
            hint="Give text, numbers and None; what is unknown is None and not NaN.",
        ) from None


def _require_rows(properties: Mapping[str, Rows], count: int) -> None:
    for name, rows in properties.items():
        if len(rows) != count:
            raise GeometryError(
                f'There are {len(rows)} rows of properties of "{name}" for {count} districts.',
                hint="Give one row for each district, in the same order.",
            )


def check(districts: gpd.GeoDataFrame, scale: str) -> None:
    """Raise a GeometryError where there is no such scale, or the districts are none."""
    if scale not in SCALES:
        raise GeometryError(
            f'There is no scale "{scale}".', hint=f"There are: {', '.join(SCALES)}."
        )
    geometry = as_array(districts.geometry)
    for require in (require_valid, require_degrees, require_polygons):
        require("[districts]", geometry)
    require_unique_codes("[districts]", districts)


def first_decimals(geometries: Geometries, scale: str) -> int:
    """Decimals of a degree that are fine enough for a scale of this area."""
    there = geometries[~shapely.is_missing(geometries)]
    tolerance = diagonal_degrees(there) * SCALES[scale] if len(there) else 1.0
    decimals = math.ceil(-math.log10(tolerance / STEPS_PER_TOLERANCE))
    return min(max(decimals, 0), FINEST_DECIMALS)


def to_grid(geometries: Geometries, codes: Sequence[str], decimals: int) -> Gridded:
    """Geometries on the coarsest grid, from ``decimals`` on, that leaves all of them whole.

    Whole: valid, with an area, and fitting its neighbours where it did before.

    Raises
    ------
    GeometryError
        When there is no such grid; the message has the first of the codes.
    """
    rows = np.flatnonzero(~shapely.is_missing(geometries))
    fitted = ~misfits(geometries[rows])
    broken = np.zeros(len(rows), dtype=bool)
    for finer in range(decimals, FINEST_DECIMALS + 1):
        moved = _rounded(geometries[rows], finer)
        broken = ~shapely.is_valid(moved) | (shapely.area(moved) <= 0)
        if not broken.any() and not (misfits(moved) & fitted).any():
            out = geometries.copy()
            out[rows] = shapely.remove_repeated_points(moved)
            return Gridded(out, finer)
    first = [codes[row] for row in rows[broken]] or [codes[row] for row in rows[fitted]]
    raise GeometryError(
        f"District {first[0]!r} cannot be drawn: at a tenth of a millimetre its border still "
        "collapses or crosses another.",
        hint="Correct the boundaries of [districts], or leave the district without one.",
    )


def misfits(geometries: Geometries) -> NDArray[np.bool_]:
    """Whether each polygon overlaps a neighbour, or shares a border without its vertices.

    Shape (n,); polygons that lie apart fit. What is here False for all is a coverage, in which
    simplifying leaves no gaps and no slivers.
    """
    if len(geometries) == 0:
        return np.zeros(0, dtype=bool)
    wrong = shapely.coverage_invalid_edges(geometries)
    bad: NDArray[np.bool_] = ~shapely.is_empty(wrong)
    return bad


def _rounded(geometries: Geometries, decimals: int) -> Geometries:
    moved: Geometries = shapely.transform(
        geometries, lambda xy: np.round(xy * 10.0**decimals) + 0.0
    )
    return moved


def cut(geometries: Geometries) -> tuple[list[dict[str, Any] | None], list[list[list[int]]]]:
    """Polygons of whole numbers as rows of arcs, and the arcs, each as a start and steps.

    Returns
    -------
    shapes : list
        ``{"type", "arcs"}`` of each geometry; None where there is none.
    arcs : list
        Of whole numbers: the first x and y, then the way to each next.
    """
    shapes: list[dict[str, Any] | None] = [None] * len(geometries)
    rows = np.flatnonzero(~shapely.is_missing(geometries))
    if len(rows) == 0:
        return shapes, []
    found = Topology(
        list(geometries[rows]), topology=True, prequantize=False, winding_order="CW_CCW"
    ).to_dict()
    for row, shape in zip(rows.tolist(), found["objects"]["data"]["geometries"], strict=True):
        shapes[row] = {"type": shape["type"], "arcs": shape["arcs"]}
    return shapes, [_steps(arc) for arc in found["arcs"]]


def _steps(arc: Sequence[Sequence[float]]) -> list[list[int]]:
    xy = np.asarray(arc, dtype=np.int64)
    steps: list[list[int]] = np.diff(xy, axis=0, prepend=np.zeros((1, 2), np.int64)).tolist()
    return steps


def _place(gridded: Gridded) -> dict[str, Any]:
    """The bounds in degrees, where there are any, and how numbers become degrees."""
    step = float(f"1e-{gridded.decimals}")
    placed: dict[str, Any] = {"transform": {"scale": [step, step], "translate": [0.0, 0.0]}}
    there = gridded.geometries[~shapely.is_missing(gridded.geometries)]
    if len(there):
        bounds = shapely.total_bounds(there) / 10.0**gridded.decimals
        placed["bbox"] = np.round(bounds, gridded.decimals).tolist()
    return placed


def _object(codes: list[str], shapes: list[dict[str, Any] | None], rows: Rows) -> dict[str, Any]:
    features = [
        {**(shape or NOWHERE), "id": code, "properties": dict(row)}
        for code, shape, row in zip(codes, shapes, rows, strict=True)
    ]
    return {"type": "GeometryCollection", "geometries": features}
