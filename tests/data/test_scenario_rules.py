"""Of a scenario leaves what is listed, and nothing else, however it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.disclosure import release_scenario

HIDDEN = "must-not-leave"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def content() -> dict[str, Any]:
    district = {"code": "010101", "name": "n", "rate_before": 1 / 3, "moved": True}
    return {
        "label": "l",
        "run": "r",
        "notes": ["rest_is_held"],
        "outcomes": [{"outcome": "o", "label": "o", "rates": "true", "districts": [district]}],
        "changes": [{"kind": "close", "layer": "mining", "feature": [1]}],
        "factors": [{"code": "010101", "factor": "f", "before": 1 / 3, "after": float("inf")}],
    }


@pytest.mark.parametrize("key", ["count", "cases", "draws", "before", "observed", "geometry"])
def test_what_is_not_listed_stays_inside_at_every_depth(key: str) -> None:
    leaky = content()
    leaky[key] = HIDDEN
    leaky["outcomes"][0][key] = HIDDEN
    leaky["outcomes"][0]["districts"][0][key] = HIDDEN
    leaky["changes"][0][key] = HIDDEN
    assert release_scenario(leaky) == release_scenario(content())


def test_numbers_are_rounded_and_what_is_no_number_is_none() -> None:
    found = release_scenario(content())
    assert found["outcomes"][0]["districts"][0]["rate_before"] == 0.33
    assert found["factors"] == [{"code": "010101", "factor": "f", "before": 0.3333, "after": None}]


@given(st.sampled_from(sorted(content())), JSON)
@settings(deadline=None)
def test_whatever_stands_in_a_place_the_answer_is_json(key: str, value: Any) -> None:
    found = release_scenario(content() | {key: value})
    json.dumps(found, allow_nan=False)
