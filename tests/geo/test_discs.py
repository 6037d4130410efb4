"""Sums within a radius and kernel densities, against plain NumPy, SciPy's tree and closed forms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial import cKDTree

from geo.discs import PointsAround, kernel_density, sums_within
from vigia.errors import GeometryError

RADIUS_M = 50_000.0


def clustered(count: int, seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    towns = draw.uniform(-4e5, 4e5, (12, 2))
    return towns[draw.integers(0, 12, count)] + draw.normal(0, 4e4, (count, 2))


def ones(count: int) -> np.ndarray:
    return np.ones((count, 1))


PLACES, FEATURES = clustered(300, 1), clustered(4000, 2)
WEIGHTS = np.column_stack([np.ones(4000), np.random.default_rng(3).lognormal(0, 3, 4000)])


def squares(places: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Squared distances, shape (places, features)."""
    dx, dy = (places[:, None, axis] - features[None, :, axis] for axis in (0, 1))
    return np.asarray(dx * dx + dy * dy)


@pytest.mark.parametrize("radius_m", [1_000.0, 5_000.0, RADIUS_M, 3e5, 5e6])
def test_sums_are_those_of_a_plain_count(radius_m: float) -> None:
    inside = squares(PLACES, FEATURES) <= radius_m * radius_m
    found = sums_within(PLACES, FEATURES, WEIGHTS, radius_m)
    assert (found[:, 0] == inside.sum(axis=1)).all()
    assert found[:, 1] == pytest.approx(inside @ WEIGHTS[:, 1], rel=1e-12)
    assert inside.any()


def test_counts_are_those_of_a_search_tree() -> None:
    expected = cKDTree(FEATURES).query_ball_point(PLACES, RADIUS_M, return_length=True)
    assert (sums_within(PLACES, FEATURES, ones(4000), RADIUS_M)[:, 0] == expected).all()


@given(
    arrays(np.int64, st.tuples(st.integers(1, 5), st.just(2)), elements=st.integers(-60, 60)),
    arrays(np.int64, st.tuples(st.integers(0, 30), st.just(2)), elements=st.integers(-60, 60)),
    st.integers(1, 60),
)
@settings(deadline=None)  # the first call compiles
def test_a_feature_at_the_radius_is_in(
    places: np.ndarray, features: np.ndarray, radius: int
) -> None:
    """In whole numbers nothing is rounded, and many lie at the radius, on cells' borders too."""
    inside = squares(places, features) <= radius * radius
    found = sums_within(places * 1000.0, features * 1000.0, ones(len(features)), radius * 1000.0)
    assert (found[:, 0] == inside.sum(axis=1)).all()


def test_of_features_in_one_cell_those_at_the_radius_are_in() -> None:
    """The cell is then looked at one by one: the last of these three is outside by a micron."""
    features = np.array([[30_000, 40_000], [30_001, 39_999], [30_000, 40_000 + 1e-6]])
    weights = np.array([[1.0], [10.0], [100.0]])
    assert sums_within(np.zeros((1, 2)), features, weights, RADIUS_M).tolist() == [[11]]
    assert sums_within(np.zeros((1, 2)), features[[0, 2]], ones(2), RADIUS_M).tolist() == [[1]]


def test_the_plane_may_be_moved_in_whole_steps() -> None:
    places, features = np.rint(PLACES), np.rint(FEATURES)
    count = sums_within(places, features, ones(4000), RADIUS_M)
    for step in ([1, 0], [-123_457, 9_999_999], [2**25, -(2**25)]):
        moved = sums_within(places + step, features + step, ones(4000), RADIUS_M)
        assert (moved == count).all()


def test_sums_over_parts_of_the_features_add_up() -> None:
    for parts in (FEATURES[:, 0] < 0, np.arange(4000) % 3 == 0):
        split = [sums_within(PLACES, FEATURES[p], WEIGHTS[p], RADIUS_M) for p in (parts, ~parts)]
        whole = sums_within(PLACES, FEATURES, WEIGHTS, RADIUS_M)
        assert sum(split) == pytest.approx(whole, rel=1e-12)


@given(st.floats(10, 1e6), st.floats(10, 1e6))
@settings(deadline=None, max_examples=30)
def test_a_larger_radius_never_has_less(one: float, other: float) -> None:
    less, more = sorted([one, other])
    small, large = (sums_within(PLACES, FEATURES, WEIGHTS, radius) for radius in (less, more))
    assert (small[:, 0] <= large[:, 0]).all()
    assert (small[:, 1] <= large[:, 1] * (1 + 1e-12)).all()


def bytes_of(features: np.ndarray, weights: np.ndarray, radius_m: float) -> tuple[bytes, bytes]:
    around = PointsAround(features, weights, radius_m)
    return around.sums(PLACES).tobytes(), around.kernel(PLACES).tobytes()


@pytest.mark.parametrize("radius_m", [3_000.0, RADIUS_M, 2e5])
def test_far_features_change_no_byte(radius_m: float) -> None:
    """Just outside of all discs too, where they share cells with features inside."""
    gap = np.sqrt(squares(FEATURES, PLACES).min(axis=1))
    reached = gap <= radius_m
    alone = bytes_of(FEATURES[reached], WEIGHTS[reached], radius_m)
    draw = np.random.default_rng(5)
    angle, near = draw.uniform(0, 2 * np.pi, 4000), PLACES[draw.integers(0, 300, 4000)]
    ring = near + 1.0001 * radius_m * np.column_stack([np.cos(angle), np.sin(angle)])
    ring = ring[np.sqrt(squares(ring, PLACES).min(axis=1)) > radius_m]
    far = np.vstack([ring, ring + 4e6, [[np.nan, 0], [0, np.inf], [9e7, -9e7]]])
    assert len(ring) > 10
    features = np.vstack([FEATURES[reached], far])
    weights = np.vstack([WEIGHTS[reached], np.full((len(far), 2), 1 / 3)])
    assert bytes_of(features, weights, radius_m) == alone


def test_chunks_threads_and_the_order_of_places_change_no_byte() -> None:
    around = PointsAround(FEATURES, WEIGHTS, RADIUS_M)
    whole = around.sums(PLACES)
    assert np.vstack([around.sums(PLACES[row : row + 1]) for row in range(300)]).tobytes() == (
        whole.tobytes()
    )
    assert around.sums(PLACES[::-1])[::-1].tobytes() == whole.tobytes()
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(around.sums, np.array_split(PLACES, 17)))
    assert np.vstack(parts).tobytes() == whole.tobytes()


def test_the_order_of_features_changes_no_count() -> None:
    shuffled = np.random.default_rng(6).permutation(4000)
    one = sums_within(PLACES, FEATURES, WEIGHTS, RADIUS_M)
    other = sums_within(PLACES, FEATURES[shuffled], WEIGHTS[shuffled], RADIUS_M)
    assert (one[:, 0] == other[:, 0]).all()
    assert one == pytest.approx(other, rel=1e-12)


def test_a_place_that_is_none_has_no_sum() -> None:
    places = np.array([[np.nan, 0], [0, np.inf], [0, 1e9], [0, 0]])
    for found in (
        sums_within(places, np.zeros((2, 2)), np.ones((2, 3)), RADIUS_M),
        kernel_density(places, np.zeros((2, 2)), np.ones(2), RADIUS_M),
    ):
        assert np.isnan(found[:3]).all()
        assert (found[3:] > 0).all()


def test_without_features_there_is_nothing() -> None:
    none = np.empty((0, 2))
    assert sums_within(PLACES, none, np.empty((0, 2)), RADIUS_M).tolist() == [[0, 0]] * 300
    assert kernel_density(PLACES, none, np.empty(0), RADIUS_M).tolist() == [0] * 300
    assert sums_within(none, FEATURES, WEIGHTS, RADIUS_M).shape == (0, 2)


def test_an_unknown_weight_is_unknown_where_it_is_near_and_nowhere_else() -> None:
    features = np.array([[0.0, 0.0], [1000.0, 0.0], [8e4, 0.0]])
    weights = np.array([[1.0], [np.nan], [5.0]])
    found = sums_within(features[[0, 2]], features, weights, RADIUS_M)[:, 0]
    assert np.isnan(found[0])
    assert found[1] == 5


def test_other_kinds_of_arrays_will_do() -> None:
    whole = np.rint(FEATURES)
    expected = sums_within(PLACES, whole, ones(4000), RADIUS_M)
    transposed = np.asfortranarray(PLACES), np.asfortranarray(whole)
    assert (sums_within(*transposed, ones(4000), RADIUS_M) == expected).all()
    small = sums_within(PLACES, whole.astype(np.float32), ones(4000), 50_000)
    assert (small == expected).all()


def test_weights_must_be_as_many_as_features() -> None:
    with pytest.raises(GeometryError, match="4000 features and 3 weights"):
        sums_within(PLACES, FEATURES, ones(3), RADIUS_M)
    with pytest.raises(GeometryError, match="cannot be searched in"):
        kernel_density(PLACES, FEATURES, np.ones(4000), 0)


# Kernel density


@pytest.mark.parametrize("bandwidth_m", [3_000.0, RADIUS_M, 3e5])
def test_kernel_densities_are_those_of_the_formula(bandwidth_m: float) -> None:
    ratio2 = squares(PLACES, FEATURES) / bandwidth_m**2
    each = np.where(ratio2 < 1, (1 - ratio2) ** 2, 0) * 3 / np.pi / (bandwidth_m / 1000) ** 2
    found = kernel_density(PLACES, FEATURES, WEIGHTS[:, 1], bandwidth_m)
    assert found == pytest.approx(each @ WEIGHTS[:, 1], rel=1e-12, abs=1e-18)
    assert (found > 0).any()


def test_a_kernel_is_highest_at_its_feature_and_nothing_at_its_edge() -> None:
    places = np.array([[0.0, 0.0], [25_000.0, 0.0], [50_000.0, 0.0], [60_000.0, 0.0]])
    found = kernel_density(places, np.zeros((1, 2)), np.array([2.0]), RADIUS_M)
    peak = 2 * 3 / np.pi / 50**2
    assert found == pytest.approx([peak, peak * 0.75**2, 0, 0])


def test_a_kernel_integrates_to_its_weight() -> None:
    step_km = 0.5
    side = np.arange(-60, 60, step_km) * 1000
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(side, side)])
    found = kernel_density(places, np.array([[123.0, -77.0]]), np.array([7.0]), RADIUS_M)
    assert found.sum() * step_km**2 == pytest.approx(7, rel=1e-6)


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
@settings(deadline=None, max_examples=30)
def test_kernel_densities_of_parts_add_up(x: float, y: float) -> None:
    place = np.array([[x, y]])
    assume(squares(place, FEATURES).min() < RADIUS_M**2)
    weight = WEIGHTS[:, 1]
    even = np.arange(4000) % 2 == 0
    parts = [kernel_density(place, FEATURES[p], weight[p], RADIUS_M) for p in (even, ~even)]
    assert sum(parts) == pytest.approx(kernel_density(place, FEATURES, weight, RADIUS_M))
