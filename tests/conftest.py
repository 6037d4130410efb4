"""What all tests share: real databases, the real files of Peru, and no test left out in silence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgis import TABLES, Cluster, cluster

ROOT = Path(__file__).parent.parent
PERU = Path(os.environ.get("VIGIA_PERU_DATA") or ROOT.parent / "shared" / "peru").resolve()
pytest_plugins = ["tests.projects"]
# Modules that take minutes. No two that follow each other need the same new project.
LONGEST = (
    "integration/test_peru.py",
    "integration/test_whole_way.py",
    "truth/test_claims.py",
    "integration/test_crashes.py",
    "browser/test_projects.py",
    "integration/test_trainings.py",
    "models/test_train.py",
    "api/test_fuzz.py",
    "browser/test_plan.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: many tests wait, for a browser or a service."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long modules first: begun last, one keeps a process busy long after the others.

    Tests of the real files are left out where the files are not: they are not ours to copy.
    """
    order = {f"tests/{module}": place for place, module in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))
    if PERU.is_dir():
        return
    of_peru = [item for item in items if item.get_closest_marker("peru")]
    if of_peru:
        config.hook.pytest_deselected(items=of_peru)
        items[:] = [item for item in items if item not in of_peru]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what is left out, where workers of xdist cannot."""
    if not PERU.is_dir():
        terminalreporter.write_line(
            f"Tests of Peru's real files are left out: VIGIA_PERU_DATA ({PERU}) is no folder"
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where it counts, a test that was skipped is a test that failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") == "true" and skipped and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"CI=true: {len(skipped)} skipped tests fail the session.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def peru() -> Path:
    """The folder with the real files; its tests carry the marker ``peru``."""
    return PERU


@pytest.fixture(scope="session")
def postgis_cluster() -> Iterator[Cluster]:
    try:
        running = cluster()
        started = running.__enter__()
    except (FileNotFoundError, RuntimeError, LookupError) as error:
        pytest.fail(f"There is no PostgreSQL with PostGIS to test on: {error}")
    try:
        yield started
    finally:
        running.__exit__(None, None, None)


@pytest.fixture
def postgis_url(postgis_cluster: Cluster) -> Iterator[str]:
    """The address of a fresh PostGIS database."""
    with postgis_cluster.database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store, on each database in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    running: Cluster = request.getfixturevalue("postgis_cluster")
    with running.database(TABLES) as url:
        yield url
