from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from data.records import PublishedRun
from maps.page import offline_page, served_page, write_offline
from maps.released import Released, release
from maps.words import words
from tests.maps.html import Blocks
from tests.maps.region import IMG, RUN_ID, SCRIPT, layers, published_run, settings
from vigia.errors import ProjectError

NOTHING_DRAWN = {"corner": [0.0, 0.0], "step": 1.0, "arcs": [], "shapes": [0] * 24}


def text_of(page: Blocks) -> str:
    return " ".join(" ".join(page.text).split())


@pytest.fixture(scope="module")
def offline(released: Released) -> Blocks:
    return Blocks(offline_page(released, layers()).html)


@pytest.fixture(scope="module")
def served(released: Released) -> Blocks:
    return Blocks(served_page(released, layers()).html)


def sources(policy: str, directive: str) -> list[str]:
    found = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    return found[directive].split()


def hashed(block: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(block.encode()).digest()).decode()}'"


@pytest.mark.parametrize("kind", ["served", "offline"])
def test_the_policy_names_the_inline_blocks_and_no_other(released: Released, kind: str) -> None:
    page = (served_page if kind == "served" else offline_page)(released, layers())
    blocks = Blocks(page.html)
    own = ["'self'"] if kind == "served" else []
    assert sources(page.csp, "script-src") == own + [hashed(block) for block in blocks.scripts]
    assert sources(page.csp, "style-src") == own + [hashed(block) for block in blocks.styles]
    assert sources(page.csp, "default-src") == ["'none'"]
    assert "unsafe" not in page.csp
    assert ("frame-ancestors 'none'" in page.csp) == (kind == "served")
    assert blocks.meta_csp == ("" if kind == "served" else page.csp)
    assert "\r" not in page.html


def test_nothing_is_loaded_from_elsewhere(offline: Blocks, served: Blocks) -> None:
    assert [url for url in offline.urls if not url.startswith("data:")] == []
    links = {"/plan?lang=es", "/login?lang=es", "?lang=en"}
    loaded = [url for url in served.urls if url not in links]
    assert len(loaded) == len(served.urls) - len(links)
    assert all(url.startswith(("/static/", "/map/shapes/", "data:")) for url in loaded)
    css = "".join(offline.styles)
    assert set(re.findall(r"url\(([^)]{0,5})", css)) <= {"data:", "#defa"}


def test_no_attribute_runs_or_styles_anything(offline: Blocks, served: Blocks) -> None:
    for page in (offline, served):
        names = {name for name, _ in page.attributes}
        assert not {name for name in names if name.startswith("on") or name == "style"}


def test_hostile_text_stays_text(offline: Blocks, served: Blocks) -> None:
    for page in (offline, served):
        assert "img" not in page.tags  # a layer's note is one, a district's name is one
        data = json.loads(page.data["vigia-data"])
        assert {IMG, SCRIPT} <= set(data["districts"]["name"])
        assert not [script for script in page.scripts if "alert(1)" in script]
        assert "Minería <b>informal</b>" in text_of(page)


def test_the_same_run_gives_the_same_bytes(run: PublishedRun, tmp_path: Path) -> None:
    later = replace(run, published_at="2027-01-01T00:00:00Z")
    for name, one in (("a", run), ("b", later)):
        write_offline(one, layers(), tmp_path / f"{name}.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_a_served_page_says_when_it_was_published(served: Blocks, offline: Blocks) -> None:
    assert "23 de noviembre de 2026" in text_of(served)
    assert "noviembre" not in text_of(offline)


def test_an_offline_page_holds_the_layers_that_may_be_drawn(offline: Blocks) -> None:
    inside = {name for name in offline.data if name.startswith("layer-")}
    assert inside == {"layer-mining", "layer-rivers", "layer-police", "layer-frontier"}


def test_what_must_be_read_first_is_on_the_page(offline: Blocks) -> None:
    text = text_of(offline)
    assert "DATOS SINTÉTICOS" in text
    assert "Faltas registradas: no es trata de personas" in text
    assert "son tasas de casos registrados" in text
    assert RUN_ID in text
    assert "licencia no está declarada" in text
    assert "Sin límite dibujado: 1 distrito." in text
    assert "Modelo sin comprobar" not in text


def test_doubts_of_a_run_are_on_the_page() -> None:
    run = published_run(
        tested=False, beats_baseline=None, accepted_worse="a <i>", accepted_by="Ana"
    )
    text = text_of(Blocks(offline_page(release(run), {}).html))
    assert "Modelo sin comprobar" in text
    assert "Se publica con la firma de Ana. Motivo: a <i>" in text
    lost = published_run(tested=True, beats_baseline=False)
    assert words("es")("banner.worse") in text_of(Blocks(offline_page(release(lost), {}).html))


def test_a_real_area_has_no_banner_of_synthetic_data() -> None:
    run = published_run(settings=settings(synthetic=False))
    assert "DATOS SINTÉTICOS" not in text_of(Blocks(offline_page(release(run), {}).html))


def test_boundaries_without_a_licence_are_not_drawn() -> None:
    run = published_run(settings=settings(licence=""))
    page = Blocks(offline_page(release(run), {}).html)
    assert json.loads(page.data["vigia-shapes"]) == NOTHING_DRAWN
    assert json.loads(page.data["vigia-data"])["districts"]["undrawn"] == list(range(24))
    assert "Sin límite dibujado: 24 distritos." in text_of(page)


def test_english_is_whole(released: Released) -> None:
    page = Blocks(offline_page(released, layers(), "en").html)
    assert ("lang", "en") in page.attributes
    assert "Level of risk" in text_of(page)
    assert "Nivel" not in text_of(page)


def test_a_folder_that_is_not_there_is_said(run: PublishedRun, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="does not exist"):
        write_offline(run, {}, tmp_path / "no" / "map.html")
