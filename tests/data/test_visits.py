"""What is recorded reaches training as effort from files does, and what cannot be is told."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from data.disclosure import release_visits
from data.ingest import read_inputs
from data.store import Store
from data.visits import import_visits, record_visit, recorded_visits
from tests import tiny_project
from tests.data.test_lock import held
from vigia import pipeline
from vigia.errors import InputRefusedError, MissingStepError, ProjectError, StoreError
from vigia.project import Project, load_project
from vigia.training_table import Known, outcome_tables

DISCOVERED = tiny_project.SETTINGS + "discovered = true\n"
CHANGES = """
[[districts.changes]]
new = "010109"
old = "010101"
year = 2015
"""
VISIT = {
    "code": "010101",
    "date": "2023-05-31",
    "team_days": "1.5",
    "method": "raid",
    "outcome": "trafficking",
    "found": "7341",
}
LINE = "010101,2023-05-31,1.5,raid,trafficking,7341\n"
HEADER = "code,date,team_days,method,outcome,found\n"


def laid_out(folder: Path, settings: str = DISCOVERED) -> Project:
    project = load_project(tiny_project.write(folder, settings))
    with Store.open(project.store_url()) as store:
        store.ingest([one for one in read_inputs(project, pipeline.silent) if one.kind != "effort"])
    return project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    return laid_out(tmp_path / "project")


def file_of(project: Project) -> str:
    return (project.folder / "visits.csv").read_text(encoding="utf-8")


def settings_of(project: Project) -> str:
    return (project.folder / "vigia.toml").read_text(encoding="utf-8")


def stored_effort(folder: Path) -> pd.DataFrame:
    project = load_project(folder)
    pipeline.ingest(project)
    with Store.open(project.store_url()) as store:
        return store.effort(store.snapshot())


def test_the_first_visit_makes_the_file_and_the_section(project: Project) -> None:
    was = settings_of(project)
    done = record_visit(project, **VISIT)
    assert (done.recorded, done.known, done.section_added, done.teaches) == (1, 0, True, True)
    assert file_of(project) == HEADER + LINE
    assert settings_of(project).startswith(was)
    (section,) = load_project(project.folder).settings.effort
    assert (section.id, section.path, section.source) == ("visits", "visits.csv", "vigia visits")
    assert stat.S_IMODE((project.folder / "visits.csv").stat().st_mode) == 0o600


def test_later_ones_are_added_and_nothing_else_changes(project: Project) -> None:
    record_visit(project, **VISIT)
    told = settings_of(project)
    (project.folder / "visits.csv").chmod(0o640)
    # The settings that this command read are older than the section that another has added.
    done = record_visit(project, **VISIT | {"code": "10102", "found": "0", "date": "01/06/2023"})
    assert not done.section_added
    assert file_of(project) == HEADER + LINE + "010102,2023-06-01,1.5,raid,trafficking,0\n"
    assert settings_of(project) == told
    assert stat.S_IMODE((project.folder / "visits.csv").stat().st_mode) == 0o640


def test_a_visit_that_looked_for_no_cases_is_one_too(project: Project) -> None:
    record_visit(project, **VISIT | {"method": "visita, de día", "outcome": "", "found": ""})
    assert file_of(project) == HEADER + '010101,2023-05-31,1.5,"visita, de día",,\n'
    assert release_visits(recorded_visits(project)[0])[0]["counted"] is False


def test_it_is_taken_up_as_effort_from_files_is(project: Project, tmp_path: Path) -> None:
    record_visit(project, **VISIT)
    record_visit(project, **VISIT | {"code": "020103", "team_days": "2", "found": "0"})
    recorded = stored_effort(project.folder)
    other = tiny_project.write(tmp_path / "other", DISCOVERED + OWN_SECTION)
    (other / "raids.csv").write_text(
        "DISTRITO;DIA;EQUIPOS;TIPO;DELITO;HALLADOS\n"
        "010101;31/05/2023;1,5;raid;trafficking;7341\n020103;31/05/2023;2;raid;trafficking;0\n"
    )
    assert_frame_equal(recorded, stored_effort(other))
    assert recorded["found"].tolist() == [7341, 0]
    # ... and reaches what models are fitted on.
    opened = load_project(project.folder)
    features = pipeline.build_features(opened)
    with Store.open(opened.store_url()) as store:
        known = Known.of(store, store.snapshot(), features.table)
        (table,) = outcome_tables(opened.settings, known)
    found = table.counts[table.counts["effort"].notna()]
    assert found[["code", "year", "count", "effort"]].to_numpy().tolist() == [
        ["010101", 2023, 7341, 1.5],
        ["020103", 2023, 0, 2],
    ]


OWN_SECTION = """
[[effort]]
id = "visits"
path = "raids.csv"
code = "DISTRITO"
date_column = "DIA"
team_days = "EQUIPOS"
method = "TIPO"
outcome = "DELITO"
found = "HALLADOS"
source = "the tests"
date = "2023"
"""

TOMORROW = (pd.Timestamp.now(ZoneInfo("America/Lima")) + timedelta(days=1)).strftime("%Y-%m-%d")
WRONG = {
    "no district": ({"code": ""}, "code: The row has no code of a district"),
    "an unknown district": ({"code": "990101"}, "code: The map has no district of this code"),
    "a province": ({"code": "0101"}, "code: The code is that of a province"),
    "no date": ({"date": ""}, "date: The row has no date"),
    "a bad date": ({"date": "2023-02-30"}, "date: The date is none"),
    "a date to come": ({"date": TOMORROW}, "date: The date has not come yet"),
    "a date of long ago": ({"date": "1023-05-31"}, "date: No visit was before 1900"),
    "no team-days": ({"team_days": ""}, "team_days: No number of team-days"),
    "no team": ({"team_days": "0"}, "team_days: Team-days are more than 0"),
    "less than no team": ({"team_days": "-1"}, "team_days: The number cannot be negative"),
    "endless teams": ({"team_days": "1e400"}, "team_days: "),
    "words for teams": ({"team_days": "two"}, "team_days: The value is not a number"),
    "no method": ({"method": ""}, "method: No method is given"),
    "a long method": ({"method": "x" * 41}, "method: A method is one line"),
    "a method of two lines": ({"method": "raid\nvisit"}, "method: A method is one line"),
    "a formula": ({"method": '=HYPERLINK("x")'}, "method: A method is one line"),
    "an unknown outcome": ({"outcome": "theft"}, "outcome: No [[cases]] counts this outcome"),
    "found of nothing": ({"outcome": ""}, "outcome: Something was found"),
    "nothing said": ({"found": ""}, "found: An outcome was looked for"),
    "less than nothing": ({"found": "-7341"}, "found: The number cannot be negative"),
    "half a case": ({"found": "7341.5"}, "found: What was found is a whole number"),
    "too many": ({"found": "73417341"}, "found: What was found is a whole number"),
    "no number": ({"found": "7341 women"}, "found: The value is not a number"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_told_and_nothing_is_written(project: Project, name: str) -> None:
    change, sentence = WRONG[name]
    was = settings_of(project)
    with pytest.raises(InputRefusedError) as raised:
        record_visit(project, **VISIT | change)
    assert sentence in raised.value.message
    assert "row 1" not in raised.value.message
    assert "7341" not in str(raised.value)
    assert not (project.folder / "visits.csv").exists()
    assert settings_of(project) == was


def test_today_is_not_the_future(project: Project) -> None:
    today = pd.Timestamp.now(ZoneInfo("America/Lima")).strftime("%Y-%m-%d")
    assert record_visit(project, **VISIT | {"date": today}).recorded == 1


def test_the_same_visit_is_not_recorded_twice(project: Project) -> None:
    record_visit(project, **VISIT)
    with pytest.raises(InputRefusedError, match="recorded already"):
        record_visit(project, **VISIT | {"code": "10101", "team_days": "1.50"})
    assert file_of(project) == HEADER + LINE


def test_what_a_crash_left_half_done_is_finished(project: Project, tmp_path: Path) -> None:
    was = settings_of(project)
    record_visit(project, **VISIT)
    (project.folder / "vigia.toml").write_text(was)  # it died between the two files
    table = tmp_path / "again.csv"
    table.write_text(HEADER + LINE)
    done = import_visits(load_project(project.folder), table)
    assert (done.recorded, done.known, done.section_added) == (0, 1, True)
    assert stored_effort(project.folder)["found"].tolist() == [7341]


def test_tables_are_imported_whole_and_once(project: Project, tmp_path: Path) -> None:
    record_visit(project, **VISIT)
    table = tmp_path / "semana.csv"
    rows = "010101;31/05/2023;1,5;raid;trafficking;7341;x\n10102;01/06/2023;2;visita;;;y\n"
    table.write_bytes(f"code;date;team_days;method;outcome;found;note\n{rows}".encode("utf-16"))
    done = import_visits(project, table)
    assert (done.recorded, done.known, done.section_added) == (1, 1, False)
    assert file_of(project) == HEADER + LINE + "010102,2023-06-01,2,visita,,\n"
    was = file_of(project)
    assert (import_visits(project, table).recorded, file_of(project)) == (0, was)


def test_a_table_with_anything_wrong_is_refused_whole(project: Project, tmp_path: Path) -> None:
    table = tmp_path / "week.csv"
    bad = LINE.replace("7341", "-7341")
    table.write_text(
        HEADER + LINE + bad + LINE.replace("raid", "") + bad.replace("010101", "9") * 9
    )
    with pytest.raises(InputRefusedError) as raised:
        import_visits(project, table)
    assert raised.value.message.startswith(
        "week.csv cannot be recorded: row 2, found: The number cannot be negative."
    )
    assert "row 3, method: No method is given" in raised.value.message
    assert "7341" not in str(raised.value)
    assert not (project.folder / "visits.csv").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "no bytes"),
        (HEADER, "no rows"),
        ("code,date\n010101,2023-05-31\n", "no column 'found'"),
        (HEADER + LINE.strip() + ",7341\n", "row 1: The row has 7 values"),
        (HEADER + '"' + LINE, "no table"),
    ],
)
def test_what_is_no_table_of_visits_is_refused(
    project: Project, tmp_path: Path, content: str, told: str
) -> None:
    table = tmp_path / "week.csv"
    table.write_text(content)
    with pytest.raises(InputRefusedError, match=told) as raised:
        import_visits(project, table)
    assert "7341" not in str(raised.value)
    with pytest.raises(InputRefusedError, match="No such file"):
        import_visits(project, tmp_path / "nothing.csv")


def test_what_was_found_is_not_listed(project: Project) -> None:
    assert recorded_visits(project)[0].empty
    assert release_visits(recorded_visits(project)[0]) == []
    record_visit(project, **VISIT)
    with (project.folder / "visits.csv").open("a") as file:
        file.write("999999,2023-01-01,1,raid,trafficking,7341\n")  # by hand
    table, left_out = recorded_visits(project)
    assert left_out == 1
    released = release_visits(table)
    assert released == [
        {"code": "010101", "date": "2023-05-31", "team_days": 1.5, "method": "raid",
         "outcome": "trafficking", "counted": True}
    ]  # fmt: skip
    assert "7341" not in json.dumps(released)


def test_a_file_that_another_program_wrote_is_kept_row_by_row(project: Project) -> None:
    rows = "010103;02/05/2023;1;visita;;;por río\n"
    (project.folder / "visits.csv").write_text(
        f"code;date;team_days;method;outcome;found;nota\n{rows}", encoding="cp1252"
    )
    record_visit(project, **VISIT)
    assert file_of(project) == (
        HEADER.strip() + ",nota\n010103,02/05/2023,1,visita,,,por río\n" + LINE.strip() + ",\n"
    )


def test_districts_that_are_not_on_the_map_keep_their_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    head, population, tail = DISCOVERED.partition("[population]")
    project = laid_out(tmp_path / "project", head + CHANGES + "\n" + population + tail)
    record_visit(project, **VISIT | {"code": "10109"})
    assert file_of(project) == HEADER + LINE.replace("010101", "010109")
    assert recorded_visits(project)[0]["code"].tolist() == ["010101"]


def test_a_data_folder_of_its_own_has_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    laid_out(tmp_path / "data")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "vigia.toml").write_text(DISCOVERED)
    project = load_project(folder, tmp_path / "data")
    pipeline.ingest(project)
    record_visit(project, **VISIT)
    assert (tmp_path / "data" / "visits.csv").exists()
    pipeline.ingest(load_project(folder, tmp_path / "data"))


def test_a_link_stays_one(project: Project, tmp_path: Path) -> None:
    (tmp_path / "shared.csv").write_text(HEADER + LINE)
    (project.folder / "visits.csv").symlink_to(tmp_path / "shared.csv")
    record_visit(project, **VISIT | {"found": "1"})
    assert (project.folder / "visits.csv").is_symlink()
    assert (tmp_path / "shared.csv").read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (DISCOVERED + OWN_SECTION, "does not read visits.csv"),
        ("effort = []\n" + DISCOVERED, "No section can be added"),
    ],
)
def test_a_project_file_that_cannot_name_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, told: str
) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    laid_out(tmp_path / "project")
    (tmp_path / "project" / "vigia.toml").write_text(settings)
    project = load_project(tmp_path / "project")
    with pytest.raises(ProjectError, match=told):
        record_visit(project, **VISIT)
    assert settings_of(project) == settings
    assert not (project.folder / "visits.csv").exists()


def test_it_needs_districts_and_its_turn(project: Project, tmp_path: Path) -> None:
    bare = load_project(tiny_project.write(tmp_path / "bare"))
    with pytest.raises(MissingStepError, match="No districts"):
        record_visit(bare, **VISIT)
    with held(project), pytest.raises(StoreError, match="is at work"):
        record_visit(project, **VISIT)


def test_a_write_that_fails_leaves_all_as_it_was(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_visit(project, **VISIT)
    there = sorted(project.folder.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        record_visit(project, **VISIT | {"found": "1"})
    assert file_of(project) == HEADER + LINE
    assert sorted(project.folder.iterdir()) == there
