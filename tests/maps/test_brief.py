"""The brief says what was released, on one page whatever the texts, and asks nobody."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pypdf import PdfReader

from data.beside import CONTACTS, SERVICE_TIMES, Beside
from data.counts.recorded import Period
from data.counts.releases import Release, Told
from data.counts.trees import WHOLE, Tree
from data.records import PlanRecord, PublishedRun
from maps import csp
from maps.brief import Brief, brief_html, district_place, province_place
from maps.brief_text import cut, fitting
from maps.pdf import one_page
from maps.released import Released, release
from maps.words import LANGUAGES, Language, words
from tests.maps import region
from tests.maps.html import Blocks
from tests.maps.made import with_composite
from tests.maps.plans import told_plan
from vigia.errors import NotFoundError

SPANISH = words("es")
LONGEST = "Ŵ Mañana de los Límites del Río Grande " * 40


def told(html: str) -> str:
    return " ".join(" ".join(Blocks(html).text).split())


def html_of(released: Released, code: str, language: Language = "es", **more: Any) -> str:
    brief = Brief(released, district_place(released, code), region.layers(), **more)
    return brief_html(brief, language)


def plan(code: str, name: str = "Boca del Tigre", stops: int = 1) -> PlanRecord:
    result = told_plan(name=name)
    site = result["sites"][0] | {"code": code}
    result["sites"] = [site] * stops
    result["districts"] = [result["districts"][0] | {"code": code, "name": name}]
    return PlanRecord("0123456789abcdef", "sites", region.RUN_ID, {}, result, "", {})


@pytest.fixture(scope="module")
def whole() -> Released:
    return release(with_composite())


@pytest.fixture(scope="module")
def code(whole: Released) -> str:
    return str(whole.districts["code"].iloc[9])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_was_released(whole: Released, code: str, language: Language) -> None:
    said, text = words(language), told(html_of(whole, code, language))
    for outcome in whole.outcomes:
        row = whole.scores_of(outcome.id).loc[code]
        low, high = said.number(row["rate_low"]), said.number(row["rate_high"])
        assert f"{said.number(row['rate'])} {said('detail.rate_unit')}" in text
        assert said("detail.interval", low=low, high=high) in text
        rank = said("detail.rank_value", rank=said.count(int(row["rank"])), n="23")
        assert rank in text
        assert said(f"level.{row['level']}") in text
    for part in (whole.run_id, "2024-06", said("brief.caution"), said("detail.no_layer")):
        assert part in text
    assert "None" not in text
    assert "{" not in text


def test_it_is_one_file_that_asks_nobody_and_runs_nothing(whole: Released, code: str) -> None:
    page = Blocks(html_of(whole, code))
    assert page.scripts == []
    assert page.urls == ["data:,"]
    assert page.meta_csp == csp.policy([], page.styles, served=False)
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}


def test_hostile_names_stay_text(whole: Released) -> None:
    for number, district in enumerate(whole.districts["code"].tolist()):
        if number in (0, 1, 2):
            tags = Blocks(html_of(whole, district, plans=[plan(district, region.SCRIPT)])).tags
            assert not {"script", "img", "i"} & set(tags)


def test_a_district_without_score_says_why_and_has_no_number(whole: Released) -> None:
    empty = str(whole.districts["code"].iloc[region.NO_DATA])
    text = told(html_of(whole, empty))
    assert SPANISH("level.no_data") in text
    assert "Falta información de" in text
    assert SPANISH("detail.rate_unit") not in text


def test_without_a_boundary_there_is_no_map(whole: Released) -> None:
    undrawn = whole.districts.loc[whole.districts.geometry.isna(), "code"].iloc[0]
    assert SPANISH("brief.no_map") in told(html_of(whole, undrawn))
    unlicensed = release(region.published_run(settings=region.settings(licence="")))
    assert SPANISH("brief.no_map") in told(html_of(unlicensed, unlicensed.districts["code"][9]))


def test_only_layers_that_may_be_drawn_are_on_the_map(whole: Released, code: str) -> None:
    text = told(html_of(whole, code))
    assert "Ríos (Nobody, 2024-06)" in text
    assert "Caminos (" not in text


def test_plans_tell_their_stops_there(whole: Released, code: str) -> None:
    text = told(html_of(whole, code, plans=[plan(code), plan("nowhere")]))
    assert "Boca del Tigre (Selva): alcanza 12 casos (4.0 a 25)" in text
    assert "80% de su gente, desde Boca del Tigre" in text
    assert text.count("Plan 0123456789abcdef") == 2
    assert SPANISH("brief.no_plans") in told(html_of(whole, code))
    for why in ("closed", "away"):
        text = told(html_of(whole, code, withheld=why))
        assert SPANISH(f"brief.plans_{why}") in text
        assert SPANISH("brief.no_plans") not in text  # nobody knows that


def test_a_province_lists_its_districts_with_their_doubt(whole: Released) -> None:
    place = province_place(whole, "provincia 1-1")
    assert place == province_place(whole, "0101")
    assert len(place.codes) == 4
    text = told(brief_html(Brief(whole, place, region.layers())))
    scores = whole.scores_of("composite").loc[list(place.codes)].sort_values("rank")
    found = [
        text.index(
            SPANISH.number(row["rate"])
            + f" (intervalo del 95%: de {SPANISH.number(row['rate_low'])}"
            + f" a {SPANISH.number(row['rate_high'])})"
        )
        for _, row in scores.iterrows()
    ]
    assert found == sorted(found)
    assert SPANISH("brief.no_rate") in text


@pytest.mark.parametrize("find", [district_place, province_place])
def test_a_place_that_is_not_there_is_refused(whole: Released, find: Any) -> None:
    with pytest.raises(NotFoundError, match="'zz'"):
        find(whole, "zz")


def test_two_provinces_of_one_name_are_told_apart_by_code(whole: Released) -> None:
    same = replace(whole, districts=whole.districts.assign(province="San José"))
    with pytest.raises(NotFoundError, match="Several") as refused:
        province_place(same, "san jose")
    assert "0101, 0102" in str(refused.value.hint)
    assert province_place(same, "0102").code == "0102"


@pytest.mark.parametrize("typed", ["alto purus", " ALTO PURÚS", "Alto Purús"])
def test_a_province_is_found_without_accents_and_capitals(whole: Released, typed: str) -> None:
    names = whole.districts["province"].replace("Provincia 1-1", "Alto Purús")
    named = replace(whole, districts=whole.districts.assign(province=names))
    assert province_place(named, typed) == province_place(named, "0101")


def test_a_province_has_the_ways_of_its_districts_and_its_own_cases() -> None:
    run = with_composite()
    table = run.districts[["code", "province_code"]]
    codes = table.loc[table["province_code"] == "0101", "code"]
    minutes = dict(zip(codes, (20.0, 200.0, float("nan"), 90.0), strict=True))
    times = [("police", "high", code, time) for code, time in minutes.items()]
    times += [("police", "low", code, float("nan")) for code in minutes]
    parents = {f"province:{code}": WHOLE for code in ("0101", "0102")}
    parents |= {f"district:{code}": "province:0101" for code in codes}
    count = Told("exploitation", Period(2019, 2024), "t", 11, {"province:0101": 1234})
    beside = Beside(
        services=pd.DataFrame(times, columns=SERVICE_TIMES),
        counts=Release({"t": Tree(parents)}, (count,)),
    )
    marked = [replace(one, service="police" if one.id == "police" else None) for one in run.layers]
    released = release(replace(run, layers=tuple(marked)), beside)
    texts = {code: told_of(released, code) for code in ("0101", "0102", "0201")}
    ways = "Comisarías: de 20 min a 3 h 20 min (sin ruta conocida desde 1 distrito) con aguas altas"
    assert f"{ways}; sin ruta conocida con aguas bajas" in texts["0101"]
    assert f"Fiscalía: {SPANISH('detail.no_layer')}" in texts["0101"]
    assert "1,234 casos registrados en 2019–2024" in texts["0101"]
    assert SPANISH("detail.cases_all_withheld") in texts["0102"]
    assert SPANISH("brief.no_cases_told") in texts["0201"]


def told_of(released: Released, province: str) -> str:
    return told(brief_html(Brief(released, province_place(released, province))))


def worst(run: PublishedRun) -> Released:
    """Every text as long as it can be."""
    districts = run.districts.assign(name=LONGEST, province=LONGEST, department=LONGEST)
    districts["province_code"] = "0101"
    rows = [("province", "0101", LONGEST, LONGEST)] * 9
    factors = tuple({**one, "label": LONGEST, "label_en": LONGEST} for one in run.record.factors)
    labels = tuple(
        replace(one, label=LONGEST, label_en=LONGEST, service=kind)
        for one, kind in zip(
            run.layers, ("women", "prosecutor", "police", "health", None, None), strict=True
        )
    )
    outcomes = [replace(one, label=LONGEST) for one in run.outcomes]
    outcomes.insert(0, replace(outcomes[0], id="fifth"))
    more = run.scores[run.scores["outcome"] == run.outcomes[0].id].assign(outcome="fifth")
    scores = pd.concat([run.scores, more], ignore_index=True)
    record = replace(
        run.record, factors=factors, tested=False, beats_baseline=False,
        accepted_worse=LONGEST, accepted_by=LONGEST,
    )  # fmt: skip
    long = replace(
        run,
        record=record,
        districts=districts,
        layers=labels,
        outcomes=tuple(outcomes),
        scores=scores,
    )
    return release(long, Beside(contacts=pd.DataFrame(rows, columns=CONTACTS)))


@pytest.mark.parametrize("kind", ["district", "province"])
def test_the_longest_texts_fit_one_page(kind: str) -> None:
    released = worst(with_composite())
    code = str(released.districts["code"].iloc[9])
    place = (
        district_place(released, code) if kind == "district" else province_place(released, "0101")
    )
    html = brief_html(Brief(released, place, region.layers(), [plan(code, LONGEST, stops=30)]))
    assert "y 2" in told(html) or "y 3" in told(html)  # how many stops were left out
    pages = PdfReader(BytesIO(one_page(html))).pages
    assert len(pages) == 1
    assert SPANISH("brief.caution")[:30] in " ".join(pages[0].extract_text().split())
    width, height = (round(float(one)) for one in pages[0].mediabox[2:])
    assert (width, height) == (595, 842)


def test_a_pdf_has_the_words_of_the_page_and_the_same_bytes(whole: Released, code: str) -> None:
    html = html_of(whole, code)
    made = one_page(html)
    assert made == one_page(html)
    text = " ".join(PdfReader(BytesIO(made)).pages[0].extract_text().split())
    for part in ("Distrito 10: riesgo estimado para 2026", "Muy alto", whole.run_id):
        assert part in text


def test_a_pdf_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'taken' }")
    html = f"<link rel=stylesheet href='{secret.as_uri()}'><p>text"
    assert "taken" not in PdfReader(BytesIO(one_page(html))).pages[0].extract_text()


def test_the_service_does_not_load_what_makes_pdfs() -> None:
    code = "import api.app, sys; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_lists_end_with_how_many_were_left_out() -> None:
    items = ["uno", "dos", "tres"]
    assert fitting(items, 3, 20, SPANISH) == items
    assert fitting(items, 2, 20, SPANISH) == ["uno", "y 2 más"]
    assert fitting([], 2, 20, SPANISH) == []
    assert len(cut("M" * 50, 20)) <= 10
