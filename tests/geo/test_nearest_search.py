"""What finds the nearest segments in space: the tree and the chords."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from geo.boxes import LEAF, in_space, tree_of
from geo.shortest import BELOW_M, OnEllipsoid, _reach
from tests.geo.shapes import GEOD


def random_segments(count: int, degrees: float, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    start = draw.uniform((-180, -80), (180, 80), (count, 2))
    return np.hstack([start, start + draw.uniform(-degrees, degrees, (count, 2))])


@pytest.mark.parametrize("count", [0, 1, LEAF, LEAF + 1, 1000, 4097])
def test_a_tree_has_every_segment_once_and_in_its_box(count: int) -> None:
    segments = random_segments(count, 1.0)
    segments[count // 2 :] = segments[count // 2 : count // 2 + 1]  # many are the same
    tree = tree_of(segments)
    leaves = np.flatnonzero(tree.right == 0)
    held = [row for leaf in leaves for row in range(int(tree.begins[leaf]), int(tree.stops[leaf]))]
    assert sorted(held) == list(range(count))
    assert sorted(tree.order.tolist()) == list(range(count))
    assert (tree.stops - tree.begins)[leaves].max(initial=0) <= LEAF
    for node in range(len(tree.boxes)):
        below = tree.ends[tree.begins[node] : tree.stops[node]].reshape(-1, 3)
        assert tree.boxes[node].tolist() == [*below.min(axis=0), *below.max(axis=0)]


def test_places_in_space() -> None:
    segments = random_segments(500, 3.0)
    to = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    for end in (0, 1):
        lon, lat = segments[:, 2 * end], segments[:, 2 * end + 1]
        expected = np.column_stack(to.transform(lon, lat, 0 * lon))
        assert in_space(segments)[:, 3 * end : 3 * end + 3] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metres", [1e3, 1e5, 1e6, 5e6, 1e7, 1.5e7, 1.99e7])
def test_chords_of_equally_far_places(metres: float) -> None:
    """In every direction and at every latitude they are within reach of the least of them."""
    draw = np.random.default_rng(1)
    count = 20_000
    lon, lat = draw.uniform(-180, 180, count), draw.uniform(-90, 90, count)
    to_lon, to_lat, _ = GEOD.fwd(lon, lat, draw.uniform(0, 360, count), np.full(count, metres))
    ends = in_space(np.column_stack([lon, lat, to_lon, to_lat]))
    chords = np.linalg.norm(ends[:, :3] - ends[:, 3:], axis=1)
    assert chords.max() <= _reach(chords.min()) - BELOW_M
    if metres > 1e5:
        assert _reach(chords.min()) - BELOW_M - chords.min() < 2 * (chords.max() - chords.min())


@pytest.mark.parametrize("degrees", [0.0, 1e-6, 0.01])
def test_all_pairs(degrees: float) -> None:
    """With one target at a time nothing can be overlooked."""
    targets, queries = random_segments(300, degrees), random_segments(60, degrees, 1)
    targets[::7], targets[1::7] = targets[0], targets[1]
    queries[:5] = targets[:5]
    begins = np.sort(np.random.default_rng(2).integers(0, 61, 31))
    owner, km = OnEllipsoid(targets, np.arange(300)).nearest_to(queries, begins)
    each = np.array(
        [OnEllipsoid(target[None], np.zeros(1, int)).nearest_to(queries, begins)[1]
         for target in targets]
    )  # fmt: skip
    empty = np.diff(begins) == 0
    assert (owner[empty] == -1).all()
    assert np.isnan(km[empty]).all()
    assert km[~empty].tolist() == each[:, ~empty].min(axis=0).tolist()
    assert owner[~empty].tolist() == each[:, ~empty].argmin(axis=0).tolist()
