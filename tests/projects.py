"""Whole projects, made once for all tests that look at them, whichever process these run in.

They are trained with few draws and folds. Tests must leave them as they are; those that change
something work on a copy, or make a project of their own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests import tiny_project
from tests.integration.commands import ROOT, hasten, vigia, whole_way
from vigia.new_project import build_example
from vigia.project import Project, load_project

EXAMPLE = ("--example", "--districts", "40")


def make_example(folder: Path) -> None:
    """A small example region, by the commands alone: all its stages, from files to published."""
    vigia("init", folder, *EXAMPLE)
    hasten(folder)
    whole_way(folder, traced=False)


@pytest.fixture(scope="session")
def example_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example region; for the picture in the READMEs the one that ``make demo`` shows."""
    if os.environ.get("VIGIA_PICTURE"):
        return build_example(tmp_path_factory.mktemp("demo") / "project")
    return load_project(_once(tmp_path_factory, "example", make_example))


@pytest.fixture(scope="module")
def own_example(example_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the example region, for tests that change its store."""
    folder = tmp_path_factory.mktemp("own") / "project"
    return load_project(Path(shutil.copytree(example_project.folder, folder)))


@pytest.fixture(scope="session")
def tiny_published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that is trained in no time, published."""

    def make(folder: Path) -> None:
        whole_way(tiny_project.write(folder))

    return _once(tmp_path_factory, "tiny", make)


@pytest.fixture(scope="session")
def peru_project(peru: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """``examples/peru`` on the real files, published."""

    def make(folder: Path) -> None:
        folder.mkdir()
        shutil.copy(ROOT / "examples" / "peru" / "vigia.toml", folder)
        hasten(folder)
        whole_way(folder, data=peru, traced=False)

    return load_project(_once(tmp_path_factory, "peru", make), peru)


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder of a project: where the tests run in several processes, the first makes it."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    shared.mkdir(exist_ok=True)
    made, folder = shared / "made", shared / "project"
    with FileLock(shared / "lock"):
        if not made.exists():
            make(folder)
            made.touch()
    return folder
