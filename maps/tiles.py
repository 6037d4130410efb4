"""Vector tiles (Mapbox Vector Tile 2.1) of districts in Web Mercator, made from memory.

For each zoom the borders are simplified once, all together, and set on the grid of that zoom, which
is the same for all of its tiles: neighbours keep one border, and tiles meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import shapely

from geo.simplify import diagonal_degrees, simplify_for_display

EXTENT = 4096  # cells along a tile's side
BUFFER = 64  # cells beyond its edge: strokes that lie there do not show
MOST_ZOOM = 12  # a cell is 2.4 m there; clients draw closer views from these tiles
ZOOMS_KEPT = 6  # in memory; those asked for longest ago go
BEND = 4.0  # cells: bends of a border below the square of it go
HALF_WORLD = math.pi * 6378137.0  # metres of Web Mercator
MOST_LATITUDE = math.degrees(math.atan(math.sinh(math.pi)))  # where its square ends
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
Row = Mapping[str, Any]


class Grid:
    """Borders of districts, cell by cell; each zoom is made when first asked for.

    Parameters
    ----------
    districts : GeoDataFrame
        In EPSG:4326, with ``code``. Those without a boundary are in no tile.
    """

    def __init__(self, districts: gpd.GeoDataFrame) -> None:
        drawn = districts.loc[districts.geometry.notna(), ["code", "geometry"]]
        self._districts = drawn.reset_index(drop=True)
        self._codes = self._districts["code"].to_numpy()
        self._zooms: dict[int, np.ndarray[Any, Any]] = {}
        self._making = Lock()

    def cut(self, zoom: int, row: int, column: int) -> Iterator[tuple[str, Any]]:
        """Code and geometry, in cells of the tile, of all that show in it; valid and by code."""
        shapes = self._at(zoom)
        if len(shapes) == 0:
            return
        west, north = column * EXTENT, row * EXTENT
        low = np.array([west, north]) - BUFFER
        high = low + EXTENT + 2 * BUFFER
        bounds = shapely.bounds(shapes)
        near = np.flatnonzero((bounds[:, :2] < high).all(1) & (bounds[:, 2:] > low).all(1))
        inside = (bounds[near, :2] >= low).all(1) & (bounds[near, 2:] <= high).all(1)
        cut = shapes[near]
        cut[~inside] = _areas(
            shapely.intersection(cut[~inside], shapely.box(*low, *high), grid_size=1.0)
        )
        moved = shapely.transform(cut, lambda xy: xy - [west, north])
        for code, shape in zip(self._codes[near], moved, strict=True):
            if not shape.is_empty:
                yield code, shape

    def _at(self, zoom: int) -> np.ndarray[Any, Any]:
        with self._making:
            shapes = self._zooms.pop(zoom, None)
            shapes = _on_grid(self._districts, zoom) if shapes is None else shapes
            self._zooms[zoom] = shapes  # as the newest
            if len(self._zooms) > ZOOMS_KEPT:
                del self._zooms[next(iter(self._zooms))]
            return shapes


def encode(layer: str, features: Sequence[tuple[Row, Any]]) -> bytes:
    """A tile of one layer; of attributes without a value there are none.

    Shapes are as ``Grid.cut`` gives them.
    """
    content = {
        "name": layer,
        "features": [
            {
                "geometry": shape,
                "properties": {name: value for name, value in row.items() if value is not None},
            }
            for row, shape in features
        ],
    }
    options = {"y_coord_down": True, "extents": EXTENT, "check_winding_order": False}
    tile: bytes = mapbox_vector_tile.encode([content], default_options=options)
    return tile


def _on_grid(districts: gpd.GeoDataFrame, zoom: int) -> np.ndarray[Any, Any]:
    """All borders in whole cells of a zoom, from its north-west corner."""
    if len(districts) == 0:
        return np.empty(0, dtype=object)
    cells = EXTENT * 2.0**zoom
    degrees = districts.geometry.to_numpy()
    detail = BEND * 360 / cells / diagonal_degrees(degrees)
    light = simplify_for_display(districts, detail).geometry
    within = shapely.intersection(
        light.to_numpy(), shapely.box(-180, -MOST_LATITUDE, 180, MOST_LATITUDE)
    )
    metres = gpd.GeoSeries(within, crs=districts.crs).to_crs("EPSG:3857").to_numpy()
    exact = shapely.transform(
        metres, lambda xy: (xy * [1, -1] + HALF_WORLD) * (cells / (2 * HALF_WORLD))
    )
    return _seen(exact, _areas(shapely.set_precision(shapely.make_valid(exact), 1.0)))


def _seen(exact: np.ndarray[Any, Any], snapped: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What is smaller than a cell becomes one, where it is: nobody is missing from the map."""
    lost = shapely.is_empty(snapped) & ~shapely.is_empty(exact)
    at = np.floor(shapely.get_coordinates(shapely.point_on_surface(exact[lost])))
    snapped[lost] = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 1, at[:, 1] + 1)
    return snapped


def _areas(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The polygons of each, wound as tiles want them, without lines where an edge was touched."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for index in np.flatnonzero(mixed):
        parts = [part for part in shapes[index].geoms if part.area > 0]
        shapes[index] = shapely.union_all(parts)
    flat = np.isin(
        shapely.get_type_id(shapes),
        [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON],
    )
    shapes[~flat] = shapely.Polygon()
    oriented: np.ndarray[Any, Any] = shapely.orient_polygons(shapes)
    return oriented
