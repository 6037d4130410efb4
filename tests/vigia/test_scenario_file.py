"""A scenario's file: what is read, and what is said of what cannot be."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigia.errors import ScenarioError
from vigia.scenario_file import Close, Move, Open, Properties, parse_scenario, read_scenario

TOML = """
name = "Se cierra un frente y otro se abre"

[[close]]
layer = "mining"
feature = [3, 4]

[[open]]
layer = "mining"
at = [-70.0, -13]
properties = { value = 2.5, area_km2 = 4 }

[[travel]]
way = "rivers"
way_class = "quebrada"
factor = 0.5
season = "low"
"""


def test_toml_and_json_say_the_same() -> None:
    found = parse_scenario(TOML)
    assert found.close == (Close(layer="mining", feature=(3, 4)),)
    new = Open(layer="mining", at=(-70.0, -13.0), properties=Properties(value=2.5, area_km2=4.0))
    assert found.open == (new,)
    assert (found.travel[0].factor, found.travel[0].season) == (0.5, "low")
    assert found.layers == ("mining",)
    text = json.dumps(found.model_dump(mode="json", exclude_none=True))
    assert parse_scenario(text, "json") == found


def test_one_change_needs_no_list() -> None:
    move = 'move = { layer = "a", feature = 2, to = [1, 2] }'
    found = parse_scenario('close = { layer = "a", feature = 1 }\n' + move)
    assert found.close[0].features == (1,)
    assert found.move == (Move(layer="a", feature=2, to=(1.0, 2.0)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing changes in it"),
        ('name = "x"', "nothing changes in it"),
        ("close = []", "nothing changes in it"),
        ('closed = { layer = "a", feature = 1 }', "unknown key 'closed'. Did you mean 'close'"),
        ('close = { layer = "a", featur = 1 }', "Did you mean 'feature'"),
        ('close = { layer = "a" }', "'close.1.feature' is missing"),
        ('close = { layer = "a", feature = 0 }', "greater than or equal to 1"),
        ('close = { layer = "a", feature = [] }', "close.1.feature"),
        ('close = { layer = "a", feature = [1, 1] }', "feature 1 of a is closed or moved twice"),
        ('move = { layer = "a", feature = 1, to = [181, 0] }', "less than or equal to 180"),
        ('move = { layer = "a", feature = 1, to = [nan, 0] }', "move.1.to"),
        ('open = { layer = "a", at = [0, 0], properties = { area = 1 } }', "'area_km2'"),
        ('open = { layer = "a", at = [0, 0], properties = { area_km2 = 0 } }', "greater than 0"),
        ('travel = { way = "r" }', "give factor or speed, one of both"),
        ('travel = { way = "r", factor = 1, speed = 2 }', "give factor or speed, one of both"),
        ('travel = { way = "r", factor = -1 }', "greater than or equal to 0"),
        ('travel = { way = "r", factor = 1, season = "wet" }', "'high' or 'low'"),
        ("close = 3", "close"),
        ("close = [", "is not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as refused:
        parse_scenario(text)
    assert "pydantic" not in str(refused.value)


def test_a_feature_is_not_both_closed_and_moved() -> None:
    both = 'close = { layer = "a", feature = 1 }\nmove = { layer = "a", feature = 1, to = [0, 0] }'
    with pytest.raises(ScenarioError, match="feature 1 of a is closed or moved twice"):
        parse_scenario(both)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="no UTF-8 text"):
        read_scenario(tmp_path / "bytes.toml")
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(ScenarioError, match="no table of changes"):
        read_scenario(tmp_path / "list.json")


@given(st.text(max_size=80), st.sampled_from(["toml", "json"]))
def test_any_text_is_a_scenario_or_refused(text: str, form: str) -> None:
    with suppress(ScenarioError):  # any other error fails
        parse_scenario(text, form)  # type: ignore[arg-type]
