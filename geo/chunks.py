"""A region in parts that lie together, measured one beside the other.

Neighbours on the Hilbert curve are neighbours on the ground (Hilbert 1891, Math. Ann. 38): a part
needs the features near it and no others, so that memory does not grow with the region. Parts follow
from the districts alone; neither threads nor machines change a byte of what comes out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from geo.nearest import Ints
from geo.region import Ground
from geo.surface import bounds_of

DISTRICTS_AT_ONCE = 256
Part = TypeVar("Part")
Result = TypeVar("Result")


def parts_of(ground: Ground) -> Iterator[tuple[Ints, Ground]]:
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


def in_threads(
    task: Callable[[Part], Result], parts: Iterable[Part], threads: int | None = None
) -> Iterator[Result]:
    """Results as they come. GEOS and compiled code let other threads run meanwhile.

    No more parts are made than there are threads to measure them, and one to wait.
    """
    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[Result]] = set()
        for part in parts:
            running.add(pool.submit(task, part))
            if len(running) > workers:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        for future in running:
            yield future.result()
