"""A region in parts that lie together.

Neighbours on the Hilbert curve are neighbours on the ground (Hilbert 1891, Math. Ann. 38): a part
needs the features near it and no others, so that memory does not grow with the region. Parts follow
from the districts alone; neither threads nor machines change a byte of what comes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely

from geo.nearest import Ints
from geo.region import Ground
from geo.surface import bounds_of

DISTRICTS_AT_ONCE = 256
Part: TypeAlias = tuple[Ints, Ground]


def parts_of(ground: Ground) -> Iterator[Part]:
    """Rows of the whole ground, and the ground of these rows; each row is in one part."""
    tree = shapely.STRtree(ground.polygons)
    for rows in chunks(ground):
        yield rows, ground.part(rows, tree)


def chunks(ground: Ground) -> list[Ints]:
    """Rows along the Hilbert curve of the districts' middles, cut at every so many, each sorted."""
    order = np.argsort(_along_the_curve(ground), kind="stable")
    cuts = range(DISTRICTS_AT_ONCE, len(order), DISTRICTS_AT_ONCE)
    return [np.sort(rows) for rows in np.split(order, list(cuts))] if len(order) else []


def _along_the_curve(ground: Ground) -> Ints:
    """Districts without a boundary come last."""
    place = np.full(len(ground), np.iinfo(np.int64).max, dtype=np.int64)
    there = np.flatnonzero(~shapely.is_missing(ground.polygons))
    bounds = bounds_of(ground.polygons)
    if bounds is not None:
        boxes = gpd.GeoSeries(ground.polygons[there])
        place[there] = boxes.hilbert_distance(total_bounds=bounds).to_numpy(np.int64)
    return place
