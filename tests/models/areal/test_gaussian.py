"""The mode and the Gaussian there, against dense matrices and differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaln

from geo.geodesy import Floats
from models.areal.counts import Observed, Prior, State, likelihood
from models.areal.graph import Graph, graph_of
from models.areal.modes import Mode, log_prior, mode
from models.forecast import log_probability
from tests.models.areal.worlds import counted, with_islands

CASES = pytest.mark.parametrize(
    ("totals", "detection", "scatter"),
    [(0, 0, 0.0), (5, 0, 0.0), (0, 2, 0.0), (0, 0, 0.4), (4, 2, 0.0)],
)


def found(totals: int, detection: int, scatter: float) -> tuple[Graph, Observed, Prior, Mode]:
    graph = graph_of(with_islands())
    observed = counted(graph, 3, totals=totals, detection=detection)
    k = observed.coefficients
    prior = Prior(0.6, 0.4, np.linspace(0, 0.3, k), np.linspace(0.5, 2, k), scatter)
    start = State(np.zeros(len(graph)), np.zeros(len(graph)), np.zeros(k))
    return graph, observed, prior, mode(graph, observed, prior, start)


def dense(graph: Graph, observed: Observed, prior: Prior, at: Mode) -> Floats:
    """The precision with its constraints, a row and column for every number."""
    n, k, of = len(graph), observed.coefficients, at.likelihood
    tau, pull, one = prior.noise_precision, prior.pull, np.eye(n)
    slopes = np.hstack([one[observed.district], np.zeros((len(of.slopes), n)), of.slopes])
    whole = np.zeros((2 * n + k,) * 2)
    whole[:n, :n], whole[:n, n : 2 * n] = tau * one, -tau * pull * one
    whole[n : 2 * n, :n] = -tau * pull * one
    whole[n : 2 * n, n : 2 * n] = graph.precision.toarray() + tau * pull**2 * one
    whole[2 * n :, 2 * n :] = np.diag(prior.precision)
    whole += slopes.T @ (of.weight[:, np.newaxis] * slopes)
    for number, weight in enumerate(of.total_weight):
        row = slopes.T @ (of.expected * (observed.total == number))
        whole += weight * np.outer(row, row)
    sums = np.vstack([np.zeros((n, graph.components)), graph.sums, np.zeros((k, graph.components))])
    corner = np.zeros((graph.components,) * 2)
    return np.block([[whole, sums], [sums.T, corner]])


@CASES
def test_nothing_nearby_is_more_probable(totals: int, detection: int, scatter: float) -> None:
    graph, observed, prior, at = found(totals, detection, scatter)
    assert at.settled
    assert at.exact
    assert graph.sums.T @ at.state.u == pytest.approx(0, abs=1e-8)

    def height(state: State) -> float:
        return likelihood(observed, prior, state).value + log_prior(graph, prior, state)

    top, rng = height(at.state), np.random.default_rng(1)
    assert top == pytest.approx(at.log_joint)
    for _ in range(200):
        step = State(
            *(rng.normal(size=part.shape) for part in (at.state.b, at.state.u, at.state.g))
        )
        for part in range(graph.components):
            rows = graph.component == part
            step.u[rows] -= step.u[rows].mean()
        slope = (height(at.state.moved(step, 1e-4)) - height(at.state.moved(step, -1e-4))) / 2e-4
        assert abs(slope) < 2e-3
        assert height(at.state.moved(step, 1e-2)) < top


@CASES
def test_determinant_and_variances(totals: int, detection: int, scatter: float) -> None:
    graph, observed, prior, at = found(totals, detection, scatter)
    whole = dense(graph, observed, prior, at)
    assert at.gaussian.log_determinant == pytest.approx(np.linalg.slogdet(whole)[1], abs=1e-3)
    n, k = len(graph), observed.coefficients
    inverse = np.linalg.inv(whole)[: 2 * n + k, : 2 * n + k]
    slopes = at.likelihood.slopes
    rows = np.hstack([np.eye(n)[observed.district], np.zeros((len(slopes), n)), slopes])
    expected = ((rows @ inverse) * rows).sum(axis=1)
    assert at.gaussian.variances(observed.district, slopes) == pytest.approx(expected, rel=1e-5)
    assert at.gaussian.coefficient_covariance == pytest.approx(inverse[2 * n :, 2 * n :], rel=1e-4)


@CASES
def test_draws(totals: int, detection: int, scatter: float) -> None:
    graph, observed, prior, at = found(totals, detection, scatter)
    if not at.gaussian.drawable:  # then they are from one that is a little narrower
        safe = likelihood(observed, prior, at.state, safe=True)
        at = replace(at, gaussian=at.drawn, likelihood=safe)
    n, k = len(graph), observed.coefficients
    inverse = np.linalg.inv(dense(graph, observed, prior, at))[: 2 * n + k, : 2 * n + k]
    drawn = at.gaussian.draw(np.random.default_rng(2), 100_000)
    cov = np.cov(np.vstack([drawn.b, drawn.u, drawn.g]))
    scale = np.sqrt(np.diag(inverse) + 1e-12)
    assert np.abs((cov - inverse) / np.outer(scale, scale)).max() < 0.025
    assert graph.sums.T @ drawn.u == pytest.approx(0, abs=1e-6)


@CASES
def test_slopes_and_weights_are_derivatives(totals: int, detection: int, scatter: float) -> None:
    _, observed, prior, at = found(totals, detection, scatter)
    step = 1e-5
    for number in range(len(at.state.g)):
        away = State(at.state.b * 0, at.state.u * 0, step * (np.arange(len(at.state.g)) == number))
        ahead, back = (
            likelihood(observed, prior, at.state.moved(away, side)) for side in (1.0, -1.0)
        )
        slope = (ahead.value - back.value) / (2 * step)
        expected = at.likelihood.slopes[:, number] @ at.likelihood.gradient
        assert slope == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("scatter", [0.01, 0.4, 3.0])
def test_counts_are_negative_binomial_whatever_the_scatter(scatter: float) -> None:
    """Up to the factorials, which no hyperparameter changes: else no scatter would be found."""
    graph = graph_of(with_islands())
    observed = counted(graph, 3)
    k = observed.coefficients
    state = State(np.zeros(len(graph)), np.zeros(len(graph)), np.full(k, 0.2))
    expected = np.exp(observed.log_exposure + observed.design @ state.g)
    said = likelihood(observed, Prior(1, 0.5, np.zeros(k), np.ones(k), scatter), state).value
    truth = log_probability(observed.count, expected, scatter).sum()
    assert said - gammaln(observed.count + 1).sum() == pytest.approx(truth)
