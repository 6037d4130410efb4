"""Online tiles: a choice that asks nobody before it is made, and harms nothing where none come."""

from __future__ import annotations

import base64
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from maps.page import write_offline
from maps.words import words
from tests.api.project import published_project
from tests.browser.watched import click_district, detail, until, watched
from tests.maps.region import IMG, layers, published_run
from tests.serving import serving
from vigia.settings import MapSettings

pytestmark = pytest.mark.browser
SPANISH = words("es")
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


class Tiles(BaseHTTPRequestHandler):
    """Gives a picture, and remembers for what."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def tiles() -> Iterator[tuple[MapSettings, list[str]]]:
    """A tile server on this machine, and what it was asked for."""
    handler = type("Handler", (Tiles,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield named(server.server_port), handler.asked  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def named(port: int) -> MapSettings:
    return MapSettings(
        tiles=f"http://127.0.0.1:{port}/t/{{z}}/{{x}}/{{y}}.png", tiles_attribution=IMG
    )


@contextmanager
def opened(way: str, folder: Path, settings: MapSettings) -> Iterator[str]:
    if way == "served":
        with serving(replace(published_project(folder), online=settings)) as url:
            yield url
    else:
        write_offline(published_run(), layers(), folder / "mapa.html", online=settings)
        yield (folder / "mapa.html").as_uri()


@pytest.mark.parametrize("way", ["served", "offline"])
def test_tiles_are_asked_for_when_they_are_wanted(
    browser: Browser, tmp_path: Path, tiles: tuple[MapSettings, list[str]], way: str
) -> None:
    settings, asked = tiles
    with opened(way, tmp_path, settings) as url, watched(browser, url) as page:
        box = page.get_by_label(f"pide imágenes a {settings.host}")
        assert not box.is_checked()
        page.evaluate("() => { vigia.map.setZoom(vigia.map.getZoom() + 1); }")
        page.wait_for_timeout(300)
        assert asked == []
        box.check()
        until(page, "() => document.querySelectorAll('.leaflet-tile-loaded').length > 3")
        assert all(re.fullmatch(r"/t/\d+/\d+/\d+\.png", path) for path in asked)
        expect(page.locator(".credit")).to_contain_text(IMG)
        assert page.locator("#tiles-state").inner_text() == ""
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        click_district(page, 9)
        assert "Distrito 10" in detail(page)
        box.uncheck()
        assert page.locator(".leaflet-tile").count() == 0
        assert IMG not in page.locator(".credit").inner_text()


def test_a_server_that_is_away_harms_nothing(browser: Browser, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        settings = named(closed.getsockname()[1])
        with opened("offline", tmp_path, settings) as url:
            page = browser.new_context(locale="es-PE").new_page()
            page.goto(url)
            page.wait_for_selector("html[data-ready]", state="attached")
            page.locator("#tiles").check()
            expect(page.locator("#tiles-state")).to_have_text(
                SPANISH("layers.tiles_failed", host=settings.host)
            )
            click_district(page, 9)
            assert "Distrito 10" in detail(page)
            page.locator("#tiles").uncheck()
            expect(page.locator("#tiles-state")).to_have_text("")
            page.context.close()
