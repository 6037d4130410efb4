"""The estimator against exact posteriors and simulated truth; what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.special import expit

from geo.geodesy import Floats
from models.areal.graph import graph_of
from models.areal.hyper import Mix
from models.areal.rates import ArealRates
from tests.models.areal.worlds import covariance, lattice
from tests.models.checks import checks_of
from vigia.errors import ModelError

N, SEED = 6, 4
PATH = lattice(1, N)
DRAWS = 400_000


def exact(counts: Floats, factor: Floats, total: Any = None) -> tuple[Floats, Floats]:
    """Mean and standard deviation of log rates, by weighing draws from the prior: slow and sure."""
    rng, graph = np.random.default_rng(SEED), graph_of(PATH)
    mix, logits = Mix(graph), np.linspace(-7, 7, 2001)
    weight = np.exp([mix.log_density(one) for one in logits])
    share = np.array([expit(one) for one in rng.choice(logits, DRAWS, p=weight / weight.sum())])
    spread = rng.exponential(1 / -np.log(0.01), DRAWS)
    root = np.linalg.cholesky(covariance(graph) + 1e-12 * np.eye(N))
    u, v = root @ rng.standard_normal((N, DRAWS)), rng.standard_normal((N, DRAWS))
    b = spread * (np.sqrt(share) * u + np.sqrt(1 - share) * v)
    scaled = (factor - factor.mean()) / factor.std()
    level = np.log(max(counts.sum(), 0.5) / N) + 5 * rng.standard_normal(DRAWS)
    log = level + scaled[:, np.newaxis] * rng.standard_normal(DRAWS) + b
    with np.errstate(over="ignore"):
        means = (
            np.exp(log)
            if total is None
            else np.array([np.exp(log[total == one]).sum(axis=0) for one in np.unique(total)])
        )
        height = (counts[:, np.newaxis] * np.log(means) - means).sum(axis=0)
    weights = np.exp(height - height.max())
    weights /= weights.sum()
    assert 1 / (weights**2).sum() > 3_000
    mean = log @ weights
    return mean, np.sqrt((log - mean[:, np.newaxis]) ** 2 @ weights)


@pytest.mark.parametrize("counts", [[6, 9, 4, 8, 2, 3], [1, 0, 0, 2, 0, 0]])
def test_log_rates_are_those_of_the_exact_posterior(counts: list[float]) -> None:
    """To a tenth of their standard deviation; coefficients of few counts are a sample."""
    factor = np.array([0.3, 1.0, -0.5, 2.0, -1.5, 0.1])
    mean, sd = exact(np.array(counts, dtype=float), factor)
    found = ArealRates(PATH, draws=100, seed=2).fit(factor[:, np.newaxis], counts)
    assert (np.abs(found.log_rate_mean_ - mean) / sd).mean() < 0.1
    assert np.abs(found.log_rate_sd_ / sd - 1).mean() < 0.08


def test_totals_are_those_of_the_exact_posterior() -> None:
    """Nearly: deviations within a total are not quite normal."""
    factor, total = np.array([0.3, 1.0, -0.5, 2.0, -1.5, 0.1]), np.array([0, 0, 0, 1, 1, 1])
    sums = np.array([9.0, 4.0])
    mean, sd = exact(sums, factor, total)
    found = ArealRates(PATH, draws=100, seed=2).fit(
        factor[:, np.newaxis], np.full(N, np.nan), total=total, total_counts=sums
    )
    assert (np.abs(found.log_rate_mean_ - mean) / sd).mean() < 0.1
    assert np.abs(found.log_rate_sd_ / sd - 1).mean() < 0.12


def world(seed: int, rows: int = 12, columns: int = 15) -> dict[str, Any]:
    """Three years of districts; deviations and coefficients as the model's prior has them."""
    rng, graph = np.random.default_rng(seed), graph_of(lattice(rows, columns))
    mix, logits = Mix(graph), np.linspace(-7, 7, 501)
    weight = np.exp([mix.log_density(one) for one in logits])
    share, spread = expit(rng.choice(logits, p=weight / weight.sum())), rng.exponential(1 / 4.6)
    slope = rng.normal()
    n = len(graph)
    district = np.repeat(np.arange(n), 3)
    factors = pd.DataFrame(rng.normal(size=(3 * n, 2)), columns=["mines", "rivers"])
    root = np.linalg.cholesky(covariance(graph) + 1e-10 * np.eye(n))
    b = np.sqrt(share) * (root @ rng.normal(size=n)) + np.sqrt(1 - share) * rng.normal(size=n)
    rate = np.exp(-1 + slope * factors["mines"].to_numpy() + spread * b[district])
    people = np.exp(rng.normal(0, 0.7, 3 * n))
    cases = rng.poisson(people * rate).astype(float)
    return {"rate": rate, "X": factors, "y": cases, "exposure": people, "district": district}


def fitted(seed: int, **options: Any) -> tuple[ArealRates, Floats]:
    given = world(seed)
    rate = given.pop("rate")
    return ArealRates(lattice(12, 15), draws=500, **options).fit(**given), rate


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    for seed in range(20):
        model, rate = fitted(seed)
        away = np.abs(np.log(rate) - model.log_rate_mean_) / model.log_rate_sd_
        held.append([(away < 1.96).mean(), (away < 1.28).mean()])
        assert model.settled_
    ninety_five, eighty = np.mean(held, axis=0)
    assert 0.92 < ninety_five < 0.98
    assert 0.74 < eighty < 0.86


def test_neighbours_help_where_the_field_is_smooth() -> None:
    rng, graph = np.random.default_rng(1), graph_of(lattice(12, 15))
    root = np.linalg.cholesky(covariance(graph) + 1e-10 * np.eye(len(graph)))
    log_rate = root @ rng.normal(size=len(graph))
    cases, nothing = rng.poisson(3 * np.exp(log_rate)), np.zeros((len(graph), 1))
    near, alone = (ArealRates(w, draws=50).fit(nothing, cases) for w in (lattice(12, 15), None))
    log_rate = log_rate + np.log(3)
    errors = [np.sqrt(((m.log_rate_mean_ - log_rate) ** 2).mean()) for m in (near, alone)]
    assert errors[0] < 0.9 * errors[1]
    assert near.log_evidence_ > alone.log_evidence_ + 3


def test_the_same_seed_gives_the_same_bytes_and_either_solver_the_same_answer() -> None:
    one, again, other = (fitted(2, solver=s)[0] for s in ("qdldl", "qdldl", "superlu"))
    assert one.deviation_draws_.tobytes() == again.deviation_draws_.tobytes()
    assert one.log_rate_mean_ == pytest.approx(other.log_rate_mean_, rel=1e-6, abs=1e-6)


def test_predictions_of_known_districts_and_of_new_ones() -> None:
    model, _ = fitted(3)
    given = world(3)
    known = model.predict(given["X"], given["district"])
    assert known == pytest.approx(model.summary()["mean"].to_numpy(), rel=1e-6)
    new = model.predict(given["X"])
    assert np.std(np.log(new)) < np.std(np.log(known))


def test_units_of_factors_and_order_of_rows_do_not_matter() -> None:
    given = world(4)
    given.pop("rate")
    plain = ArealRates(lattice(12, 15), draws=10).fit(**given)
    order = np.random.default_rng(1).permutation(len(given["y"]))
    moved = {name: np.asarray(value)[order] for name, value in given.items()}
    moved["X"] = moved["X"] * [1000.0, 0.01] + 5
    other = ArealRates(lattice(12, 15), draws=10).fit(**moved)
    assert other.log_rate_mean_ == pytest.approx(plain.log_rate_mean_[order], abs=1e-5)


def test_without_a_count_the_ranking_is_that_of_the_experts_and_zeros_lower_it() -> None:
    rng = np.random.default_rng(1)
    factors, weights = rng.normal(size=(30, 2)), np.array([1.0, -0.5])
    unknown, zeros = np.full(30, np.nan), np.zeros(30)
    options: dict[str, Any] = {"coefficient_mean": weights, "draws": 50}
    index, seen = (ArealRates(**options).fit(factors, some) for some in (unknown, zeros))
    scaled = (factors - factors.mean(axis=0)) / factors.std(axis=0)
    assert (np.argsort(index.log_rate_mean_) == np.argsort(scaled @ weights)).all()
    assert (seen.log_rate_mean_ < index.log_rate_mean_).all()


def test_what_detection_hides_is_given_back_where_it_is_known() -> None:
    """Half of the districts record a tenth: the corrected ranking is nearer to the truth."""
    rng, n = np.random.default_rng(5), 180
    far = np.tile([0.0, 1.0], n // 2)
    rate = np.exp(1 + 0.5 * rng.normal(size=n))
    cases = rng.poisson(40 * rate * np.where(far > 0, 0.1, 0.9)).astype(float)
    nothing = np.zeros((n, 1))
    options: dict[str, Any] = {"draws": 50, "detection_sd": 2.0, "recorded_sd": 1.0}
    corrected = ArealRates(**options).fit(
        nothing, cases, exposure=np.full(n, 40.0), detection=far[:, np.newaxis]
    )
    naive = ArealRates(draws=50).fit(nothing, cases, exposure=np.full(n, 40.0))
    truth = [np.corrcoef(m.log_rate_mean_, np.log(rate))[0, 1] for m in (corrected, naive)]
    assert truth[0] > 0.9 > truth[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": [1.0, -1.0, 0.0]}, "count of row 1 is negative"),
        ({"y": [0.0, 0.0, 0.0]}, "Nothing was counted"),
        ({"exposure": [1.0, 0.0, 1.0]}, "exposure of row 1"),
        ({"exposure": [1.0, np.inf, 1.0]}, "exposure of row 1"),
        ({"exposure": [1.0]}, "exposure has the shape"),
        ({"district": [0, 1, 7]}, "district of row 2"),
        ({"total": [0, 0, -1], "total_counts": [3.0]}, "counted by itself and in a total"),
        ({"total": [4, -1, -1], "total_counts": [3.0]}, "total of row 0"),
        ({"total_counts": [3.0]}, "no row that is part"),
    ],
)
def test_what_is_wrong_is_told(change: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"X": np.arange(3.0)[:, np.newaxis], "y": [1.0, 2.0, 0.0]} | change
    with pytest.raises(ModelError, match=says):
        ArealRates(lattice(1, 3)).fit(**given)


def test_weights_that_do_not_fit_and_neighbours_that_are_none() -> None:
    factors, cases = np.arange(3.0)[:, np.newaxis], [1.0, 2.0, 0.0]
    with pytest.raises(ModelError, match="2 numbers"):
        ArealRates(coefficient_mean=[1.0, 2.0]).fit(factors, cases)
    with pytest.raises(ModelError, match="not symmetric"):
        ArealRates(csr_array(np.triu(np.ones((3, 3)), 1))).fit(factors, cases)


@pytest.mark.parametrize("scatter", [0.0, 1.0])
def test_scatter_is_found_where_it_is(scatter: float) -> None:
    """Six years of a district tell scatter from deviations."""
    rng, n = np.random.default_rng(7), 60
    district = np.repeat(np.arange(n), 6)
    mean = 5 * np.exp(rng.normal(0, 0.5, n))[district]
    cases = rng.poisson(mean * (rng.gamma(1 / scatter, scatter, 6 * n) if scatter else 1.0))
    model = ArealRates(family="negative_binomial", draws=20).fit(
        np.zeros((6 * n, 1)), cases, district=district
    )
    found = float(np.exp(2 * model.hyper_.set_index("name").loc["log_scatter", "mean"]))
    assert found < 0.05 if scatter == 0 else 0.7 < found < 1.4


@pytest.mark.parametrize(
    ("options", "says"), [({"family": "normal"}, "normal"), ({"recorded_mean": 1.0}, "1.0")]
)
def test_options_that_mean_nothing(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        ArealRates(**options).fit(np.zeros((3, 1)), [1.0, 2.0, 0.0])


def test_a_district_that_was_not_fitted_has_to_be_said_so() -> None:
    model = ArealRates(draws=10).fit(np.arange(3.0)[:, np.newaxis], [4.0, 2.0, 9.0])
    with pytest.raises(ModelError, match="does not have"):
        model.predict([[1.0]], [3])
    assert model.predict([[1.0]], [-1]) == model.predict([[1.0]])


NAN_IS_NOT_COUNTED = frozenset({"check_supervised_y_no_nan"})


@pytest.mark.parametrize(
    ("estimator", "check"),
    checks_of(ArealRates(draws=20, weighed=False), without=NAN_IS_NOT_COUNTED),
)
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def test_an_infinite_count_is_refused() -> None:
    with pytest.raises(ValueError, match="infinity"):
        ArealRates().fit(np.zeros((2, 1)), [1.0, np.inf])
