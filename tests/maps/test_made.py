"""What training makes beside what was counted: it has names, notes and no false claims."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio
import pytest

from api.factors import factors_by_id
from maps.export import export
from maps.facts import rows_of
from maps.made import COMPOSITE, EXPERT_INDEX, FLOW
from maps.notes import page_words
from maps.page import offline_page
from maps.payload import payload
from maps.released import Released, release
from maps.table import score_table
from maps.words import words
from tests.maps.made import with_composite, with_index
from tests.maps.region import published_run

SPANISH, ENGLISH = words("es"), words("en")


@pytest.fixture(scope="module")
def whole() -> Released:
    return release(with_composite())


@pytest.fixture(scope="module")
def index() -> Released:
    return release(with_index())


def drawn(released: Released, outcome: str) -> dict[str, object]:
    return next(one for one in payload(released, SPANISH)["outcomes"] if one["id"] == outcome)


def test_the_composite_is_a_burden_and_is_trafficking(whole: Released) -> None:
    assert whole.outcome(COMPOSITE).label == "Carga conjunta de las etapas"  # two of three here
    assert whole.outcome(COMPOSITE).label_en == "Combined burden of the stages"
    assert whole.rates_of(COMPOSITE) == "burden"
    assert whole.stages_of(COMPOSITE) == {"recruitment": 1.0, "exploitation": 0.5}
    assert "not_trafficking" not in whole.warnings_of(COMPOSITE)
    assert "not_trafficking" in whole.warnings_of("misdemeanours")
    shown = drawn(whole, COMPOSITE)
    assert (shown["trafficking"], shown["explained"]) == (True, False)
    notes = {
        one["id"]: one["note"] for one in page_words(whole, {}, SPANISH, served=False)["outcomes"]
    }
    assert "no un número de personas" in notes[COMPOSITE]
    assert notes["recruitment"] == "Etapa: captación"


def test_only_rates_of_recorded_cases_are_called_so(whole: Released) -> None:
    said = {name: drawn(whole, name)["rate"] for name in ("recruitment", "misdemeanours")}
    assert said["recruitment"] == "Tasa estimada de casos en 2026, registrados o no"
    assert said["misdemeanours"] == "Tasa esperada de casos registrados en 2026"
    notes = page_words(whole, {}, ENGLISH, served=False)["notes"]
    assert [
        note for note in notes if note.startswith("Recorded misdemeanours: rates are of recorded")
    ]
    assert [
        note
        for note in notes
        if note.startswith("Exploitation and Recruitment: rates are estimates")
    ]


def test_a_run_of_an_earlier_version_has_rates_of_recorded_cases() -> None:
    released = release(published_run(validation={"recruitment": {"split": "last_year"}}))
    assert {released.rates_of(one.id) for one in released.outcomes} == {"recorded"}
    assert released.stages_of("recruitment") == {}


def test_the_expected_flow_has_a_name_wherever_it_weighs(whole: Released) -> None:
    factor = whole.facts["factors"][-1]
    assert (factor["id"], factor["unit"]) == (FLOW, "log scale index")
    assert factors_by_id(whole.facts["factors"])[FLOW].name == (
        "Flujo esperado entre captación y explotación: índice en escala logarítmica"
    )
    row = next(row for row in rows_of(whole, "exploitation", SPANISH) if row[1])
    assert (len(whole.facts["factors"]) - 1, 3) in [entry[:2] for entry in row[4]]
    assert FLOW not in {one["id"] for one in release(published_run()).facts["factors"]}


def test_an_index_of_experts_has_ranks_and_no_rate(index: Released) -> None:
    assert index.outcome(EXPERT_INDEX).label == "Índice de expertos, sin casos"
    assert index.rates_of(EXPERT_INDEX) == "index"
    assert "not_trafficking" not in index.warnings_of(EXPERT_INDEX)
    row = next(row for row in rows_of(index, EXPERT_INDEX, SPANISH) if row[1])
    assert row[1][:3] == ["", "", ""]
    assert all(row[1][6:])
    assert score_table(index)["rate"].isna().all()
    html = offline_page(index, {}).html
    assert "No hubo casos de los que aprender" in html
    assert "no dice cuántos casos hay" in html


def test_exports_have_the_composite_and_say_what_rates_are_of(
    whole: Released, tmp_path: Path
) -> None:
    export(with_composite(), "gpkg", tmp_path / "a.gpkg")
    assert COMPOSITE in {str(name) for name, _ in pyogrio.list_layers(tmp_path / "a.gpkg")}
    export(with_composite(), "parquet", tmp_path / "b")
    said = json.loads(pq.read_schema(tmp_path / "b").metadata[b"vigia"])
    rates = json.loads(said["rates"])
    assert rates["recruitment"] == "estimated cases, recorded or not"
    assert rates["misdemeanours"] == "recorded cases"
    assert "not persons" in rates[COMPOSITE]
