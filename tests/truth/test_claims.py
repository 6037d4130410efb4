"""Small versions of what docs/model.md says of the model, held to regions whose truth is known.

``make truth`` judges many regions and writes the table; here the margins are wide.
"""

from __future__ import annotations

import pytest

from benchmarks.truth import judge
from data.synthetic import SyntheticParams

Judged = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    folder = tmp_path_factory.mktemp("truth")
    return {
        bias: judge(folder / bias, SyntheticParams(seed=3, districts=60, bias=bias))
        for bias in ("none", "strong")
    }


def test_without_reporting_bias_the_order_of_true_rates_is_found(
    judged: dict[str, Judged],
) -> None:
    for stage in ("recruitment", "exploitation"):
        assert judged["none"][stage]["rank"] > 0.5
        assert judged["none"][stage]["reach"] > 0.8


def test_where_police_are_far_rates_are_too_low_under_bias(judged: dict[str, Judged]) -> None:
    for stage, values in judged["strong"].items():
        assert values["far_over_near"] < 0.75 * judged["none"][stage]["far_over_near"]
        assert values["rank"] < judged["none"][stage]["rank"]


def test_intervals_are_rather_too_narrow_than_too_wide(judged: dict[str, Judged]) -> None:
    covered = [values["coverage"] for values in judged["none"].values()]
    assert 0.1 < sum(covered) / len(covered) < 0.95
