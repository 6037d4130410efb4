"""The scaled field of a graph, against its dense pseudo-inverse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from models.areal.graph import graph_of
from models.areal.hyper import LEAST, MOST, Mix, Spread
from tests.models.areal.worlds import covariance, lattice, with_islands
from vigia.errors import ModelError


def test_typical_variance_is_1_in_every_part() -> None:
    graph = graph_of(with_islands())
    variance = np.diag(covariance(graph))
    assert graph.components == 2
    assert sorted(np.flatnonzero(graph.component < 0)) == [15, 16]
    for part in (-1, 0, 1):
        assert np.exp(np.log(variance[graph.component == part]).mean()) == pytest.approx(1)
    assert graph.trace == pytest.approx(variance.sum())
    assert graph.precision @ graph.sums == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("mix", [0.01, 0.3, 0.95])
def test_determinant_of_a_mix(mix: float) -> None:
    graph = graph_of(with_islands())
    dense = (1 - mix) * np.eye(len(graph)) + mix * covariance(graph)
    expected = np.linalg.slogdet(dense)[1] - graph.components * np.log1p(-mix)
    assert graph.log_determinant_of_mix(mix) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("neighbours", "says"),
    [
        (np.zeros((2, 3)), "2 by 3"),
        (np.array([[0, 1.0], [0, 0]]), "not symmetric"),
        (np.array([[0, -1.0], [-1, 0]]), "negative"),
        (np.array([[0, np.nan], [np.nan, 0]]), "no number"),
    ],
)
def test_what_is_no_graph_is_refused(neighbours: np.ndarray, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        graph_of(csr_array(neighbours))


def test_priors_are_densities_and_keep_their_promise() -> None:
    """In all 1, and two thirds of it below a half; the spread is above 1 once in a hundred."""
    logits = np.linspace(LEAST, MOST, 4001)
    mix = Mix(graph_of(lattice(5, 6)))
    density = np.exp([mix.log_density(one) for one in logits])
    assert 0.85 < np.trapezoid(density, logits) < 1  # the rest is nearer to 1 than 1 in 10,000
    below = logits <= 0
    assert np.trapezoid(density[below], logits[below]) == pytest.approx(2 / 3, abs=0.01)
    logs = np.linspace(-14, 3, 20_001)
    spread = np.exp([Spread(1.0, 0.01).log_density(one) for one in logs])
    above = logs >= 0
    assert np.trapezoid(spread, logs) == pytest.approx(1, abs=1e-3)
    assert np.trapezoid(spread[above], logs[above]) == pytest.approx(0.01, abs=1e-4)
