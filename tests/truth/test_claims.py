"""Small versions of what docs/model.md says of the model, held to regions whose truth is known.

``make truth`` judges many regions and writes the tables; here the margins are wide.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from benchmarks import attack
from benchmarks.known_truth import calibration, loop, ranking
from benchmarks.known_truth.figures import differences, interval_of_mean
from benchmarks.known_truth.regions import Prepared, prepared
from data.synthetic import SyntheticParams
from models.areal.graph import graph_of
from models.settings import TrainSettings
from models.stage import StageModel

SEED = 3


@pytest.fixture(scope="module")
def region() -> Prepared:
    return prepared(SyntheticParams(seed=SEED, bias="strong"))


def test_intervals_hold_a_truth_of_the_models_own_kind(region: Prepared) -> None:
    right = calibration.judged(region, SEED, doubts=False)[calibration.RIGHT]
    assert right["coverage95"] > 0.8
    assert 0.5 < right["coverage80"] < right["coverage95"]
    assert right["rank"] > 0.85


def test_a_belief_that_few_are_recorded_makes_the_rates_higher(region: Prepared) -> None:
    fitted, truth = region.tables[calibration.STAGE], calibration.drawn(region, SEED, 0)
    people = fitted.target["people"].to_numpy(dtype=float)
    level = {}
    for share in (0.25, 4.0):
        settings = calibration.believing(region.settings, share, 1.0)
        model = StageModel(region.places, fitted.columns, settings).fit(truth.rows)
        level[share] = calibration.held(model.rates(fitted.target), truth, people)["log_level"]
    # Medians of the shares are 0.14 and 0.73; a slope that saturates softens their ratio.
    assert 0.7 * np.log(0.73 / 0.14) < level[0.25] - level[4.0] < 1.3 * np.log(0.73 / 0.14)


def test_deviations_are_as_wide_and_as_alike_as_their_prior_says() -> None:
    ring = csr_array(np.roll(np.eye(24), 1, axis=0) + np.roll(np.eye(24), -1, axis=0))
    graph, settings = graph_of(ring), TrainSettings(spread_above=0.5)
    rng = np.random.default_rng(5)
    drawn = calibration.deviations(graph, settings, rng, 20_000)
    # An exponential with 1 % above 0.5 has the mean square 2 (0.5 / log 100)^2.
    assert (drawn**2).mean() == pytest.approx(2 * (0.5 / np.log(100)) ** 2, rel=0.1)
    beside, across = (drawn[:, 0] @ drawn[:, k] for k in (1, 12))
    assert beside > 0.1 * (drawn[:, 0] @ drawn[:, 0])
    assert across < beside / 2


def test_knowing_who_records_orders_districts_better_than_not_knowing(region: Prepared) -> None:
    stages = ranking.judged(region, SEED)
    mean = {
        name: np.mean([stages[stage][name]["rank"] for stage in stages])
        for name in ("corrected", "naive", "prior_counts", "expert_index", "boosting", "population")
    }
    assert mean["corrected"] > 0.45
    assert mean["corrected"] > mean["naive"]
    assert mean["corrected"] > mean["prior_counts"] + 0.05
    assert mean["population"] < 0.3
    for contenders in stages.values():
        assert contenders["truth"]["rank"] == pytest.approx(1)
        best = contenders["truth"]["top"]
        assert all(one["top"] <= best + 1e-9 for one in contenders.values())
        assert contenders["corrected"]["top"] > 0.7 * best


def test_teams_that_go_where_the_model_says_stay_where_the_cases_are() -> None:
    years = loop.KNOWN_YEARS + 2
    params = SyntheticParams(seed=SEED, bias="strong", first_year=2008, years=years)
    arms = loop.played(prepared(params), SEED, rounds=2)
    assert set(arms) == {f"{way} {arm}" for way in loop.WAYS for arm in loop.ARMS}
    assert arms["cases corrected"]["hit"] > 0.6
    assert arms["cases corrected"]["reach"] > 0.85
    assert arms["rate corrected"]["hit"] > 0.2  # by chance it would be a tenth
    for key, one in arms.items():
        assert 0 <= one["hit"] <= 1
        assert key.startswith("rate") or one["reach"] <= 1 + 1e-9


def test_ways_of_choosing_put_first_what_they_say() -> None:
    rates = np.array([[1.0, 1.0], [4.0, 2.0], [3.0, 9.0]])
    people = np.array([100.0, 10.0, 1.0])
    assert loop.most_cases(rates, people).tolist() == [100, 30, 6]
    assert loop.highest_rate(rates, people).tolist() == [1, 2.5, 2.5]


def test_what_is_found_is_added_only_where_it_is_taken_for_reported() -> None:
    register = pd.DataFrame({"code": ["a", "b"], "year": 2020, "count": [1.0, 2.0]})
    found = pd.DataFrame({"code": ["b"], "year": 2020, "count": [5.0], "effort": 10.0})
    assert loop.added(register, found)["count"].tolist() == [1, 7]
    assert loop.left_out(register, found)["count"].tolist() == [1, 2]
    taught = loop.taught(register, found)
    assert taught["count"].tolist() == [1, 2, 5]
    assert taught["effort"].isna().tolist() == [True, True, False]


def test_differences_are_paired_by_region() -> None:
    rows = pd.DataFrame(
        [
            {"stage": "transit", "region": r, "contender": c, "rank": 0.1 * r + away}
            for r in range(5)
            for c, away in (("corrected", 0.2), ("naive", 0.0))
        ]
    )
    one = differences(rows, "rank").iloc[0]
    assert (one["mean"], one["low"], one["high"]) == pytest.approx((0.2, 0.2, 0.2))
    low, high = interval_of_mean(np.arange(100.0))
    assert low == pytest.approx(49.5 - 1.96 * 2.89, abs=0.5)
    assert high == pytest.approx(49.5 + 1.96 * 2.89, abs=0.5)


def test_published_rates_bring_who_attacks_counts_nearer_and_digits_hide_little(
    region: Prepared,
) -> None:
    """What docs/disclosure.md says of rates, so that nobody trusts them to hide counts."""
    found = attack.attacked(*attack.seen(region.tables["recruitment"], region))
    beside, told, exact = (found.loc[way] for way in attack.LABELS)
    assert told["error"] < beside["error"]
    assert told["nearer"] > told["farther"]
    assert abs(told["error"] - exact["error"]) < (beside["error"] - told["error"]) / 2
    assert told["exact"] < 0.9  # and still he does not read the counts off
