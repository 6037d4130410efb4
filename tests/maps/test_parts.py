from __future__ import annotations

from pathlib import Path

import pytest

from maps.page import write_offline
from maps.parts import in_department
from maps.payload import payload
from maps.released import release
from maps.words import words
from tests.maps.region import layers, published_run
from vigia.errors import ProjectError

SPANISH = words("es")


def test_a_department_has_its_districts_with_their_ranks_among_all() -> None:
    whole = release(published_run())
    name = str(whole.districts["department"].iloc[0])
    part, shown = in_department(whole, layers(), f" {name.upper()} ")
    own = whole.districts["department"] == name
    assert 0 < len(part.districts) == own.sum() < len(whole.districts)
    assert part.districts["code"].tolist() == whole.districts.loc[own, "code"].tolist()
    assert name in str(part.area["name"])
    for outcome in whole.outcomes:
        all_scores = whole.scores_of(outcome.id)
        assert part.scores_of(outcome.id).equals(all_scores.loc[part.districts["code"]])
        told = next(o for o in payload(part, SPANISH)["outcomes"] if o["id"] == outcome.id)
        assert told["ranked"] == SPANISH.count(int(all_scores["rank"].notna().sum()))
        assert len(told["levels"]) == len(part.districts)
    assert all(len(shown[id_]) <= len(layer) for id_, layer in layers().items())


def test_its_file_is_smaller_and_names_no_district_elsewhere(tmp_path: Path) -> None:
    run = published_run()
    name = str(run.districts["department"].iloc[0])
    write_offline(run, layers(), tmp_path / "whole.html")
    write_offline(run, layers(), tmp_path / "part.html", department=name)
    whole, part = ((tmp_path / one).read_text() for one in ("whole.html", "part.html"))
    assert len(part) < len(whole)
    elsewhere = run.districts.loc[run.districts["department"] != name, "code"]
    assert all(f'"{code}"' in whole and f'"{code}"' not in part for code in elsewhere)


def test_an_unknown_department_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ProjectError, match="Atlantis") as refused:
        in_department(release(published_run()), {}, "Atlantis")
    assert str(published_run().districts["department"].dropna().iloc[0]) in str(refused.value.hint)
