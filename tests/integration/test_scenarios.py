"""Scenarios of the example region, with all its stages, its flow and its posts."""

from __future__ import annotations

import numpy as np
import pytest

from vigia import pipeline
from vigia.project import Project
from vigia.scenario_changes import standing
from vigia.scenario_file import parse_scenario
from vigia.scenario_told import told
from vigia.scenarios import Worked, work_out


def fronts(project: Project) -> list[int]:
    """Half of the patches that stand at the end of the year that factors are of."""
    with pipeline.open_store(project) as store:
        table = store.layer(store.snapshot(), "mining")
        year = store.run("latest").target_year - 1
    return [int(fid) for fid in table.loc[standing(table, year), "fid"]][::2]


@pytest.fixture(scope="module")
def closed(example_project: Project) -> Worked:
    text = f'close = {{ layer = "mining", feature = {fronts(example_project)} }}'
    return work_out(example_project, parse_scenario(text))


def test_all_stages_and_their_sum_answer(closed: Worked) -> None:
    stages = {one.stage for one in closed.outcomes}
    assert {"recruitment", "transit", "exploitation", None} <= stages
    assert "flow_is_held" in closed.notes
    assert {one.rates for one in closed.outcomes} == {"true", "burden"}


def test_the_composite_of_before_is_the_runs_own_to_the_last_bit(
    closed: Worked, example_project: Project
) -> None:
    with pipeline.open_store(example_project) as store:
        for one in closed.outcomes:
            kept = store.draws(closed.run.record.id, one.outcome)
            assert one.before.tobytes() == kept.tobytes(), one.outcome


def test_only_districts_whose_factors_changed_have_another_rate(closed: Worked) -> None:
    changed = set(closed.factors["code"])
    assert changed
    for one in closed.outcomes:
        moved = set(one.scores.loc[one.scores["moved"], "code"])
        assert moved <= changed
        there = ~one.scores["moved"].to_numpy()
        assert one.before[:, there].tobytes() == one.after[:, there].tobytes()


def test_fewer_fronts_are_farther_and_smaller(closed: Worked) -> None:
    away = closed.factors[closed.factors["factor"].str.contains("distance")]
    share = closed.factors[closed.factors["factor"].str.contains("share|kernel")]
    assert (away["after"] > away["before"]).all()
    assert (share["after"] < share["before"]).all()


def test_a_river_that_runs_low_moves_what_is_recorded_alone(example_project: Project) -> None:
    """In the example nothing but posts is travelled to."""
    text = 'travel = { way = "rivers", factor = 0.5, season = "low" }'
    found = work_out(example_project, parse_scenario(text))
    assert not any(one.scores["moved"].any() for one in found.outcomes)
    (only,) = (note for note in found.notes if note.startswith("detection_only:"))
    assert "police__travel_time" in only


def test_the_answer_has_every_district_of_every_outcome(closed: Worked) -> None:
    answer = told(closed, "en")
    assert [len(one["districts"]) for one in answer["outcomes"]] == [40] * len(closed.outcomes)
    assert all(np.isfinite(row["before"]) for row in answer["factors"])
