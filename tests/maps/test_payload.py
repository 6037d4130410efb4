from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import PublishedRun
from maps.district import Districts
from maps.facts import factor_texts, reason_text, rows_of, strength
from maps.levels import LEVELS, NO_DATA
from maps.payload import as_block, payload, rows_block, shapes_of
from maps.released import Released, release
from maps.table import score_table
from maps.words import words
from tests.maps.region import NO_BOUNDARY, OUTCOMES, RUN_ID
from tests.maps.region import NO_DATA as UNKNOWN

SPANISH = words("es")


@pytest.fixture(scope="module")
def data(released: Released) -> dict[str, object]:
    return json.loads(as_block(payload(released, SPANISH)))  # type: ignore[no-any-return]


def test_rows_are_in_the_order_of_the_districts(released: Released) -> None:
    codes = released.districts["code"].tolist()
    for outcome in OUTCOMES:
        rows = list(rows_of(released, outcome.id, SPANISH))
        scores = released.scores[released.scores["outcome"] == outcome.id].set_index("code")
        assert len(rows) == len(codes)
        for code, row in zip(codes, rows, strict=True):
            assert LEVELS[row[0]] == scores.loc[code, "level"]
            if row[1] is not None:
                assert row[1][0] == SPANISH.number(scores.loc[code, "rate"])
                assert row[1][7] == SPANISH.count(int(scores.loc[code, "rank"]))


def test_no_number_stands_where_nothing_is_known(released: Released) -> None:
    row = list(rows_of(released, "recruitment", SPANISH))[UNKNOWN]
    assert row[:3] == [LEVELS.index(NO_DATA), None, 0]
    assert row[3] == (
        "Falta información de «Minería <b>informal</b>: "
        "distancia en km desde la capital del distrito»."
    )
    assert row[4] == []


def test_every_rate_comes_with_its_interval(released: Released) -> None:
    for outcome in OUTCOMES:
        for row in json.loads(rows_block(Districts(released, SPANISH), outcome.id)):
            assert row[1] is None or (len(row[1]) == 10 and all(row[1]))


def test_the_shuffled_run_gives_the_same_page(run: PublishedRun, released: Released) -> None:
    rng = np.random.default_rng(5)
    mixed = replace(
        run,
        districts=run.districts.iloc[rng.permutation(len(run.districts))],
        scores=run.scores.iloc[rng.permutation(len(run.scores))],
        contributions=run.contributions.iloc[rng.permutation(len(run.contributions))],
    )
    assert payload(release(mixed), SPANISH) == payload(released, SPANISH)


def test_main_factors_weigh_most_and_have_a_direction(released: Released) -> None:
    rows = list(rows_of(released, "exploitation", SPANISH))
    for code, row in zip(released.districts["code"], rows, strict=True):
        table = released.contributions
        own = table[(table["outcome"] == "exploitation") & (table["code"] == code)]
        told = [(entry[0], entry[1]) for entry in row[4]]
        by_size = own.sort_values("contribution", key=lambda c: -c.abs())["contribution"]
        assert [weight for _, weight in told] == [s for c in by_size if (s := strength(c))]


@pytest.mark.parametrize(
    ("multiple", "expected"),
    [(1.0, 0), (1.04, 0), (1.1, 1), (1.5, 2), (3.0, 3), (1 / 1.1, -1), (1 / 1.5, -2), (0.2, -3)],
)
def test_strength_follows_the_multiple_of_the_rate(multiple: float, expected: int) -> None:
    assert strength(float(np.log(multiple))) == expected


def test_factors_are_told_in_plain_language(released: Released) -> None:
    mining, rivers, police = factor_texts(released, SPANISH)
    assert mining["phrase"] == "a {value} km de la capital del distrito"
    assert rivers["phrase"] == "{value} km por km², en el distrito"
    said = "a {value} de viaje desde donde vive la gente, en promedio, con aguas bajas"
    assert (police["label"], police["phrase"]) == ("Comisarías", said)
    assert factor_texts(released, words("en"))[0]["label"] == "Informal mining"


@pytest.mark.parametrize("reason", [None, float("nan"), ""])
def test_a_missing_reason_is_still_said(released: Released, reason: object) -> None:
    assert reason_text(released, SPANISH, reason) == "No se calculó."


def test_districts_without_a_boundary_are_kept(data: dict[str, object]) -> None:
    districts = data["districts"]
    assert districts["undrawn"] == [NO_BOUNDARY]  # type: ignore[index]
    assert districts["name"][NO_BOUNDARY] == "Sin Límite"  # type: ignore[index]
    assert data["run"] == RUN_ID


def test_a_district_without_a_name_is_called_by_its_code(run: PublishedRun) -> None:
    districts = run.districts.copy()
    districts.loc[0, ["name", "province", "department"]] = None
    shown = release(replace(run, districts=districts))
    block = json.loads(as_block(payload(shown, words("es"))))
    data = block["districts"]
    at = data["code"].index(districts.loc[0, "code"])
    assert data["name"][at] == districts.loc[0, "code"]
    assert block["places"][data["place"][at]] == [None, None]
    assert score_table(shown)["name"].notna().all()
    assert run.districts["name"].notna().all()


def test_departments_are_named(data: dict[str, object]) -> None:
    parts = data["parts"]
    assert {part["name"] for part in parts} == {"Alto Río", "Bajo Río"}  # type: ignore[attr-defined]


@given(st.text())
def test_a_data_block_never_ends_its_script(text: str) -> None:
    block = as_block({"name": text})
    assert "<" not in block
    assert json.loads(block) == {"name": text}


def test_a_number_that_is_none_cannot_slip_in() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        as_block([float("nan")])


def test_levels_and_certainty_have_a_digit_for_each_district(
    data: dict[str, object], released: Released
) -> None:
    for outcome in data["outcomes"]:  # type: ignore[attr-defined]
        rows = list(rows_of(released, outcome["id"], SPANISH))
        assert outcome["levels"] == "".join(str(row[0]) for row in rows)
        assert len(outcome["sure"]) == len(rows)
        assert {s for s, level in zip(outcome["sure"], outcome["levels"], strict=True)
                if LEVELS[int(level)] in (NO_DATA, "medium")} == {"0"}  # fmt: skip


def test_first_comes_little(released: Released) -> None:
    """What is said of each district, and its shape, are asked for by themselves."""
    block = as_block(payload(released, SPANISH))
    assert "arcs" not in block
    assert not [
        row[3] for row in rows_of(released, "recruitment", SPANISH) if row[3] and row[3] in block
    ]


def test_the_address_of_shapes_is_of_their_content(run: PublishedRun, released: Released) -> None:
    again = release(replace(run, scores=run.scores.iloc[::-1]))
    assert shapes_of(again).digest == shapes_of(released).digest
    moved = run.districts.copy()
    moved.loc[0, "geometry"] = moved.geometry[0].buffer(0.01)
    assert shapes_of(release(replace(run, districts=moved))).digest != shapes_of(released).digest
