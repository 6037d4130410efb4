"""Log rates of small graphs against Hamiltonian Monte Carlo of the same model."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.exact import WORLDS, fitted, world
from models.areal.graph import graph_of
from tests.models.areal.nuts import posterior


@pytest.mark.parametrize(("mean", "totals"), [(0.5, 0), (0.5, 6)])
def test_log_rates_are_those_of_nuts(mean: float, totals: int) -> None:
    """Of few counts, and of six totals: wider than the benchmark by the error of fewer draws."""
    neighbours = WORLDS["parts"]
    model = fitted(neighbours, world(neighbours, mean, totals, seed=1))
    graph = graph_of(neighbours)
    rows = model._rows
    truth = posterior(graph, rows, model._priors(graph, rows), draws=4_000, warmup=500)
    assert truth.effective > 500
    assert (np.abs(model.log_rate_mean_ - truth.mean) / truth.sd).mean() < 0.1
    assert np.abs(model.log_rate_sd_ / truth.sd - 1).mean() < 0.08
