"""The benchmark of exact answers: worlds that are as they are said to be, and a table of both."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import exact


@pytest.mark.parametrize("name", list(exact.WORLDS))
def test_totals_are_sums_of_the_counts_of_the_same_seed(name: str) -> None:
    neighbours = exact.WORLDS[name]
    single, whole = (exact.world(neighbours, 5.0, totals, 3) for totals in (0, 6))
    sums = np.bincount(whole["total"], single["y"])
    assert (sums == whole["total_counts"]).all()
    assert np.isnan(whole["y"]).all()
    assert single["y"].sum() == pytest.approx(5 * 42, rel=0.25)
    assert (exact.world(neighbours, 0.001, 0, 1)["y"].sum()) >= 1


def test_rows_are_means_over_graphs_and_seeds_with_the_worst_of_them() -> None:
    one = {"mean": 0.01, "sd": 0.02, "effective": 6000.0}
    results = {"parts/5/0/1": one, "parts/5/0/2": one | {"mean": 0.03, "effective": 5500.0}}
    row = exact.table(results).splitlines()[2]
    assert row == "| 5 | by district | 0.020 | 2.0 % | 0.030, 2.0 % | 5,500 |"
