"""Whole projects, made once by the commands alone, for all tests that look at them.

Tests must leave them as they are; those that change something make a project of their own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.commands import ROOT, vigia, whole_way
from vigia.project import Project, load_project


@pytest.fixture(scope="session")
def example_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example region in its usual size, published."""
    folder = tmp_path_factory.mktemp("example") / "project"
    vigia("init", folder, "--example")
    whole_way(folder)
    return load_project(folder)


@pytest.fixture(scope="session")
def peru_project(peru: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """``examples/peru`` on the real files, published."""
    folder = tmp_path_factory.mktemp("peru") / "project"
    folder.mkdir()
    shutil.copy(ROOT / "examples" / "peru" / "vigia.toml", folder)
    whole_way(folder, data=peru)
    return load_project(folder, peru)
