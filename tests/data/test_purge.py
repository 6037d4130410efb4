"""What was purged is gone: from every version, from the file, and from what comes later."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from data.backup import restore_backup, write_backup
from data.engine import sqlite_path
from data.engine import store_url as parsed
from data.purge import purge_cases
from data.snapshot import Snapshot
from data.store import Store
from tests.data import example
from tests.data.inputs import cases, input_table
from tests.postgis import Cluster
from vigia.errors import NotFoundError
from vigia.project import Project
from vigia.training_table import fitted_registers, target_year

TELLING = 98765.4321  # no other number in the store has these bytes
ROWS = (
    ("010101", 2020, 2020, 1.0),
    ("010101", 2021, 2021, TELLING),
    ("010102", 2020, 2022, TELLING + 1),
    ("010101", 2022, 2022, 3.0),
)
YEARS = (2020, 2021, 2022)


def fill(project: Project) -> list[str]:
    """Two versions, and a run on each; ids of the runs."""
    with Store.open(project.store_url()) as store:
        for number, name in enumerate(("old", "new")):
            table = cases(*ROWS, ("010103", 2021, 2021, TELLING + 2 + number))
            store.ingest(
                [
                    input_table("cases/complaints", table, YEARS, file=name),
                    input_table("cases/court", cases(("010101", 2021, 2021, 7.0)), (2021,)),
                ]
            )
            example.save_run(store, example.run_record(store, id=name))
        store.ingest([input_table("cases/complaints", cases(ROWS[0]), (2020,), file="last")])
        kept = {"cases/court": store.provenance(store.snapshot())["cases/court"]}
        example.save_run(store, example.run_record(store, id="other", inputs=kept))
    return ["new", "old"]


def counts(project: Project, snapshot: Snapshot | None = None) -> list[tuple[str, int, float]]:
    with Store.open(project.store_url()) as store:
        table = store.cases(snapshot or store.snapshot())
    return list(zip(table["dataset"], table["year_from"], table["count"], strict=True))


def test_a_year_is_gone_from_every_version(project: Project) -> None:
    resting = fill(project)
    gone = purge_cases(project, "complaints", 2021)
    assert (gone.source, gone.year, sorted(gone.runs)) == ("complaints", 2021, resting)
    left = [("complaints", 2020, 1.0), ("complaints", 2022, 3.0)]
    assert counts(project) == [left[0], ("court", 2021, 7.0), left[1]]
    with Store.open(project.store_url()) as store:
        for run in resting:  # inputs of old runs stay readable, less what is gone
            old = Snapshot.from_json(store.run(run).inputs)
            assert [c for c in counts(project, old) if c[0] == "complaints"] == left
        specs = fitted_registers(project.settings, store.cases(store.snapshot()))
        assert [spec.id for spec in specs] == ["complaints"]
        assert target_year(project.settings, store.cases(store.snapshot())) == 2023


def test_no_byte_of_it_is_left_in_the_file(
    project: Project, request: pytest.FixtureRequest
) -> None:
    fill(project)
    path = sqlite_path(parsed(project.store_url()))
    numbers = [TELLING, TELLING + 1, TELLING + 2, TELLING + 3]
    if path is None:
        cluster: Cluster = request.getfixturevalue("postgis_cluster")
        folder, packed = cluster.files_of(project.store_url()), "=d"
        cluster.run("CHECKPOINT")
    else:
        folder, packed = path.parent, ">d"
    telling = [struct.pack(packed, number) for number in numbers]
    assert all(number in everything_in(folder) for number in telling)
    purge_cases(project, "complaints", 2021)
    if path is None:
        cluster.run("CHECKPOINT")
    assert not any(number in everything_in(folder) for number in telling)


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_what_is_ingested_later_comes_without_it(project: Project) -> None:
    fill(project)
    purge_cases(project, "complaints", 2021)
    was = counts(project)
    newer = cases(*ROWS, ("010104", 2023, 2023, 4.0))
    with Store.open(project.store_url()) as store:
        again = input_table("cases/complaints", cases(ROWS[0]), (2020,), file="last")
        assert store.ingest([again])[0].unchanged
        assert counts(project) == was
        changed = input_table("cases/complaints", newer, (*YEARS, 2023), file="newer")
        (report,) = store.ingest([changed])
        assert report.codes()["purged_year"] == 1
        assert report.changes == {"added": 1, "changed": 0, "removed": 0}
        assert store.ingest([changed])[0].codes()["purged_year"] == 1
        only = input_table("cases/complaints", cases(ROWS[1]), (2021,), file="only")
        assert store.ingest([only])[0].changes == {"added": 0, "changed": 0, "removed": 0}
        assert [c for c in counts(project) if c[0] == "complaints"] == [
            ("complaints", 2020, 1.0),
            ("complaints", 2022, 3.0),
            ("complaints", 2023, 4.0),
        ]
        renamed = input_table("cases/complaints_again", newer, (*YEARS, 2023), file="newer")
        store.ingest([renamed])  # on purpose: under another id
        assert ("complaints_again", 2021, TELLING) in counts(project)


def test_the_last_year_of_a_source_may_go_too(project: Project) -> None:
    fill(project)
    purge_cases(project, "court", 2021)
    assert {dataset for dataset, *_ in counts(project)} == {"complaints"}
    with Store.open(project.store_url()) as store:
        assert "cases/court" not in store.snapshot().to_json()
        again = input_table("cases/court", cases(("010101", 2021, 2021, 7.0)), (2021,))
        store.ingest([again])
        assert "cases/court" not in store.snapshot().to_json()


def test_unknown_sources_and_years_are_told(project: Project) -> None:
    with pytest.raises(NotFoundError, match="No cases are stored at all"):
        purge_cases(project, "complaints", 2021)
    fill(project)
    with pytest.raises(NotFoundError, match="complaints, court"):
        purge_cases(project, "nobody", 2021)
    with pytest.raises(NotFoundError, match="2020, 2021, 2022"):
        purge_cases(project, "complaints", 1999)
    before = counts(project)
    purge_cases(project, "complaints", 2021)
    assert purge_cases(project, "complaints", 2021).runs  # an interrupted one is finished
    assert counts(project) != before


def test_the_bar_travels_with_a_backup(project: Project, tmp_path: Path) -> None:
    fill(project)
    whole, less = tmp_path / "whole.zip", tmp_path / "less.zip"
    write_backup(project, whole)
    purge_cases(project, "complaints", 2021)
    write_backup(project, less)
    restore_backup(project, less)
    assert ("complaints", 2021, TELLING) not in counts(project)
    with pytest.raises(NotFoundError):
        purge_cases(project, "complaints", 1999)
    restore_backup(project, whole)  # a backup of before brings it back: keep no such backups
    with Store.open(project.store_url()) as store:
        old = Snapshot.from_json(store.run("old").inputs)
    assert ("complaints", 2021, TELLING) in counts(project, old)
