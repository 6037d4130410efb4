"""The honesty report says what came of the test in plain words, and nothing that is not so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from maps import csp
from maps.made import FLOW
from maps.released import Released, release
from maps.report import render_report, write_report
from maps.words import LANGUAGES, Language, words
from tests.maps import honest
from tests.maps.html import Blocks
from tests.maps.made import with_composite, with_index
from tests.maps.region import IMG, OUTCOMES, SCRIPT, published_run

SPANISH = words("es")


def told(page: str | Released, language: Language = "es") -> str:
    """All text of a report, with single spaces."""
    html = page if isinstance(page, str) else render_report(page, language)
    return " ".join(" ".join(Blocks(html).text).split())


def of_all(**changes: Any) -> Released:
    """A run whose outcomes all have this validation."""
    known = honest.validation(**changes)
    return release(published_run(validation={one.id: known for one in OUTCOMES}))


@pytest.fixture(scope="module")
def whole() -> Released:
    return release(with_composite())


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_file_that_asks_nobody_and_runs_nothing(
    whole: Released, language: Language
) -> None:
    html = render_report(whole, language)
    page = Blocks(html)
    assert ("lang", language) in page.attributes
    assert page.scripts == []
    assert page.urls == ["data:,"]
    assert "url(" not in "".join(page.styles)
    assert page.meta_csp == csp.policy([], page.styles, served=False)
    assert "script-src 'none'" in page.meta_csp
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    assert "None" not in told(html)
    assert "{" not in told(html)


def test_a_verdict_stands_at_the_top_for_every_outcome(whole: Released) -> None:
    text = told(whole)
    for outcome in whole.outcomes:
        assert f"{outcome.label}: " in text.partition("El modelo se puso a prueba")[0]
    assert (
        "Supera la prueba: en años que no vio, acierta mejor que los conteos previos suavizados."
        in text
    )
    assert "No se prueba aparte: es la suma de Explotación y Captación" in text


def test_a_loss_is_called_a_loss() -> None:
    gate = {
        "split": "spatial",
        "against": "population",
        "difference": honest.interval(-0.01, 0.02),
        "reasons": ["loses_to_population", "within_chance"],
    }
    text = told(of_all(honesty=honest.honesty(beats=False, gate=gate)))
    assert (
        "No supera la prueba: en provincias que no vio, acierta menos que la población sola."
        in text
    )
    assert "podría ser azar." in text
    assert "Supera la prueba" not in text.replace("No supera", "")


def test_an_untested_model_says_why() -> None:
    text = told(of_all(honesty=honest.untested()))
    assert "Sin comprobar" in text
    assert "Hay conteos de un solo año y una sola provincia." in text
    assert (
        "En provincias que no vio: sin los conteos apartados, el modelo no se puede ajustar."
        in text
    )
    assert "Supera" not in text


def test_a_quick_run_is_not_called_untested() -> None:
    run = published_run(
        validation={"recruitment": honest.validation()},
        tested=False,
        beats_baseline=None,
        warnings=("quick_run",),
    )
    text = told(release(run))
    assert "Corrida rápida, con menos pruebas" in text
    assert SPANISH("banner.untested") not in text


def test_what_could_not_be_tried_says_why_and_has_no_number(whole: Released) -> None:
    assert "no tiene pasado que usar" in told(whole)
    assert "no se pudo ajustar" in told(whole)


def test_numbers_come_with_their_intervals(whole: Released) -> None:
    text = told(whole)
    assert "-0.612 (-0.632 a -0.592)" in text
    assert "0.018 (0.008 a 0.028)" in text
    assert "30% (28% a 32%)" in text


def test_what_is_withheld_is_a_dash_and_no_plot() -> None:
    split = honest.split()
    for one in split["contenders"].values():
        one["hit_rate"] = {at: honest.interval(None) for at in one["hit_rate"]}
        one["calibration"] = {"overall": honest.interval(None), "parts": []}
    text = told(of_all(honesty=honest.honesty(splits={"rolling_origin": split})))
    assert "muy pocos casos" in text
    assert "Casos registrados por cada caso esperado" not in text


def test_every_plot_has_a_sentence_on_how_to_read_it(whole: Released) -> None:
    html = render_report(whole)
    figures = re.findall(r"<figure>.*?</figure>", html, flags=re.S)
    assert len(figures) == html.count("<svg ") > 20
    for figure in figures:
        how = re.findall(r'<p class="small">(.*?)</p>', figure, flags=re.S)
        assert len(how) == 1
        assert how[0].endswith(".")
        assert 'role="img" aria-label="' in figure


def test_factors_are_told_in_plain_words(whole: Released) -> None:
    text = told(whole)
    assert "Con «a 0.50 km de la capital del distrito», 1.6 (1.4 a 1.8) veces la tasa" in text
    assert (
        "se esperaba más riesgo cuanto mayor es, y lo contrario tiene una probabilidad de 93%"
        in text
    )


def test_a_factor_of_one_value_has_no_curve() -> None:
    effects = [one | {"value": 0.0} for one in honest.validation()["effects"]]
    assert SPANISH("report.effects") not in told(of_all(effects=effects))


def test_a_factor_that_the_run_does_not_know_is_left_out() -> None:
    effects = [one | {"factor": "gone"} for one in honest.validation()["effects"]]
    assert SPANISH("report.effects") not in told(of_all(effects=effects))


def test_the_expected_flow_is_named(whole: Released) -> None:
    validation = dict(with_composite().record.validation)
    effects = [one | {"factor": FLOW} for one in honest.validation()["effects"]]
    validation["exploitation"] = honest.validation(effects=effects)
    text = told(release(with_composite(validation=validation)))
    assert "Flujo esperado entre captación y explotación" in text
    assert "Flujo esperado" not in told(whole)


@pytest.mark.parametrize(("share", "word"), [(0.0, "casi no"), (0.3, "algo"), (0.9, "bastante")])
def test_it_says_how_much_the_data_tell_of_the_level(share: float, word: str) -> None:
    known = honest.validation()["reporting"] | {"told": share}
    assert f"Los datos {'' if word == 'casi no' else 'dicen '}{word}" in told(
        of_all(reporting=known)
    )


def test_the_sensitivity_says_what_was_assumed_otherwise(whole: Released) -> None:
    text = told(whole)
    assert "se registraran más casos (posibilidades por 2)" in text
    assert "se registraran menos casos (posibilidades por 0.5)" in text
    assert "la detección moviera menos el registro (0 veces lo supuesto)" in text


def test_without_detection_nothing_is_corrected_and_that_is_told() -> None:
    text = told(of_all(rates="recorded", reporting=None, sensitivity=[]))
    assert "así que no se corrige nada" in text
    assert "son tasas de casos registrados" in text


def test_an_index_has_no_register() -> None:
    text = told(release(with_index()))
    assert "Sin casos no hay registro que corregir." in text
    assert "Índice de expertos, sin casos" in text


def test_registers_beside_and_sources_are_named() -> None:
    run = published_run(validation={"recruitment": honest.validation()})
    settings = dict(run.record.settings) | {
        "layers": [{"id": "mining", "label": SCRIPT, "label_en": "Mines", "source": "INEI",
                    "date": "2024", "licence": ""}],
        "cases": [{"id": "reported", "label": "Denuncias", "label_en": "Complaints",
                   "register_name": "PNP", "source": "Ministerio Público", "date": "2025",
                   "licence": "CC0-1.0"}],
    }  # fmt: skip
    text = told(release(published_run(settings=settings, validation=run.record.validation)))
    assert "Denuncias de otro registro (Otro <i>registro</i>)" in text
    assert f"{SCRIPT} INEI 2024 no declarada" in text
    assert "Denuncias (PNP) Ministerio Público 2025 CC0-1.0" in text
    assert "districts districts.gpkg abababababab" in text


def test_it_says_what_it_cannot_know_and_what_it_warns_of(whole: Released) -> None:
    text = told(whole)
    assert "Nada sobre ninguna persona" in text
    assert SPANISH("warning.wider_areas_left_out") in text


def test_hostile_text_stays_text() -> None:
    run = published_run(
        validation={"recruitment": honest.validation()},
        tested=False,
        accepted_worse=IMG,
        accepted_by=SCRIPT,
    )
    page = Blocks(render_report(release(run)))
    assert not {"img", "b", "i", "script"} & set(page.tags)
    assert IMG in " ".join(page.text)


def test_a_run_of_an_earlier_version_says_that_it_keeps_no_test() -> None:
    released = release(published_run(validation={"recruitment": {"split": "last_year"}}))
    assert told(released).count("No guarda prueba") == 2 * len(OUTCOMES)


def test_english_is_whole(whole: Released) -> None:
    text = told(whole, "en")
    assert "It passes the test" in text
    assert not {"distritos", "casos", "Supera"} & set(re.findall(r"\w+", text))


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_report(with_composite(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_text(encoding="utf-8") == render_report(release(with_composite()))
