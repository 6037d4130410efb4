from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from data.beside import Beside, OtherRun
from data.publish import level_settings
from data.records import PublishedRun
from maps.against import against, comparable, offered
from maps.levels import LEVELS, NO_DATA
from maps.made import COMPOSITE
from maps.payload import as_block
from maps.released import Released, release
from maps.words import words
from tests.maps import region
from tests.maps.made import with_composite
from tests.maps.region import IMG, SCRIPT

SPANISH = words("es")
OUTCOME = "exploitation"
OTHER = "e" * 16


def other_run(seed: int = 8, **changes: Any) -> PublishedRun:
    """The invented run of another year, with the scores of a seed."""
    made = region.published_run(**{"id": OTHER, "target_year": 2025} | changes)
    return replace(made, scores=region.scores(made.districts["code"].tolist(), seed))


def kept(run: PublishedRun) -> OtherRun:
    rates = {one: run.record.validation.get(one, {}) for one in run.record.outcomes}
    levels = level_settings(run.record.settings)
    return OtherRun(run.record.id, run.record.target_year, "2026-11-20T03:00:00Z", rates, levels)


def beside(run: PublishedRun, *others: OtherRun) -> Released:
    return release(run, Beside(others=others))


def told(released: Released, other: PublishedRun, outcome: str = OUTCOME) -> dict[str, Any]:
    return against(released, release(other), outcome, SPANISH)


def levels_of(released: Released, outcome: str = OUTCOME) -> list[str]:
    return released.scores_of(outcome)["level"].tolist()


def test_the_other_run_stands_in_the_districts_of_this_one(released: Released) -> None:
    found = told(released, other_run())
    own, its = levels_of(released), levels_of(release(other_run()))
    assert [LEVELS[int(one)] for one in found["levels"]] == its
    assert len(found["sure"]) == len(its)
    differ = [n for n, pair in enumerate(zip(own, its, strict=True)) if len(set(pair)) > 1]
    differ = [n for n in differ if NO_DATA not in (own[n], its[n])]
    assert sorted(index for index, _ in found["told"]) == differ
    assert len(differ) > 5
    apart = [abs(LEVELS.index(own[n]) - LEVELS.index(its[n])) for n, _ in found["told"]]
    assert apart == sorted(apart, reverse=True)
    assert found["label"] == "Explotación, 2025 (corrida eeeeeeee)"
    assert "2026" in found["own"]
    assert SPANISH("against.years_apart") in found["said"]


def test_a_district_that_one_run_alone_knows(run: PublishedRun, released: Released) -> None:
    code, strange = run.districts["code"][2], "990101"
    other = other_run()
    renamed = {
        name: getattr(other, name).replace({"code": {code: strange}})
        for name in ("districts", "scores", "contributions")
    }
    found, before = told(released, replace(other, **renamed)), told(released, other)
    assert (found["levels"][2], found["sure"][2]) == ("0", "0")  # sin dato, not another level
    assert found["levels"][3:] == before["levels"][3:]
    assert [one for one in before["told"] if one[0] != 2] == found["told"]
    assert SPANISH("against.gone", n=SPANISH.districts(1)) in found["said"]
    assert strange not in as_block(found)


def test_a_run_that_knows_nothing_differs_nowhere(released: Released) -> None:
    other = other_run()
    scores = other.scores.copy()
    scores[scores.select_dtypes("float").columns] = float("nan")
    scores[["level", "no_data_reason", "no_records"]] = [NO_DATA, "missing_factor:x", False]
    found = told(released, replace(other, scores=scores))
    assert set(found["levels"]) == {"0"}
    assert found["told"] == []


def test_ranks_and_reasons_are_those_of_both_runs(run: PublishedRun, released: Released) -> None:
    """Of a district that only its factor moved, that one is told, with both values."""
    place, code = 9, run.districts["code"][9]
    scores, table = run.scores.copy(), run.contributions.copy()
    row = scores.index[(scores["outcome"] == OUTCOME) & (scores["code"] == code)][0]
    mine = (table["code"] == code) & (table["outcome"] == OUTCOME)
    mine &= table["factor"].str.startswith("mining")
    old = scores.loc[row, "level"]
    scores.loc[row, "level"] = "low" if old != "low" else "high"
    scores.loc[row, ["rank", "rank_low", "rank_high"]] = [23.0, 22.0, 24.0]
    scores.loc[row, "relative_risk"] /= 4
    table.loc[mine, "contribution"] -= 1.386
    table.loc[mine, "value"] = 3.0
    other = replace(run, record=replace(run.record, id=OTHER), scores=scores, contributions=table)
    ((index, lines),) = told(released, other)["told"]
    assert index == place
    own = released.scores_of(OUTCOME).loc[code]
    rank = f"ahora {own['rank']:.0f} de 23 (entre el {own['rank_low']:.0f} y el "
    assert lines[0].startswith("Puesto: antes 23 de 23 (entre el 22 y el 24), ")
    assert rank in lines[0]
    assert lines[1].startswith("Minería <b>informal</b>: distancia en km desde la capital")
    assert ": antes 3.0, ahora " in lines[1]
    assert lines[1].endswith("; sube mucho el riesgo.")
    assert len(lines) == 2  # beyond its doubt, and by nothing else
    doubtful = scores.assign(rank_low=scores["rank_low"].where(scores.index != row, 1.0))
    ((_, lines),) = told(released, replace(other, scores=doubtful))["told"]
    assert lines[1] == SPANISH("against.within_doubt")


def test_rounding_makes_no_reason_of_a_stage() -> None:
    """1.0 and 1.1 may be 1.049 and 1.051."""
    run = with_composite()
    scores = run.scores.copy()
    stage = scores["outcome"].isin(["recruitment", "exploitation"])
    scores.loc[stage, "rate"] = 1.049
    rows = scores.index[scores["outcome"] == COMPOSITE]
    first = rows[0]
    levels = ["low", "very_high"] if scores.loc[first, "level"] != "low" else ["high", "low"]
    scores.loc[first, "level"] = levels[0]
    later = scores.copy()
    later.loc[first, "level"] = levels[1]
    later.loc[stage, "rate"] = 1.051
    sides = [release(replace(run, scores=table)) for table in (later, scores)]
    ((_, lines),) = against(*sides, COMPOSITE, SPANISH)["told"]
    assert lines[-1] == SPANISH("against.others")
    later.loc[stage, "rate"] = 3.0
    sides[0] = release(replace(run, scores=later))
    ((_, lines),) = against(*sides, COMPOSITE, SPANISH)["told"]
    assert "Etapa «Explotación»: sube mucho el riesgo." in lines


def test_what_the_other_run_must_be_read_with_comes_first(released: Released) -> None:
    lost = other_run(beats_baseline=False, tested=True, accepted_worse=IMG, accepted_by=SCRIPT)
    said = told(released, lost)["said"]
    assert said[0] == SPANISH("against.of_the_other", said=SPANISH("banner.worse"))
    assert IMG in said[1]
    assert "<" not in as_block(told(released, lost))
    moved = {"districts": [{"input_id": 1, "file": "new.gpkg", "sha256": "cd" * 32}]}
    assert SPANISH("against.boundaries") in told(released, other_run(inputs=moved))["said"]
    assert SPANISH("against.boundaries") not in told(released, other_run())["said"]


def test_only_runs_that_say_the_same_are_offered(run: PublishedRun) -> None:
    year = kept(other_run())
    same = replace(year, target_year=2026, run="f" * 16)
    assert offered(beside(run, year, same), OUTCOME, SPANISH) == [
        {"id": OTHER, "group": "year", "label": "2025"},
        {
            "id": "f" * 16,
            "group": "run",
            "label": "publicada el 19 de noviembre de 2026 (ffffffff)",
        },
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda one: {"rates": one.rates | {OUTCOME: {"rates": "true"}}},
        lambda one: {"rates": {"recruitment": {}}},
        lambda one: {"rates": one.rates | {OUTCOME: {"composite_of": {"transit": 1.0}}}},
        lambda one: {"settings": {**one.settings, "probability": 0.9}},
        lambda one: {"settings": {**one.settings, "synthetic": False}},
    ],
    ids=["all cases", "no such outcome", "a sum", "levels mean another thing", "invented"],
)
def test_a_run_that_says_something_else_is_not(
    run: PublishedRun, change: Callable[[OtherRun], dict[str, Any]]
) -> None:
    same = kept(other_run())
    assert list(comparable(beside(run, same), OUTCOME)) == [same]
    assert list(comparable(beside(run, replace(same, **change(same))), OUTCOME)) == []


def test_stages_are_summed_with_the_same_weights() -> None:
    run = with_composite()
    same = kept(run)
    assert list(comparable(beside(run, same), COMPOSITE)) == [same]
    heavier = same.rates | {COMPOSITE: {"composite_of": {"recruitment": 2.0, "exploitation": 0.5}}}
    assert list(comparable(beside(run, replace(same, rates=heavier)), COMPOSITE)) == []


def test_shuffled_rows_say_the_same(released: Released) -> None:
    other = other_run()
    mixed = replace(
        other,
        scores=pd.DataFrame(other.scores.iloc[::-1]),
        contributions=pd.DataFrame(other.contributions.iloc[::-1]),
    )
    assert told(released, mixed) == told(released, other)
