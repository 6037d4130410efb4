from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from maps.page import write_offline
from tests.api.project import published_project
from tests.maps.region import layers, published_run
from tests.serving import serving

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It missing is a failure: the map is tested where planners see it."""
    if not CHROMIUM.exists():
        pytest.fail("There is no /usr/bin/chromium: apt-get install chromium (make test does).")
    unboxed = ("--no-sandbox",) if os.geteuid() == 0 else ()  # its sandbox refuses root
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *unboxed])
        yield opened
        opened.close()


@pytest.fixture(scope="module", params=["served", "offline"])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The map of ``tests.maps.region``, from a service and as one file."""
    folder = tmp_path_factory.mktemp("map")
    if request.param == "served":
        with serving(published_project(folder)) as url:
            yield url
    else:
        write_offline(published_run(), layers(), folder / "mapa.html")
        yield (folder / "mapa.html").as_uri()
