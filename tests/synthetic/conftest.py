from __future__ import annotations

from pathlib import Path

import pytest

from data.synthetic import Region, SyntheticParams, simulate, write_project


@pytest.fixture(scope="session")
def region() -> Region:
    """The region of the demo."""
    return simulate(SyntheticParams())


@pytest.fixture(scope="session")
def written(region: Region, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its project folder."""
    folder = tmp_path_factory.mktemp("example") / "project"
    write_project(region, folder)
    return folder
