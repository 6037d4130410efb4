from __future__ import annotations

import math
import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.words import LANGUAGES, rounded, words
from vigia.settings import Mode, Role, Service, Stage

ROOT = Path(__file__).parents[2]
MAPS = ROOT / "maps"
SPANISH, ENGLISH = words("es"), words("en")
# Keys that are put together from a family and a value.
FAMILIES = r"(level|level_explain|stage|measure|measure_name|reason|warning)\.\w+"
FAMILIES += r"|(where|start|end|per|water)\.\w+"
FAMILIES += r"|detail\.(up|down)_[123]"
FAMILIES += r"|(made|rates|rate_name|told|family|not_corrected)\.\w+"
FAMILIES += r"|(challenger|unseen|untestable|held_out|held_out_title|failed|column|reach)\.\w+"
FAMILIES += r"|verdict\.(within_chance|chance_unknown)"
FAMILIES += r"|(scenario_note|scenario_plan|plan_note|plan_limit|plan_season|plan_page)\.\w+"
FAMILIES += r"|(plan_column|plan_asked|plan_impossible|itineraries_return|itineraries_left)\.\w+"
FAMILIES += r"|(itineraries_reason|itineraries_column)\.\w+"
FAMILIES += r"|(belief|assumed|deviation|cannot)\.\w+"
FAMILIES += r"|(ogc_collection|ogc_operation)\.\w+"
FAMILIES += r"|compare\.of_(outcome|year|run|scenario)"
FAMILIES += r"|service\.\w+|table\.\w+|detail\.contact_\w+"
FAMILIES += r"|brief\.(kind|subtitle)_\w+"
FAMILIES += r"|login\.(wrong|stale|often|away)"
FAMILIES += r"|brief\.plans_(closed|away)"
FAMILIES += r"|layers\.(risk|detection|context|hidden_\w+|way_\w+|ground_\w+)"


def used_keys() -> set[str]:
    told = [*sorted(MAPS.rglob("*.py")), ROOT / "api/ogc/pages.py"]
    python = "\n".join(path.read_text() for path in told)
    pages = "\n".join(path.read_text() for path in sorted(MAPS.glob("templates/*.html")))
    scripts = "\n".join(path.read_text() for path in sorted(MAPS.glob("static/*.js")))
    literal = r"(?:words|self|say|said)\(\s*\"([a-z_]+\.[a-z_0-9]+)\""
    named = r"(?:=|else|\?|:) \"((?:legend|level_explain|reason|duration|factor|detail)\.\w+)\""
    return set(re.findall(literal, python + pages + scripts)) | set(
        re.findall(named, python + scripts)
    )


def places(message: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", message))


def test_both_catalogues_are_complete() -> None:
    assert set(SPANISH.messages) == set(ENGLISH.messages)
    for key, message in SPANISH.messages.items():
        assert message.strip(), key
        assert places(message) == places(ENGLISH.messages[key]), key


def test_every_key_that_is_used_exists_and_every_key_is_used() -> None:
    used = used_keys()
    assert len(used) > 60
    assert used <= set(SPANISH.messages)
    unused = {key for key in SPANISH.messages if not re.fullmatch(FAMILIES, key)} - used
    assert not unused


def test_spanish_and_english_differ() -> None:
    same = {k for k, text in SPANISH.messages.items() if text == ENGLISH.messages[k]}
    of_places_alone = {"measure.other", "measure.attribute", "measure.count_density"}
    of_places_alone |= {"measure_name.other", "factor.name"}
    in_both = {"factor.no", "duration.minutes", "duration.hours", "duration.hours_minutes"}
    of_places_alone |= {"verdict.line", "column.factor", "plan_page.credit", "itineraries.event"}
    of_places_alone |= {"stored.title"}
    assert same <= of_places_alone | in_both


def test_every_role_and_stage_has_a_word() -> None:
    for role in get_args(Role):
        assert f"layers.{role}" in SPANISH.messages
    for service in get_args(Service):
        assert f"service.{service}" in SPANISH.messages
    for mode in get_args(Mode):
        assert f"layers.way_{mode}" in SPANISH.messages
    for stage in get_args(Stage):
        assert f"stage.{stage}" in SPANISH.messages


def test_what_the_model_warns_of_is_said_in_words() -> None:
    source = "\n".join((ROOT / "models" / name).read_text() for name in ("tables.py", "explain.py"))
    keys = set(re.findall(r"append\(\s*f?\"(\w+)[:\"]", source))
    keys |= set(re.findall(r"\bf\"(\w+):\{", source))
    assert {"people_unknown", "factor_constant", "fit_not_settled"} <= keys
    assert {f"warning.{key}" for key in keys} <= set(SPANISH.messages)


def test_why_a_district_has_no_score_is_said_in_words() -> None:
    source = "\n".join((ROOT / "models" / name).read_text() for name in ("tables.py", "explain.py"))
    assert {"missing_factor", "outside_applicability"} <= set(re.findall(r"\"(\w+)[:\"]", source))
    assert {"reason.missing_factor", "reason.outside_applicability"} <= set(SPANISH.messages)


def test_what_the_pipeline_leaves_out_is_said_in_words() -> None:
    source = (ROOT / "vigia" / "training_table.py").read_text()
    keys = set(re.findall(r"\"(\w+_left_out)\"", source))
    assert keys
    assert {f"warning.{key}" for key in keys} <= set(SPANISH.messages)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_key_is_an_error_and_not_a_blank(language: str) -> None:
    catalogue = words(language)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        catalogue("page.no_such_key")
    assert catalogue.known("warning.no_such", "warning.other") == "warning.other"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.00234, "0.0023"),
        (0.05, "0.050"),
        (1, "1.0"),
        (9.96, "10"),
        (12.34, "12"),
        (99.6, "100"),
        (1234.6, "1,235"),
        (-3.21, "-3.2"),
    ],
)
def test_numbers_have_two_significant_digits_in_the_form_of_peru(value: float, shown: str) -> None:
    assert SPANISH.number(value) == shown


@given(st.floats(min_value=1e-9, max_value=1e9))
def test_rounding_stays_within_what_is_said(value: float) -> None:
    error = 0.5 / 100 if value >= 100 else 0.5 / 10
    assert abs(rounded(value) - value) <= error * value * (1 + 1e-9)
    assert float(SPANISH.number(value).replace(",", "")) == pytest.approx(rounded(value))


def test_numbers_that_are_none_are_left_alone() -> None:
    assert math.isnan(rounded(float("nan")))


def test_dates_are_those_of_the_place() -> None:
    assert SPANISH.date("2026-11-24T03:00:00Z", "America/Lima") == "23 de noviembre de 2026"
    assert ENGLISH.date("2026-11-24T03:00:00Z", "America/Lima") == "November 23, 2026"


def test_one_district_is_singular() -> None:
    assert SPANISH.districts(1) == "1 distrito"
    assert SPANISH.districts(1834) == "1,834 distritos"
    assert SPANISH.percent(0.8) == "80%"
    assert SPANISH.plain(1.5) == "1.5"
