"""Stores of every earlier schema are brought up to this one, with a copy kept first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from data.archive import unpack
from data.backup import replace_store, restore_backup
from data.engine import writing
from data.schema import Migrations
from data.store import Store, prepared_engine
from data.upgrade import upgrade
from tests.data import example
from tests.data.second_schema import with_another_revision
from tests.golden.make_store import kept
from vigia.errors import StoreError
from vigia.project import Project

REVISIONS = Migrations().revisions()


@pytest.mark.parametrize("revision", REVISIONS)
def test_there_is_an_example_of_every_schema(revision: str) -> None:
    for file in kept(revision):
        assert file.exists(), "run once: python -m tests.golden.make_store"


def lay_out(project: Project, revision: str, line: Migrations, folder: Path) -> dict[str, str]:
    """A store as a version of that schema left it; what is to be read from it."""
    backup, told = kept(revision)
    folder.mkdir()
    unpacked = unpack(backup, folder, line)
    assert unpacked.manifest.revision == revision
    engine = prepared_engine(project.store_url())
    with writing(engine) as connection:
        replace_store(connection, unpacked, line)
    engine.dispose()
    return dict(json.loads(told.read_text(encoding="utf-8")))


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_earlier_schema_is_brought_up(
    revision: str, project: Project, tmp_path: Path
) -> None:
    told = lay_out(project, revision, Migrations(), tmp_path / "unpacked")
    copy = upgrade(project)
    assert (copy is None) == (revision == Migrations().head)
    with Store.open(project.store_url()) as store:
        assert example.contents(store) == told
    assert upgrade(project) is None


def test_the_next_schema_will_be_reached_too(project: Project, tmp_path: Path) -> None:
    """The same with one revision more than there is, as in the next release."""
    later = with_another_revision(tmp_path / "migrations")
    told = lay_out(project, REVISIONS[-1], later, tmp_path / "unpacked")
    copy = upgrade(project, later)
    assert copy is not None
    assert copy.parent == project.var
    assert upgrade(project, later) is None
    with Store.open(project.store_url(), later) as store:
        assert example.contents(store) == told
        with store.reading() as connection:
            remarks = connection.exec_driver_sql("SELECT remark FROM runs").scalars().all()
    assert remarks == ["of before"]
    with pytest.raises(StoreError, match="newer version"):
        upgrade(project)
    if not project.store_url().startswith("sqlite"):
        return
    # The way back, should the new version not please: the store is moved away, the copy restored.
    shutil.move(project.store_url().removeprefix("sqlite:///"), tmp_path / "moved")
    restore_backup(project, copy)
    with Store.open(project.store_url()) as store:
        assert example.contents(store) == told


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    project: Project, tmp_path: Path
) -> None:
    broken = with_another_revision(tmp_path / "migrations", 'op.execute("SELECT nothing")')
    told = lay_out(project, REVISIONS[-1], broken, tmp_path / "unpacked")
    with pytest.raises(StoreError, match="refused"):
        upgrade(project, broken)
    with Store.open(project.store_url()) as store:
        assert example.contents(store) == told


def test_a_new_store_needs_no_upgrade(project: Project) -> None:
    Store.open(project.store_url()).close()
    assert upgrade(project) is None
    assert list(project.var.glob("*.zip")) == []
