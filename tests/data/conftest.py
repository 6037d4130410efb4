from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store import Store
from tests import tiny_project
from tests.data import example
from tests.postgis import Cluster
from vigia.project import Project, load_project


@pytest.fixture
def project(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose store is empty, on each database in turn."""
    monkeypatch.setenv("VIGIA_STORE_URL", store_url)
    return load_project(tiny_project.write(tmp_path / "project"))


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with a little of everything in its store."""
    with Store.open(project.store_url()) as store:
        example.fill(store)
    return project


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second empty store, on each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.sqlite'}"
        return
    running: Cluster = request.getfixturevalue("postgis_cluster")
    with running.database() as url:
        yield url
