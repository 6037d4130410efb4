from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd

from data.records import PublishedRun
from maps.compare import compare
from maps.released import Released, release


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
