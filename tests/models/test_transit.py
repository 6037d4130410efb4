"""Transit with the flow that follows from the other stages' rates, and what all three come to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.flows import Gravity
from models.settings import TrainSettings
from models.stage import Columns
from models.train import Given, OutcomeFit, fit_outcomes
from models.transit import FLOW
from tests.models.simulated import World, world
from tests.models.test_flows import along_a_line, journeys

QUICK = TrainSettings(
    draws=100, family="poisson", quick=True, flows=2, weights={"exploitation": 2.0}
)
YEARS = (2020, 2021, 2022)


def region(seed: int = 1) -> tuple[World, dict[str, pd.DataFrame], Gravity]:
    """Districts along a river; transit follows the flow between the other two stages."""
    w = world(districts=48, provinces=8, years=len(YEARS), rate_per_100k=150, seed=seed)
    gravity = Gravity([journeys(48, along_a_line(48, 120.0))], hours=10.0)
    random = np.random.default_rng(seed)
    people = w.target["people"].to_numpy()
    factors = w.target[w.factors].to_numpy()
    rates = {
        "recruitment": 150 * np.exp(0.9 * factors[:, 0]),
        "exploitation": 150 * np.exp(0.9 * factors[:, 1]),
    }
    flow = gravity.passing(*(rate * people / 1e5 for rate in rates.values()))
    away = np.log(flow) - np.log(flow).mean()
    rates["transit"] = 150 * np.exp(0.8 * away / away.std())
    counts = {
        stage: w.counts.assign(count=random.poisson(np.tile(rate * people / 1e5, 3)).astype(float))
        for stage, rate in rates.items()
    }
    return w, counts, gravity


def fitted(
    w: World, counts: dict[str, pd.DataFrame], gravity: Gravity | None
) -> dict[str, OutcomeFit]:
    given = [Given(f"of_{stage}", stage, table, w.target) for stage, table in counts.items()]
    return fit_outcomes(given, Columns(tuple(w.factors)), w.places, QUICK, gravity=gravity)


@pytest.fixture(scope="module")
def fits() -> dict[str, OutcomeFit]:
    return fitted(*region())


def test_transit_takes_the_expected_flow_for_a_factor(fits: dict[str, OutcomeFit]) -> None:
    table = fits["of_transit"].coefficients.set_index("factor")
    assert table.loc[FLOW, "coefficient"] == pytest.approx(0.8, abs=0.25)
    assert table.loc[FLOW, "low"] > 0.3
    assert FLOW not in set(fits["of_recruitment"].coefficients["factor"])
    contributions = fits["of_transit"].contributions
    assert contributions.groupby("factor")["contribution"].std().idxmax() == FLOW
    assert len(fits["of_transit"].draws) == QUICK.draws


def test_the_flow_forecasts_what_factors_alone_do_not(fits: dict[str, OutcomeFit]) -> None:
    w, counts, _ = region()
    without = fitted(w, {"transit": counts["transit"]}, None)["of_transit"]
    evidence = [
        fit.validation["inference"]["spread"]["value"] for fit in (fits["of_transit"], without)
    ]
    assert evidence[0] < 0.6 * evidence[1]  # less is left for deviations to explain


def test_no_flow_of_the_held_out_year_is_seen(fits: dict[str, OutcomeFit]) -> None:
    w, counts, gravity = region()
    last = counts["recruitment"]["year"] == YEARS[-1]
    shuffled = counts["recruitment"].copy()
    shuffled.loc[last, "count"] = shuffled.loc[last, "count"].to_numpy()[::-1] * 3
    other = fitted(w, {**counts, "recruitment": shuffled}, gravity)["of_transit"]
    assert other.validation["honesty"] == fits["of_transit"].validation["honesty"]
    assert not np.array_equal(other.draws, fits["of_transit"].draws)


def test_the_composite_is_the_weighted_sum_of_the_stages(fits: dict[str, OutcomeFit]) -> None:
    whole = fits["composite"]
    expected = (
        fits["of_recruitment"].draws + fits["of_transit"].draws + 2 * fits["of_exploitation"].draws
    )
    np.testing.assert_allclose(whole.draws, expected)
    np.testing.assert_allclose(whole.scores["rate"], expected.mean(axis=0))
    assert whole.validation["composite_of"] == {
        "recruitment": 1.0, "transit": 1.0, "exploitation": 2.0,
    }  # fmt: skip
    assert whole.contributions.empty
    assert not whole.tested


def test_without_ways_or_the_other_stages_there_is_no_flow() -> None:
    w, counts, gravity = region()
    alone = {stage: counts[stage] for stage in ("transit", "recruitment")}
    assert FLOW not in set(fitted(w, alone, gravity)["of_transit"].coefficients["factor"])
    assert FLOW not in set(fitted(w, counts, None)["of_transit"].coefficients["factor"])
