from __future__ import annotations

import pytest

from data.records import PublishedRun
from maps.released import Released, release
from tests.maps.region import published_run


@pytest.fixture(scope="session")
def run() -> PublishedRun:
    return published_run()


@pytest.fixture(scope="session")
def released(run: PublishedRun) -> Released:
    return release(run)
