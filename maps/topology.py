"""Districts for the screen: every border once, with no more points than a map can use.

``geo.topology`` writes files that others measure in, and refuses what it cannot write well. A map
has to show whatever boundaries there are, at once, for 20,000 districts as for ten: here arcs are
cut with arrays, and a district too small for the grid becomes a speck instead of an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.simplify import FINEST_DETAIL, simplify_for_display

MOST_POINTS = 60_000  # of all rings; borders between districts count twice
COARSER = 1.5  # than the detail before, until there are no more points than that
STILL = 0.97  # what is left of them when there are no bends any more, but districts alone
STEPS = 2**14  # of the grid, along the longer side: some ten for each pixel of a screen
MANY = 5_000  # districts: from so many on fewer steps do, for the sake of the reader's line
STEPS_OF_MANY = 2**12
SPECK = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])  # what is left of a district below the grid

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rings:
    """Closed rings on a grid, end to end; the closing point is left out.

    Attributes
    ----------
    xy : array of shape (points, 2)
    starts : array of shape (rings,)
        Where each ring begins in ``xy``.
    row : array of shape (rings,)
        The row of the district that each ring is of, in order.
    """

    xy: Ints
    starts: Ints
    row: Ints

    @property
    def sizes(self) -> Ints:
        """How many points each ring has."""
        return np.diff(self.starts, append=len(self.xy))


def display_districts(
    districts: gpd.GeoDataFrame, most_points: int = MOST_POINTS
) -> gpd.GeoDataFrame:
    """Districts with borders light enough for a bad connection, still shared by neighbours.

    However many districts there are, and however exact their borders: detail goes until
    ``most_points`` are left, or nothing but the corners where districts meet.
    """
    detail = FINEST_DETAIL
    light = simplify_for_display(districts, detail)
    points = _points(light)
    while points > most_points:
        detail *= COARSER
        lighter = simplify_for_display(light, detail)
        if _points(lighter) > points * STILL:
            break
        light, points = lighter, _points(lighter)
    shapes = light.geometry
    return light.set_geometry(shapes.where(~shapes.is_empty, None))


def _points(districts: gpd.GeoDataFrame) -> int:
    return int(shapely.get_num_coordinates(districts.geometry.to_numpy()).sum())


def topology(districts: gpd.GeoDataFrame) -> dict[str, Any]:
    """The districts (EPSG:4326) as ``static/choropleth.js`` draws them.

    Returns
    -------
    dict
        ``corner`` (west, south) and ``step`` in degrees; ``arcs``, of each how many points it has
        and the way from point to point, on from the last of the arc before; ``shapes``, of each
        row how many rings it has, and of each ring how many arcs, and which: 0 the next that was
        not named before, n the one named n before that, -n the same the other way round. A row
        without a boundary has no rings.

    Notes
    -----
    This is a quantised TopoJSON, written flat, so that it is shorter and sooner read;
    ``benchmarks.maps`` tells what a map of it costs its reader.
    """
    rows = np.flatnonzero(districts.geometry.notna())
    if len(rows) == 0:
        return {"corner": [0.0, 0.0], "step": 1.0, "arcs": [], "shapes": [0] * len(districts)}
    geometry = shapely.orient_polygons(districts.geometry.to_numpy()[rows])
    west, south, east, north = shapely.total_bounds(geometry)
    steps = STEPS if len(rows) < MANY else STEPS_OF_MANY
    step = float(max(east - west, north - south, 1e-6)) / steps
    rings = _on_grid(geometry, np.array([west, south]), step)
    references, arcs = cut(rings)
    own: list[list[list[int]]] = [[] for _ in range(len(districts))]
    for row, names in zip(rows[rings.row].tolist(), references, strict=True):
        own[row].append(names)
    return {
        "corner": [float(west), float(south)],
        "step": step,
        "arcs": flat_arcs(arcs),
        "shapes": _flat_shapes(own),
    }


def flat_arcs(arcs: list[Ints]) -> list[int]:
    """Arcs on a grid in the form of ``topology``."""
    sizes = [len(arc) for arc in arcs]
    steps = np.diff(np.concatenate(arcs), axis=0, prepend=np.zeros((1, 2), np.int64)).reshape(-1)
    ends = 2 * np.cumsum([0, *sizes[:-1]])
    flat: Ints = np.insert(steps, ends, sizes)
    return [int(number) for number in flat]


def _flat_shapes(own: list[list[list[int]]]) -> list[int]:
    flat, named = [], 0
    for rings in own:
        flat.append(len(rings))
        for names in rings:
            flat.append(len(names))
            for name in names:
                if name == named:
                    flat.append(0)
                    named += 1
                else:
                    flat.append(named - name if name >= 0 else ~name - named)
    return flat


def _on_grid(geometry: NDArray[Any], corner: NDArray[np.float64], step: float) -> Rings:
    """Rings on the grid, without those that are smaller than it, but for a speck of each row."""
    _, at, (ring_ends, polygon_ends, row_ends) = _multi(geometry)
    grid = np.round((at - corner) / step).astype(np.int64)
    sizes = np.diff(ring_ends) - 1
    polygon = np.repeat(np.arange(len(polygon_ends) - 1), np.diff(polygon_ends))
    row = np.repeat(np.arange(len(row_ends) - 1), np.diff(row_ends))[polygon]
    whole = Rings(np.delete(grid, ring_ends[1:] - 1, axis=0), _begins(sizes), row)
    keep = (whole.xy != whole.xy[_before(whole)]).any(axis=1)
    left = np.add.reduceat(keep, whole.starts)
    # A hole goes with the ring around it, which is the first of its polygon.
    first = np.concatenate([[True], np.diff(polygon) != 0])
    around = left[np.flatnonzero(first)[np.cumsum(first) - 1]]
    there = (left >= 3) & (around >= 3)
    lost = np.setdiff1d(row, row[there])
    specks = np.array([whole.xy[whole.starts[np.argmax(row == one)]] for one in lost], np.int64)
    of_ring = np.repeat(np.arange(len(sizes)), sizes)
    return _with_specks(whole, keep & there[of_ring], there, lost, specks)


def _with_specks(
    whole: Rings, points: NDArray[np.bool_], there: NDArray[np.bool_], lost: Ints, specks: Ints
) -> Rings:
    """The rings and points that stay, and the specks, in the order of the districts."""
    squares = (specks.reshape(-1, 1, 2) + SPECK).reshape(-1, 2)
    sizes = np.append(np.add.reduceat(points, whole.starts)[there], np.full(len(lost), len(SPECK)))
    row = np.append(whole.row[there], lost)
    order = np.argsort(row, kind="stable")
    begins, sorted_begins = _begins(sizes), _begins(sizes[order])
    moved = np.repeat(begins[order] - sorted_begins, sizes[order]) + np.arange(sizes.sum())
    return Rings(np.concatenate([whole.xy[points], squares])[moved], sorted_begins, row[order])


def _begins(sizes: Ints) -> Ints:
    """Where each begins, of so many points each, end to end."""
    return (np.cumsum(sizes) - sizes).astype(np.int64)


def _multi(geometry: NDArray[Any]) -> Any:
    """Coordinates and where rings, polygons and rows end, whichever kinds there are."""
    several = [
        one if one.geom_type == "MultiPolygon" else shapely.MultiPolygon([one]) for one in geometry
    ]
    return shapely.to_ragged_array(several)


def _before(rings: Rings) -> Ints:
    """The number of the point before each, round its ring."""
    before = np.arange(len(rings.xy)) - 1
    before[rings.starts] = rings.starts + rings.sizes - 1
    return before


def cut(rings: Rings) -> tuple[list[list[int]], list[Ints]]:
    """Rings as rows of arcs that no other ring divides, and the arcs.

    Returns
    -------
    references : list
        Of each ring the numbers of its arcs; ``~n`` is arc n the other way round.
    arcs : list of arrays of shape (points, 2)
        In the order in which rings first come along them, and in that direction.
    """
    _, point = np.unique(rings.xy, axis=0, return_inverse=True)
    point = point.reshape(-1).astype(np.int64)
    count = int(point.max()) + 1
    turned = _turned(rings, point, _junctions(rings, point, count))
    point, xy, begins = point[turned.order], rings.xy[turned.order], turned.begins
    after = turned.after
    pieces = np.flatnonzero(begins)
    ends = np.append(pieces[1:], len(point)) - 1  # the last point but the one where it ends
    forward = point[pieces] * count + point[after[pieces]]
    backward = point[after[ends]] * count + point[ends]
    _, first, arc = np.unique(np.minimum(forward, backward), return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    mirrored = forward > backward
    same = mirrored == mirrored[first][arc]
    names = np.where(same, number[arc], ~number[arc])
    of_ring = np.searchsorted(pieces, rings.starts)
    references = [part.tolist() for part in np.split(names, of_ring[1:])]
    drawn = np.sort(first)
    arcs = [
        np.concatenate([xy[start : end + 1], xy[after[end]][None]])
        for start, end in zip(pieces[drawn].tolist(), ends[drawn].tolist(), strict=True)
    ]
    return references, arcs


@dataclass(frozen=True)
class Turned:
    """Rings that begin where an arc begins: the new order, what follows each point, beginnings."""

    order: Ints
    after: Ints
    begins: NDArray[np.bool_]


def _junctions(rings: Rings, point: Ints, count: int) -> NDArray[np.bool_]:
    """Whether borders part at each point of the rings, or turn back on themselves."""
    before = _before(rings)
    low, high = np.minimum(point, point[before]), np.maximum(point, point[before])
    edges = np.unique(low * count + high)
    degree = np.bincount(np.concatenate([edges // count, edges % count]), minlength=count)
    after = np.empty_like(before)
    after[before] = np.arange(len(before))
    spikes = np.zeros(count, dtype=bool)
    spikes[point[point[before] == point[after]]] = True
    parts: NDArray[np.bool_] = ((degree != 2) | spikes)[point]
    return parts


def _turned(rings: Rings, point: Ints, junction: NDArray[np.bool_]) -> Turned:
    """Begin at a junction; a ring without any at its lowest point, as the other side does."""
    sizes, starts = rings.sizes, rings.starts
    of_ring = np.repeat(np.arange(len(starts)), sizes)
    rank = np.where(junction, -1, point)
    lowest = np.flatnonzero(rank == np.minimum.reduceat(rank, starts)[of_ring])
    _, first = np.unique(of_ring[lowest], return_index=True)
    shift = lowest[first] - starts
    within = np.arange(len(point)) - starts[of_ring]
    order: Ints = starts[of_ring] + np.mod(within + shift[of_ring], sizes[of_ring])
    after = np.arange(len(point)) + 1
    after[starts + sizes - 1] = starts
    begins = junction[order]
    begins[starts] = True
    return Turned(order, after, begins)
