"""Whole projects, made once for all tests that look at them.

Tests must leave them as they are; those that change something make a project of their own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.commands import ROOT, whole_way
from vigia.new_project import build_example
from vigia.project import Project, load_project


@pytest.fixture(scope="session")
def example_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example region as ``make demo`` shows it."""
    return build_example(tmp_path_factory.mktemp("example") / "project")


@pytest.fixture(scope="session")
def peru_project(peru: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """``examples/peru`` on the real files, published."""
    folder = tmp_path_factory.mktemp("peru") / "project"
    folder.mkdir()
    shutil.copy(ROOT / "examples" / "peru" / "vigia.toml", folder)
    whole_way(folder, data=peru)
    return load_project(folder, peru)
