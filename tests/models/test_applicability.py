"""The area of applicability against hand-computed cases and brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

import models.applicability as module
from models.applicability import Applicability
from models.forecast import Floats
from tests.models.checks import checks_of
from vigia.errors import ModelError


@pytest.mark.parametrize(("estimator", "check"), checks_of(Applicability()))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def simulated(seed: int = 1, rows: int = 60) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Three factors in different units, weights, and folds that lie in different parts."""
    random = np.random.default_rng(seed)
    folds = np.repeat(np.arange(4), rows // 4)
    X = random.normal(0, 1, (rows, 3)) + folds[:, np.newaxis]  # noqa: N806
    return X * [1, 1000, 0.01] + [0, 500, -3], np.array([0.5, -2.0, 0.1]), folds


def test_one_factor_by_hand() -> None:
    """0, 1, 3, 7: sd 2.681, mean distance 3.833 in the factor's unit; both cancel out."""
    area = Applicability().fit([[0.0], [1.0], [3.0], [7.0]])
    mean = (1 + 3 + 7 + 2 + 6 + 4) / 6
    np.testing.assert_allclose(area.training_dissimilarity_, np.array([1, 1, 2, 4]) / mean)
    # Quartiles 1 and 2.5: the whisker reaches to 4.75, and 4 is the greatest within.
    assert area.threshold_ == pytest.approx(4 / mean)
    asked = [[0.0], [5.0], [11.0], [11.1], [-3.9], [np.nan]]
    expected = np.array([0, 2, 4, 4.1, 3.9, np.nan]) / mean
    np.testing.assert_allclose(area.dissimilarity(asked), expected, atol=1e-12)
    assert area.applies([[5.0], [10.9], [11.1], [-3.9], [np.nan]]).tolist() == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_folds_by_hand() -> None:
    """Pairs held out together are nearest to the other pair; the outlier is beyond the whisker."""
    X = [[0.0], [1.0], [3.0], [4.0], [100.0]]  # noqa: N806
    area = Applicability().fit(X, folds=["a", "a", "b", "b", "c"])
    own = area.training_dissimilarity_ * area.mean_distance_ * np.std(X)
    np.testing.assert_allclose(own, [3, 2, 2, 3, 96])
    assert area.threshold_ == pytest.approx(area.training_dissimilarity_[0])


def test_two_factors_by_hand() -> None:
    """A unit square of standardised factors (sd 1/2), the second of which counts half."""
    square = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    area = Applicability().fit(square, weights=[2.0, -1.0])
    np.testing.assert_allclose(area.weights_, [1, 0.5])
    mean = (2 * 2 + 2 * 1 + 2 * np.sqrt(5)) / 6
    assert area.mean_distance_ == pytest.approx(mean)
    assert area.threshold_ == pytest.approx(1 / mean)
    np.testing.assert_allclose(
        area.dissimilarity([[1.5, 1.0], [1.0, 2.0], [2.5, 3.0]]),
        np.array([1, 1, np.sqrt(9 + 4)]) / mean,
    )


@pytest.mark.parametrize("neighbours", [2, 4, 32])
def test_it_is_what_brute_force_finds(neighbours: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the first neighbours asked for are all of the row's own fold."""
    monkeypatch.setattr(module, "NEIGHBOURS", neighbours)
    X, weights, folds = simulated()  # noqa: N806
    area = Applicability().fit(X, weights=weights, folds=folds)
    points = X / X.std(axis=0) * np.maximum(np.abs(weights) / 2, 0.05)
    apart = cdist(points, points)
    apart[folds[:, np.newaxis] == folds] = np.inf
    own = apart.min(axis=1) / pdist(points).mean()
    np.testing.assert_allclose(area.training_dissimilarity_, own)
    low, high = np.quantile(own, [0.25, 0.75])
    assert area.threshold_ == pytest.approx(max(own[own <= high + 1.5 * (high - low)]))


scales = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)


@settings(max_examples=30, deadline=None)
@given(st.tuples(scales, scales, scales), st.floats(1e-3, 1e3), st.randoms(use_true_random=False))
def test_neither_units_nor_the_order_of_rows_matter(
    units: tuple[float, ...], unit_of_weights: float, shuffler: Any
) -> None:
    X, weights, folds = simulated(rows=40)  # noqa: N806
    asked = simulated(seed=2)[0]
    order = list(range(40))
    shuffler.shuffle(order)
    one = Applicability().fit(X, weights=weights, folds=folds)
    other = Applicability().fit(
        (X * units)[order], weights=weights * unit_of_weights, folds=folds[order]
    )
    assert other.threshold_ == pytest.approx(one.threshold_)
    np.testing.assert_allclose(
        other.dissimilarity(asked * units), one.dissimilarity(asked), rtol=1e-6
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.floats(-1e3, 1e3)), min_size=2, max_size=30),
    st.lists(st.floats(0, 10), min_size=2, max_size=2),
)
def test_training_rows_always_apply_and_far_ones_never_do(
    rows: list[tuple[float, float]], weights: list[float]
) -> None:
    X = np.array(rows, dtype=float)  # noqa: N806
    area = Applicability().fit(X, weights=weights)
    assert (area.dissimilarity(X) == 0).all()
    assert area.applies(X).all()
    for factor in range(2):
        far = X[:1].copy()
        far[0, factor] += 1e6  # at least 1,000 ranges away
        assert not area.applies(far)[0]


def test_a_factor_that_the_model_made_nothing_of_still_counts() -> None:
    X = np.random.default_rng(1).normal(0, 1, (50, 2))  # noqa: N806
    area = Applicability().fit(X, weights=[1.0, 0.0])
    assert not area.applies([[X[0, 0], X[0, 1] + 100]])[0]
    equal = Applicability().fit(X, weights=[0.0, 0.0])
    assert equal.threshold_ == Applicability().fit(X).threshold_


def test_where_a_factor_differs_that_was_always_the_same_nothing_is_known() -> None:
    X = np.column_stack([np.arange(10.0), np.full(10, 0.1)])  # noqa: N806
    area = Applicability().fit(X)
    assert area.dissimilarity([[3.0, 0.1], [3.0, 0.2]]).tolist() == [0, np.inf]
    alike = Applicability().fit(np.full((3, 2), 0.1))
    assert alike.applies([[0.1, 0.1], [0.1, 0.2]]).tolist() == [True, False]


def test_rows_with_a_missing_factor_teach_nothing() -> None:
    X, weights, folds = simulated()  # noqa: N806
    holes = np.vstack([X, np.full((5, 3), np.nan), [[np.nan, 0, 0]]])
    area = Applicability().fit(holes, weights=weights, folds=[*folds, *range(6)])
    whole = Applicability().fit(X, weights=weights, folds=folds)
    assert area.threshold_ == whole.threshold_


def test_more_rows_than_can_be_compared_change_the_scale_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, weights, folds = simulated(rows=400)  # noqa: N806
    asked = simulated(seed=3)[0]
    asked = asked + (asked - asked.mean(axis=0)) / 2
    whole = Applicability().fit(X, weights=weights, folds=folds)
    monkeypatch.setattr(module, "MOST_COMPARED", 100)
    part = Applicability().fit(X, weights=weights, folds=folds)
    back = Applicability().fit(X[::-1], weights=weights, folds=folds[::-1])
    assert part.mean_distance_ == pytest.approx(whole.mean_distance_, rel=0.1)
    assert part.mean_distance_ != whole.mean_distance_
    assert back.mean_distance_ == pytest.approx(part.mean_distance_)
    assert 0 < whole.applies(asked).mean() < 1
    assert (part.applies(asked) == whole.applies(asked)).all()


def test_names_of_factors_are_kept() -> None:
    X = pd.DataFrame(simulated()[0], columns=["mines", "rivers", "people"])  # noqa: N806
    area = Applicability().fit(X)
    assert area.get_params() == {"least_share": 0.05}
    assert list(area.feature_names_in_) == ["mines", "rivers", "people"]
    with pytest.raises(ValueError, match="feature names"):
        area.applies(X[["rivers", "mines", "people"]])


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"weights": [1.0, 2.0]}, "one finite number for each of the 3 factors"),
        ({"weights": [1.0, np.nan, 2.0]}, "one finite number"),
        ({"folds": [1, 2]}, "2 folds for 60 rows"),
        ({"folds": np.ones(60)}, "fewer than two folds"),
    ],
)
def test_what_makes_no_sense_is_refused(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        Applicability().fit(simulated()[0], **given_)
