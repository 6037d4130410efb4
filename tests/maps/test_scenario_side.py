from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maps.levels import LEVELS, NO_DATA
from maps.page import write_offline
from maps.released import Released
from maps.scenario_side import ScenarioSide, scenario_side
from maps.scenario_text import changes_said, most_changed, notes_said
from maps.words import words
from tests.maps import region, scenario
from tests.maps.html import Blocks

SPANISH = words("es")
TOLD = scenario.told()
OUTCOME = "exploitation"


@pytest.fixture(scope="module")
def side(released: Released) -> ScenarioSide:
    return scenario_side(TOLD, released, SPANISH)


def block(side: ScenarioSide, outcome: str = OUTCOME) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(side.blocks[f"against-scenario-{outcome}"])
    return found


def districts(outcome: str = OUTCOME) -> list[dict[str, Any]]:
    (found,) = (one["districts"] for one in TOLD["outcomes"] if one["outcome"] == outcome)
    return list(found)


def test_the_second_map_has_the_levels_of_the_scenario(
    side: ScenarioSide, released: Released
) -> None:
    for one in TOLD["outcomes"]:
        found = block(side, one["outcome"])
        after = [row["level_after"] for row in one["districts"]]
        assert [LEVELS[int(digit)] for digit in found["levels"]] == after
        assert found["levels"][scenario.LOST] == "0"
        certain = [
            row["level_after"] == "low" and row["p_below_mean_after"] >= 0.95
            for row in one["districts"]
        ]
        low = [row["level_after"] == "low" for row in one["districts"]]
        sure = [digit == "2" for digit in found["sure"]]
        assert [s for s, is_low in zip(sure, low, strict=True) if is_low] == [
            c for c, is_low in zip(certain, low, strict=True) if is_low
        ]
    assert len(side.blocks) == len(released.outcomes)


def test_what_changes_is_told_with_its_interval_the_most_first(side: ScenarioSide) -> None:
    rows = districts()
    place = {row["code"]: index for index, row in enumerate(rows)}
    found = block(side)
    order = [place[row["code"]] for row in most_changed(rows)]
    assert [index for index, _ in found["told"]] == order
    assert len(order) > 5
    for index, lines in found["told"]:
        said = list(changes_said(rows[index], SPANISH))
        assert lines[: len(said)] == said
        assert "veces la de antes (" in lines[1]
    why = dict(found["told"])[0][-1]
    assert why.startswith("Minería <b>informal</b>: distancia en km")
    assert why.endswith(": 3.0 → 12")


def test_cautions_are_told_before_the_table(side: ScenarioSide) -> None:
    said = block(side)["said"]
    assert said[0] == side.caution
    assert "no un efecto causal" in said[0]
    assert scenario.NAME in said[0]
    assert said[1:4] == [
        "Deja de existir en «Minería <b>informal</b>»: 1 y 3 (filas de su archivo).",
        "Aparece un lugar nuevo en «Comisarías».",
        "Por rivers, con aguas bajas se viaja a 0.5 veces la velocidad de hoy.",
    ]
    assert said[-3:] == list(notes_said(TOLD["notes"], SPANISH))


def test_a_level_that_others_changed_is_told_too(released: Released) -> None:
    rows = districts()
    still = next(
        index
        for index, row in enumerate(rows)
        if not row["moved"] and row["rate_ratio"] and row["level_before"] != NO_DATA
    )
    rows[still] = rows[still] | {
        "level_after": "low" if rows[still]["level_before"] != "low" else "high"
    }
    outcomes = [one | {"districts": rows} for one in TOLD["outcomes"]]
    found = block(scenario_side(TOLD | {"outcomes": outcomes}, released, SPANISH))
    assert found["told"][-1][0] == still


def test_the_file_says_first_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mapa.html"
    write_offline(region.published_run(), region.layers(), path, scenario=TOLD)
    page = Blocks(path.read_text(encoding="utf-8"))
    assert "<b>Cierra" not in path.read_text(encoding="utf-8")
    text = " ".join(page.text)
    assert text.index("no un efecto causal") < text.index(SPANISH("legend.title"))
    data = json.loads(page.data["vigia-data"])
    assert data["opened"] == "scenario"
    assert all(one["others"][0]["id"] == "scenario" for one in data["outcomes"])
