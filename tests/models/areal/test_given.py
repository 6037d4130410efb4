"""Compiled deviations with all else known: the same as the plain ones, and weighed rightly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.geodesy import Floats
from models.areal.counts import Prior, State
from models.areal.given import Deviations
from models.areal.graph import graph_of
from models.areal.hyper import Hyperparameter
from models.areal.modes import mode
from models.areal.nested import Search, moved_mean
from tests.models.areal.worlds import counted, covariance, with_islands


def flat(_: float) -> float:
    return 0.0


def deviations(totals: int, scatter: float, spread: float) -> tuple[Search, Deviations, State]:
    graph = graph_of(with_islands())
    observed = counted(graph, 3, totals=totals)
    k = observed.coefficients
    hyper = [Hyperparameter("log_spread", 0.0, flat, -5.0, 2.0)]
    nought = State(np.zeros(len(graph)), np.zeros(len(graph)), np.zeros(k))

    def prior_at(_: Floats) -> Prior:
        return Prior(spread, 0.4, np.zeros(k), np.ones(k), scatter)

    search = Search(graph, observed, hyper, prior_at, nought)
    return search, Deviations(search, nought, np.random.default_rng(1)), nought


CASES = pytest.mark.parametrize(("totals", "scatter"), [(0, 0.0), (4, 0.0), (0, 0.4)])
G = np.array([0.1, 0.3, -0.2])
PLACE = np.append(0.0, G)


@CASES
def test_modes_and_evidence_are_those_of_plain_code(totals: int, scatter: float) -> None:
    search, found, nought = deviations(totals, scatter, 0.6)
    observed = replace(
        search.observed,
        design=np.empty((len(search.observed.count), 0)),
        log_exposure=search.observed.log_exposure + search.observed.design @ G,
    )
    prior = search.prior_at(PLACE[:1])
    bare = replace(prior, mean=np.empty(0), precision=np.empty(0))
    plain = mode(search.graph, observed, bare, replace(nought, g=np.empty(0)))
    laplace = search.laplace(plain, PLACE[:1]) - 0.5 * G @ G
    # With totals the search circles the mode and is given up: where, the processor decides.
    near, apart = (1e-4, 5e-3) if plain.settled else (5e-3, 3e-2)
    assert found.evidence(PLACE[np.newaxis])[0] == pytest.approx(laplace, abs=near)
    known = found.at(0, PLACE, 1.0, weighed=False)
    moved = moved_mean(search.graph, observed, plain, bare)
    assert known.near == pytest.approx(moved.state.b, abs=apart)
    n = len(search.graph)
    variance = moved.gaussian.variances(np.arange(n), np.empty((n, 0)))
    assert known.square == pytest.approx(variance, rel=apart)


@CASES
def test_weighed_moments_are_those_of_draws_from_the_prior(totals: int, scatter: float) -> None:
    """Averaged over many sets of few draws, as they are where coefficients differ."""
    search, found, _ = deviations(totals, scatter, 0.4)
    graph, observed, rng = search.graph, search.observed, np.random.default_rng(2)
    n, size = len(graph), 200_000
    root = np.linalg.cholesky(0.4**2 * (0.4 * covariance(graph) + 0.6 * np.eye(n)))
    b = root @ rng.standard_normal((n, size))
    log = (observed.log_exposure + observed.design @ G)[:, np.newaxis] + b[observed.district]
    expected = np.exp(log)
    if totals:
        sums = np.array([expected[observed.total == t].sum(axis=0) for t in range(totals)])
        height = observed.total_count @ np.log(sums) - sums.sum(axis=0)
    elif scatter:
        over = np.log1p(scatter * expected)
        height = (observed.count[:, np.newaxis] * (log - over) - over / scatter).sum(axis=0)
    else:
        height = observed.count @ log - expected.sum(axis=0)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    mean = b @ weight
    sd = np.sqrt((b - mean[:, np.newaxis]) ** 2 @ weight)
    sets = 400
    places = np.tile(PLACE, (sets, 1))
    values, _ = found.sampled_evidence(places, 0)
    share = np.exp(values - values.max())
    known = [found.at(one, PLACE, 1.0, weighed=True) for one in range(sets)]
    means = np.average([one.mean for one in known], axis=0, weights=share)
    squares = np.average([one.square for one in known], axis=0, weights=share)
    shift = means - known[0].near
    noise = 4 / np.sqrt(1 / (weight**2).sum())
    assert np.abs((means - mean) / sd).max() < 0.03 + noise
    assert np.abs(np.sqrt(squares - shift**2) / sd - 1).max() < 0.03 + noise
