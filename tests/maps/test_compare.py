from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from data.records import PublishedRun
from maps.compare import compare
from maps.compared_text import compared_text
from maps.made import COMPOSITE
from maps.released import Released, release
from tests.maps.made import with_composite

TWO_DIGITS = 0.1  # the most that rounding to them changes the log of a ratio


def swapped(run: PublishedRun, first: int, second: int) -> Released:
    """The run with the scores of two districts of its first outcome in each other's place."""
    scores = run.scores.copy()
    rows = scores.index[scores["outcome"] == run.outcomes[0].id]
    numbers = [name for name in scores.columns if name not in ("outcome", "stage", "code")]
    one, other = rows[first], rows[second]
    scores.loc[[one, other], numbers] = scores.loc[[other, one], numbers].to_numpy()
    return release(replace(run, scores=scores.astype(run.scores.dtypes.to_dict())))


def test_a_run_does_not_differ_from_itself(released: Released) -> None:
    found = compare(released, released)
    json.dumps(found, allow_nan=False)
    assert set(found["outcomes"]) == {outcome.id for outcome in released.outcomes}
    for said in found["outcomes"].values():
        assert said["rank_correlation"] == 1
        assert (said["levels"], said["moved"], said["moved_in_all"]) == ({}, [], 0)


def test_only_what_is_beyond_the_doubt_has_moved(run: PublishedRun, released: Released) -> None:
    outcome = run.outcomes[0].id
    ranks = run.scores[run.scores["outcome"] == outcome].reset_index(drop=True)
    top, bottom = int(ranks["rank"].idxmin()), int(ranks["rank"].idxmax())
    second = int((ranks["rank"] - 2).abs().idxmin())
    far = compare(released, swapped(run, top, bottom))["outcomes"][outcome]
    assert {row["code"] for row in far["moved"]} == set(ranks.loc[[top, bottom], "code"])
    for row in far["moved"]:
        assert row["before"]["rank_low"] <= row["before"]["rank"] <= row["before"]["rank_high"]
    assert sum(far["levels"].values()) == 2
    near = compare(released, swapped(run, top, second))["outcomes"][outcome]
    assert near["moved"] == []
    assert near["rank_correlation"] < 1


def test_districts_without_a_rate_are_not_compared(run: PublishedRun, released: Released) -> None:
    scores = run.scores.copy()
    lost = scores.index[scores["outcome"] == run.outcomes[0].id][0]
    scores.loc[lost, scores.select_dtypes("float").columns] = float("nan")
    scores.loc[lost, ["level", "no_data_reason"]] = ["no_data", "missing_factor:x"]
    found = compare(released, release(replace(run, scores=scores)))
    said = found["outcomes"][run.outcomes[0].id]
    known = pd.notna(run.scores.loc[run.scores["outcome"] == run.outcomes[0].id, "rank"]).sum()
    assert said["districts"] == known - 1
    assert list(said["levels"].values()) == [1]
    assert said["moved"] == []


def changed(run: PublishedRun, **columns: float) -> PublishedRun:
    """The run with the first outcome's best and worst swapped, and contributions changed there."""
    first, last = ends(run)
    scores = swapped(run, first, last).scores
    table = run.contributions.copy()
    code = run.districts["code"][first]
    for factor, by in columns.items():
        mine = (table["outcome"] == run.outcomes[0].id) & (table["code"] == code)
        mine &= table["factor"].str.startswith(factor)
        table.loc[mine, "contribution"] += by
        table.loc[mine, "value"] += 10
    return replace(run, scores=scores, contributions=table)


def ends(run: PublishedRun) -> tuple[int, int]:
    ranks = run.scores[run.scores["outcome"] == run.outcomes[0].id].reset_index(drop=True)["rank"]
    return int(ranks.idxmin()), int(ranks.idxmax())


def why(run: PublishedRun, later: PublishedRun) -> dict[str, list[dict[str, Any]]]:
    found = compare(release(run), release(later))
    json.dumps(found, allow_nan=False)
    return {row["code"]: row["why"] for row in found["outcomes"][run.outcomes[0].id]["moved"]}


def log_change(run: PublishedRun, later: PublishedRun, code: str) -> float:
    risks = []
    for one in (run, later):
        rows = one.scores[one.scores["outcome"] == run.outcomes[0].id].set_index("code")
        risks.append(math.log(rows.loc[code, "relative_risk"]))
    return risks[1] - risks[0]


def test_a_factor_that_moved_a_district_is_named_with_before_and_after(run: PublishedRun) -> None:
    code = run.districts["code"][ends(run)[0]]
    by = log_change(run, changed(run), code)  # all that moved it, down to a hair
    reasons = why(run, changed(run, mining=by - 0.06, rivers=0.06))[code]
    assert [one["because"] for one in reasons] == ["factor", "factor"]
    mining = reasons[0]
    assert mining["factor"] == "mining__distance__capital"
    assert mining["name_en"].startswith("Informal mining: ")
    assert mining["change"] == pytest.approx(by - 0.06, abs=1e-3)
    assert mining["value"]["after"] - mining["value"]["before"] == pytest.approx(10)
    added = mining["contribution"]
    assert added["after"] - added["before"] == pytest.approx(mining["change"], abs=2e-4)


def test_what_no_factor_explains_is_left_to_the_records(run: PublishedRun) -> None:
    first, last = (run.districts["code"][place] for place in ends(run))
    later = changed(run)
    reasons = why(run, later)
    for code in (first, last):
        (only,) = reasons[code]
        assert only["because"] == "records"
        assert only["change"] == pytest.approx(log_change(run, later, code), abs=TWO_DIGITS)
        assert only["change"] == round(only["change"], 2)


def test_a_factor_and_the_records_may_both_have_moved_it(run: PublishedRun) -> None:
    code = run.districts["code"][ends(run)[0]]
    by = log_change(run, changed(run), code)
    told = why(run, changed(run, mining=by / 4))[code]
    assert [one["because"] for one in told] == ["records", "factor"]
    assert sum(one["change"] for one in told) == pytest.approx(by, abs=TWO_DIGITS)


def test_what_two_digits_may_have_made_is_not_told(run: PublishedRun) -> None:
    """1.049 and 1.051 are told as 1.0 and 1.1: a tenth apart, and hardly another risk."""
    first, _ = ends(run)
    place = run.scores.index[run.scores["outcome"] == run.outcomes[0].id][first]

    def at(risk: float, rank: float) -> PublishedRun:
        scores = run.scores.copy()
        scores.loc[place, ["relative_risk", "rr_low", "rr_high"]] = [risk, risk / 2, risk * 2]
        scores.loc[place, ["rank", "rank_low", "rank_high"]] = [rank, rank, rank]
        return replace(run, scores=scores)

    code = run.districts["code"][first]
    (only,) = why(at(1.049, 1), at(1.051, 20))[code]
    assert (only["because"], only["change"]) == ("others", 0)
    (only,) = why(at(1.049, 1), at(1.251, 20))[code]
    assert only["because"] == "records"
    assert only["change"] == pytest.approx(math.log(1.251 / 1.049), abs=TWO_DIGITS)


def test_many_small_changes_are_told_when_they_are_all_there_is(run: PublishedRun) -> None:
    """A district whose rank moved far by little: no single factor is large, nothing is left."""
    first, _ = ends(run)
    scores, outcome = run.scores.copy(), run.outcomes[0].id
    place = scores.index[scores["outcome"] == outcome][first]
    scores.loc[place, ["rank", "rank_low", "rank_high"]] = [20.0, 19.0, 22.0]
    scores.loc[place, "relative_risk"] *= math.exp(0.08)
    table = run.contributions.copy()
    code = run.districts["code"][first]
    mine = (table["outcome"] == outcome) & (table["code"] == code)
    table.loc[mine, "contribution"] += 0.04
    told = why(run, replace(run, scores=scores, contributions=table))[code]
    assert [one["because"] for one in told] == ["factor", "factor"]


def test_a_district_may_move_because_others_did(run: PublishedRun) -> None:
    first, _ = ends(run)
    scores = run.scores.copy()
    place = scores.index[scores["outcome"] == run.outcomes[0].id][first]
    scores.loc[place, ["rank", "rank_low", "rank_high"]] = [20.0, 19.0, 22.0]
    (only,) = why(run, replace(run, scores=scores))[run.districts["code"][first]]
    assert (only["because"], only["change"]) == ("others", 0)


def test_a_factor_that_one_run_has_not_is_told_so(run: PublishedRun) -> None:
    table = run.contributions
    fewer = replace(
        run,
        record=replace(run.record, factors=run.record.factors[1:]),
        contributions=table[table["factor"] != "mining__distance__capital"],
    )
    code = run.districts["code"][ends(run)[0]]
    later = changed(run)
    factor = next(one for one in why(fewer, later)[code] if one["because"] == "factor")
    assert factor["contribution"]["before"] is None
    assert factor["value"]["before"] is None
    assert factor["said"]["before"] is None
    assert compare(release(fewer), release(later))["differs"]["factors"] == {
        "added": ["mining__distance__capital"],
        "removed": [],
    }


def test_a_composite_moved_with_its_stages() -> None:
    run = with_composite()
    scores, districts = run.scores.copy(), run.districts["code"]
    rows = scores.index[scores["outcome"] == COMPOSITE]
    ranks = scores.loc[rows, "rank"].reset_index(drop=True)
    place = int(ranks.idxmin())
    scores.loc[rows[place], ["rank", "rank_low", "rank_high"]] = [20.0, 19.0, 22.0]
    stage = scores.index[scores["outcome"] == "exploitation"][place]
    scores.loc[stage, "rate"] += 8.0
    later = replace(run, scores=scores)
    moved = compare(release(run), release(later))["outcomes"][COMPOSITE]["moved"]
    told = {one["code"]: one["why"] for one in moved}[districts[place]]
    assert [one["stage"] for one in told] == ["exploitation", "recruitment"]
    assert told[0]["change"] == pytest.approx(4.0, abs=1.0)  # its weight is a half
    assert told[1]["change"] == 0


def test_runs_differ_in_inputs_settings_factors_and_versions(run: PublishedRun) -> None:
    inputs = {
        "districts": [{"input_id": 2, "file": "districts.gpkg", "sha256": "cd" * 32}],
        "cases/new": [{"input_id": 3, "file": "new.csv", "sha256": "ef" * 32}],
    }
    settings = json.loads(json.dumps(run.record.settings))
    settings["model"]["draws"] = 500
    settings["layers"] = [{"id": "mining", "date": "2025"}]
    later = replace(
        run,
        record=replace(
            run.record, inputs=inputs, settings=settings, versions={"vigia": "0.2.0"}, factors=()
        ),
        contributions=run.contributions.iloc[:0],
    )
    found = compare(release(run), release(later))["differs"]
    assert found["inputs"] == {"added": ["cases/new"], "removed": [], "changed": ["districts"]}
    assert found["settings"]["model.draws"] == {"before": 1000, "after": 500}
    assert found["settings"]["layers[mining].date"] == {"before": None, "after": "2025"}
    assert len(found["factors"]["removed"]) == len(run.record.factors)
    assert found["versions"] == {"vigia": {"before": "0.1.0", "after": "0.2.0"}}
    same = compare(release(run), release(run))["differs"]
    assert not [part for told in same.values() for part in told.values() if part]


def test_the_text_says_what_the_json_says(run: PublishedRun) -> None:
    first = ends(run)[0]
    by = log_change(run, changed(run), run.districts["code"][first])
    found = compare(release(run), release(changed(run, mining=by)))
    text = compared_text(found)
    assert "nothing but the moment of training" in text
    assert f"({run.districts['code'][first]}): rank 1 (" in text
    assert "Informal mining: distance in km from the district's capital: " in text
    assert "its own and its neighbours' records: risk " in text
    assert "No district moved beyond its doubt." in text  # of the other outcomes
    assert "None" not in text
    later = replace(
        run, record=replace(run.record, settings=run.record.settings | {"model": {"draws": 9}})
    )
    assert "model.draws: 1000 > 9" in compared_text(compare(release(run), release(later)))
