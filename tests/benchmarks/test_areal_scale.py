"""The benchmark of ArealRates: data that are what they are said to be, and the right exponents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from benchmarks import areal_scale
from benchmarks.areal_scale import KINDS


def test_neighbours_are_a_planar_graph_in_one_part() -> None:
    neighbours = areal_scale.world(300, 0)["neighbours"]
    edges = neighbours.nnz / 2
    assert 2 * 300 < edges <= 3 * 300 - 6  # Euler
    assert connected_components(neighbours)[0] == 1


@pytest.mark.parametrize("totals", [4, 40])
def test_totals_hold_a_fifth_of_the_districts_that_are_not_counted_twice(totals: int) -> None:
    plain, given = (areal_scale.world(2_000, some) for some in (0, totals))
    part = given["total"] >= 0
    assert np.bincount(given["total"][part]).tolist() == [400 // totals] * totals
    assert (np.isnan(given["y"]) == part).all()
    assert given["total_counts"].sum() == plain["y"][part].sum()


def test_totals_lie_together() -> None:
    place = np.random.default_rng(1).uniform(size=(2_000, 2)) * np.sqrt(2_000)
    total = areal_scale.side_by_side(place, 40)
    within = [place[total == one].std(axis=0).sum() for one in range(40)]
    assert np.median(within) < 0.25 * place[total >= 0].std(axis=0).sum()


def test_a_fit_is_measured() -> None:
    found = areal_scale.measured(KINDS["tens"], 200)
    assert found["totals"] == 4
    assert found["settled"]
    assert found["peak_mb"] >= found["loaded_mb"] > 0


def test_the_three_stages_are_fitted_with_ranks() -> None:
    found = areal_scale.panel(60, 2, (20.0,))
    assert found["rows"] == 120
    assert found["settled"]


def results(power: float, seconds: float = 30.0) -> dict[str, Any]:
    """CPU time that grows as a power of the size; the clock, which others slow, does not count."""
    one = {"seconds": 1.0, "peak_mb": 300.0, "totals": 0}
    found: dict[str, Any] = {
        f"{kind}:{n}": one | {"cpu_seconds": 2 * n**power / 1_000**power}
        for kind in KINDS
        for n in (1_000, 10_000)
    }
    return found | {
        "panel": {"seconds": 1.0, "cpu_seconds": seconds, "peak_mb": 400.0, "stages": 3}
    }


def test_the_exponent_is_that_of_cpu_time() -> None:
    assert areal_scale.exponent(results(1.2), "counts") == pytest.approx(1.2)
    assert "| every district counted | n^1.20 |" in areal_scale.table(results(1.2))


def test_lines_of_the_table_go_from_few_districts_to_many() -> None:
    """In whichever order they were written down."""
    turned = dict(reversed(results(1.0).items()))
    lines = [line for line in areal_scale.table(turned).splitlines() if "| every district" in line]
    assert [line.split("|")[2].strip() for line in lines[:2]] == ["1,000", "10,000"]


def test_growth_and_time_beyond_what_is_allowed_are_told() -> None:
    assert areal_scale.too_much(results(1.49)) == []
    judged = sum(kind.judged for kind in KINDS.values())
    assert len(areal_scale.too_much(results(1.6))) == judged
    assert areal_scale.too_much(results(1.0, seconds=75.0)) == [
        "The three stages take 75 CPU seconds."
    ]
