"""Online tiles are named with care: over https, with their places, and with whom they are of."""

from __future__ import annotations

import pytest

from maps.csp import policy
from vigia.errors import ProjectError
from vigia.new_project import files
from vigia.project import parse_settings
from vigia.settings import MapSettings

TEMPLATE = files("vigia").joinpath("template.toml").read_text(encoding="utf-8")
GOOD = "https://tile.example.org/{z}/{x}/{y}.png"


def parsed(tiles: str, attribution: str = "tiles_attribution = 'Somebody'") -> MapSettings:
    text = f"{TEMPLATE}\n[map]\ntiles = '{tiles}'\n{attribution}\n"
    return parse_settings(text, "vigia.toml").map


def test_there_are_none_by_default() -> None:
    assert parse_settings(TEMPLATE).map == MapSettings()
    assert MapSettings().origin == ""


@pytest.mark.parametrize(
    ("tiles", "origin"),
    [
        (GOOD, "https://tile.example.org"),
        ("https://t.example.org:8443/{z}/{y}/{x}?key=a-1", "https://t.example.org:8443"),
        ("http://127.0.0.1:9000/{z}/{x}/{y}", "http://127.0.0.1:9000"),
    ],
)
def test_an_address_is_taken(tiles: str, origin: str) -> None:
    assert parsed(tiles).origin == origin


@pytest.mark.parametrize(
    "tiles",
    [
        "http://tile.example.org/{z}/{x}/{y}.png",
        "http://127.0.0.1.example.org/{z}/{x}/{y}.png",
        "https://tile.example.org/{z}/{x}.png",
        "https://tile.example.org/{z}/{x}/{y}/{y}.png",
        "https://{z}.example.org/{x}/{y}.png",
        "https://tile.example.org/{s}/{z}/{x}/{y}.png",
        "https://someone@tile.example.org/{z}/{x}/{y}.png",
        "https://tile.example.org;script-src */{z}/{x}/{y}.png",
        "https://tile.example.org /{z}/{x}/{y}.png",
        'https://tile.example.org/{z}/{x}/{y}.png"',
        "https:///{z}/{x}/{y}.png",
        "//tile.example.org/{z}/{x}/{y}.png",
        "data:image/png,{z}{x}{y}",
    ],
)
def test_what_is_none_is_refused_with_line_and_key(tiles: str) -> None:
    line = len(TEMPLATE.splitlines()) + 3
    with pytest.raises(ProjectError, match=rf"vigia.toml:\n  line {line}: 'map.tiles': .*https://"):
        parsed(tiles)


def test_tiles_are_somebodys() -> None:
    with pytest.raises(ProjectError, match="tiles_attribution"):
        parsed(GOOD, attribution="")


def test_only_their_origin_may_give_pictures() -> None:
    assert "img-src data: https://a.example;" in policy(
        [], [], served=False, pictures_of="https://a.example"
    )
    assert "img-src 'self' data:;" in policy([], [], served=True)
