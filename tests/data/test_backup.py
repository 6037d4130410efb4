"""A backup restores into either database, and a spoilt one changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.archive import MANIFEST, describe
from data.backup import restore_backup, write_backup
from data.publish import published
from data.store import Store
from tests import tiny_project
from tests.data import example
from tests.data.inputs import districts, input_table
from tests.data.second_schema import with_another_revision
from vigia.errors import StoreError
from vigia.project import Project, load_project


def contents(project: Project) -> dict[str, str]:
    with Store.open(project.store_url()) as store:
        return example.contents(store)


def test_a_backup_restores_crosswise(
    filled: Project, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    write_backup(filled, file)
    was = contents(filled)
    monkeypatch.setenv("VIGIA_STORE_URL", other_url)
    restore_backup(filled, file)
    assert contents(filled) == was
    with Store.open(other_url) as store:
        run = published(store)
        assert run is not None
        assert (run.record.id, run.published_at) == (example.RUN, example.AT)
        assert all(report.unchanged for report in store.ingest(example.inputs()))
    again = tmp_path / "again.zip"
    write_backup(filled, again)
    assert tables_of(again) == tables_of(file)


def tables_of(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}


def test_restore_replaces_what_is_there(filled: Project, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    write_backup(filled, file)
    was = contents(filled)
    with Store.open(filled.store_url()) as store:
        store.ingest([input_table("districts", districts(2))])
        example.save_run(store, example.run_record(store, id="0" * 16))
    assert contents(filled) != was
    restore_backup(filled, file)
    assert contents(filled) == was
    assert [path.name for path in filled.var.iterdir() if "restore" in path.name] == []


def test_a_backup_is_for_its_owner_alone_and_written_whole(filled: Project, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "backup.zip"
    with pytest.raises(StoreError, match="cannot be written"):
        write_backup(filled, file)
    file.parent.mkdir()
    write_backup(filled, file)
    assert file.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file]


def test_a_backup_never_takes_the_place_of_a_device(filled: Project, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match="it is no file"):
        write_backup(filled, tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_there_is_nothing_to_copy(
    other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_STORE_URL", other_url)  # where no store was made
    project = load_project(tiny_project.write(tmp_path / "project"))
    with pytest.raises(StoreError, match="vigia ingest"):
        write_backup(project, tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


def test_a_backup_of_before_is_brought_up(filled: Project, tmp_path: Path) -> None:
    file, was = tmp_path / "backup.zip", contents(filled)
    write_backup(filled, file)
    later = with_another_revision(tmp_path / "migrations")
    restore_backup(filled, file, later)
    with Store.open(filled.store_url(), later) as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT remark FROM runs").scalars().all() == [
            "of before"
        ]
    newest = tmp_path / "newest.zip"
    write_backup(filled, newest, later)
    with pytest.raises(StoreError, match="newer version"):
        restore_backup(filled, newest)  # by this version, into a store that is ahead of it
    with pytest.raises(StoreError, match="newer version"):
        restore_backup(filled, file)
    restore_backup(filled, file, later)  # rows of before into tables of later: brought up again
    restore_backup(filled, newest, later)
    with Store.open(filled.store_url(), later) as store:
        assert example.contents(store) == was


Spoil = Callable[[Path], None]


def rewritten(change: Callable[[dict[str, bytes]], None]) -> Spoil:
    """Change members of the zip and write it anew."""

    def spoil(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return spoil


def flip(members: dict[str, bytes]) -> None:
    content = members["tables/runs.parquet"]
    members["tables/runs.parquet"] = content[:60] + bytes([content[60] ^ 1]) + content[61:]


def said(change: Callable[[dict[str, object]], object]) -> Callable[[dict[str, bytes]], None]:
    def spoil(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        change(manifest)
        members[MANIFEST] = json.dumps(manifest).encode()

    return spoil


def swapped_table(members: dict[str, bytes]) -> None:
    """A table of other columns under a manifest that vouches for it."""
    _vouch(members, "runs", pa.table({"somebody": [1]}))


def a_row_that_breaks_the_rules(members: dict[str, bytes]) -> None:
    """All as the manifest says, yet two runs have one number: the database itself refuses."""
    runs = pq.read_table(pa.BufferReader(members["tables/runs.parquet"]))
    _vouch(members, "runs", pa.concat_tables([runs, runs]))


def _vouch(members: dict[str, bytes], name: str, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        pq.write_table(table, file)
        manifest = json.loads(members[MANIFEST])
        manifest["tables"][name] = describe(file).model_dump()
        members[f"tables/{name}.parquet"] = file.read_bytes()
        members[MANIFEST] = json.dumps(manifest).encode()


def into_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


SPOILT: dict[str, Spoil] = {
    "truncated": lambda f: f.write_bytes(f.read_bytes()[: f.stat().st_size // 2]),
    "of no bytes": lambda f: f.write_bytes(b""),
    "no zip": lambda f: f.write_bytes(b"x" * 5000),
    "a zip of something else": rewritten(lambda m: m.clear()),
    "a folder": into_a_folder,
    "not there": lambda f: f.unlink(),
    "another content": rewritten(flip),
    "a table missing": rewritten(lambda m: m.pop("tables/runs.parquet") and None),
    "a file that climbs out": rewritten(lambda m: m.update({"../../climbed": b"x"})),
    "an absolute file": rewritten(lambda m: m.update({"/tmp/climbed": b"x"})),  # noqa: S108
    "a table that climbs out": rewritten(
        said(lambda s: s["tables"].update({"../x": s["tables"]["runs"]}))  # type: ignore[attr-defined]
    ),
    "a bomb": rewritten(
        said(lambda s: s["tables"]["runs"].update({"bytes": 10**15}))  # type: ignore[index]
    ),
    "another number of rows": rewritten(
        said(lambda s: s["tables"]["runs"].update({"rows": 7}))  # type: ignore[index]
    ),
    "a manifest that is no JSON": rewritten(lambda m: m.update({MANIFEST: b"{"})),
    "a manifest that is no text": rewritten(lambda m: m.update({MANIFEST: b"\xff\xfe{"})),
    "a manifest of nothing": rewritten(lambda m: m.update({MANIFEST: b"[]"})),
    "a long manifest": rewritten(lambda m: m.update({MANIFEST: b" " * 2_000_000})),
    "a format of later": rewritten(said(lambda s: s.update(format=2))),
    "a revision of later": rewritten(said(lambda s: s.update(revision="9999"))),
    "other columns": rewritten(swapped_table),
    "rows that break the rules": rewritten(a_row_that_breaks_the_rules),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_backup_changes_nothing(
    name: str, spoilt_project: tuple[Project, Path], tmp_path: Path
) -> None:
    project, whole = spoilt_project
    file = tmp_path / "spoilt.zip"
    shutil.copy(whole, file)
    was = contents(project)
    SPOILT[name](file)
    with pytest.raises(StoreError) as raised:
        restore_backup(project, file)
    assert raised.value.hint
    assert contents(project) == was
    assert not (tmp_path / "climbed").exists()
    assert [path.name for path in project.var.iterdir() if path.name.startswith("restore")] == []


@pytest.fixture(scope="module")
def spoilt_project(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Project, Path]:
    """A project on SQLite with its backup."""
    folder = tmp_path_factory.mktemp("spoilt")
    made = load_project(tiny_project.write(folder / "project"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIGIA_STORE_URL", raising=False)
        with Store.open(made.store_url()) as store:
            example.fill(store)
        write_backup(made, folder / "whole.zip")
    return made, folder / "whole.zip"


@pytest.mark.postgis
def test_rows_that_break_the_rules_change_nothing_on_postgis(
    postgis_url: str,
    spoilt_project: tuple[Project, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project, whole = spoilt_project
    monkeypatch.setenv("VIGIA_STORE_URL", postgis_url)
    restore_backup(project, whole)
    was = contents(project)
    file = tmp_path / "spoilt.zip"
    shutil.copy(whole, file)
    SPOILT["rows that break the rules"](file)
    with pytest.raises(StoreError, match="refused"):
        restore_backup(project, file)
    assert contents(project) == was
