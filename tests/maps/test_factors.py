"""Names and phrases of factors: all that ``geo.measures`` can say, in both languages."""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.records import LayerCredit, PublishedRun
from geo.factor import Direction, Factor, Per, Season, Statistic
from geo.measures import MEASURES
from maps.factors import factor_names, factor_phrase, measured_text, value_text
from maps.page import offline_page
from maps.payload import as_block
from maps.released import release
from maps.words import LANGUAGES, Language, words
from tests.maps.region import IMG, SCRIPT, layers, published_run
from vigia.settings import Support

SPANISH, ENGLISH = words("es"), words("en")
HOSTILE = f"{SCRIPT} {{value}} {{0}} «&» {IMG}"
OPTIONS: dict[str, tuple[Any, ...]] = {
    "radius_km": (None, 25.0),
    "per": get_args(Per),
    "weighted": (False, True),
    "season": get_args(Season),
    "direction": get_args(Direction),
    "statistic": get_args(Statistic),
}
UNSAID = {"per": None, "season": None, "direction": None, "statistic": None}


def told(factor: Factor, label: str = "Minas", label_en: str = "Mines") -> dict[str, Any]:
    """A factor as a run keeps it."""
    unit = MEASURES[factor.measure].unit(factor)
    more = {"unit": unit, "role": "risk", "sign": None, "label": label, "label_en": label_en}
    return {"id": factor.id, **asdict(factor), "classes": list(factor.classes), **more}


def every_factor() -> Iterator[Factor]:
    """All measures on all supports with all options, each said in full."""
    for measure in MEASURES.values():
        said = [name for name in OPTIONS if name in measure.options]
        for support in measure.supports:
            for values in itertools.product(*(OPTIONS[name] for name in said)):
                factor = Factor("mines", measure.name, support, **dict(zip(said, values)))  # noqa: B905
                yield from of_classes(factor)


def of_classes(factor: Factor) -> Iterator[Factor]:
    if factor.statistic != "share":
        yield factor
        return
    for classes in ((3.0,), (1.0, 2.0), (1.0, 2.0, 3.0)):
        yield replace(factor, classes=classes)


EVERY = tuple(every_factor())
FACTORS = [told(factor) for factor in EVERY]


def test_all_options_and_supports_are_tried() -> None:
    options = {name for measure in MEASURES.values() for name in measure.options}
    assert options == {*OPTIONS, "classes"}
    assert {factor.support for factor in EVERY} == set(get_args(Support))
    assert len(EVERY) > 90


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_factor_has_a_name_of_its_own(language: Language) -> None:
    names = factor_names(FACTORS, words(language))
    assert list(names) == [factor["id"] for factor in FACTORS]
    assert len(set(names.values())) == len(FACTORS)
    for name in names.values():
        assert name.startswith("Minas" if language == "es" else "Mines")
        assert not re.search(r"[{}_]|\(\d\)|  | ,|,,|: *$", name), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_has_one_place_for_its_number(language: Language) -> None:
    phrases = [factor_phrase(factor, words(language)) for factor in FACTORS]
    assert len(set(phrases)) == len(FACTORS)
    for factor, phrase in zip(FACTORS, phrases, strict=True):
        assert phrase.count("{value}") == 1, factor["id"]
        said = phrase.replace("{value}", value_text(factor, 12.3, words(language)))
        assert not re.search(r"[{}_]|  | ,|,,", said), said
        assert factor["measure"] == "attribute" or len(said) > len("12 km")


@pytest.mark.parametrize("factor", EVERY, ids=lambda factor: factor.id)
def test_no_measure_is_told_by_its_code_alone(factor: Factor) -> None:
    for language in LANGUAGES:
        said = measured_text(told(factor), words(language))
        assert said != factor.measure
        assert said != words(language)("measure_name.other", measure=factor.measure)


def test_what_is_not_said_is_told_as_what_it_means() -> None:
    """A run of an earlier version lacks the keys; they stand for the first of each."""
    for factor in EVERY:
        full = told(factor)
        short = {
            key: value
            for key, value in full.items()
            if value not in (None, False, [], "area", "high", "to", "mean")
        }
        assert measured_text(short, SPANISH) == measured_text(full, SPANISH)
        assert factor_phrase(full | unsaid(full), ENGLISH) == factor_phrase(full, ENGLISH)


def unsaid(factor: dict[str, Any]) -> dict[str, None]:
    return {key: None for key in UNSAID if factor[key] in ("area", "high", "to", "mean")}


def test_two_that_mean_the_same_are_told_apart() -> None:
    travel = Factor("mines", "travel_time", "population")
    pair = [told(travel), told(replace(travel, season="high"))]
    for language in LANGUAGES:
        first, second = factor_names(pair, words(language)).values()
        assert second == f"{first} (2)"
    same_label = [told(travel), told(replace(travel, layer="others"))]
    assert len(set(factor_names(same_label, SPANISH).values())) == 2
    numbered = [
        told(Factor(layer, "attribute"), label=label)
        for layer, label in (("a", "X"), ("b", "X (2)"), ("c", "X"), ("d", "X"))
    ]
    assert list(factor_names(numbered, SPANISH).values()) == ["X", "X (2)", "X (3)", "X (4)"]


@pytest.mark.parametrize(
    ("factor", "spanish", "english"),
    [
        (
            Factor("x", "travel_time", "population", season="low"),
            "Minas: tiempo de viaje desde donde vive la gente, con aguas bajas",
            "Mines: travel time from where people live, at low water",
        ),
        (
            Factor("x", "travel_time", "capital", direction="from"),
            "Minas: tiempo de viaje hasta la capital del distrito, con aguas altas",
            "Mines: travel time to the district's capital, at high water",
        ),
        (
            Factor("x", "walked_share", "polygon"),
            "Minas: porcentaje a pie del viaje desde el distrito, con aguas altas",
            "Mines: per cent on foot of the way from the district, at high water",
        ),
        (
            Factor("x", "count_density", "capital", radius_km=25.0),
            "Minas: cantidad por cada 1000 km², a menos de 25 km de la capital del distrito",
            "Mines: number per 1,000 km², within 25 km of the district's capital",
        ),
        (
            Factor("x", "count_density", "population", 2.5, "people", weighted=True),
            (
                "Minas: suma de sus valores por cada 10 mil habitantes, "
                "a menos de 2.5 km de donde vive la gente"
            ),
            "Mines: sum of their values per 10,000 people, within 2.5 km of where people live",
        ),
        (
            Factor("x", "kernel_density", "polygon", radius_km=1000.0),
            "Minas: concentración por cada 1000 km², en el distrito y 1,000 km a su alrededor",
            "Mines: concentration per 1,000 km², in the district and 1,000 km around it",
        ),
        (
            Factor("x", "share_of_area", "population"),
            "Minas: porcentaje de la gente que vive dentro",
            "Mines: per cent of the people who live inside",
        ),
        (
            Factor("x", "zonal", "polygon", statistic="share", classes=(3.0, 12.0)),
            "Minas: área de las clases 3 y 12 en %, en el distrito",
            "Mines: area of classes 3 and 12 in %, in the district",
        ),
        (Factor("x", "attribute"), "Minas", "Mines"),
    ],
)
def test_names_that_planners_read(factor: Factor, spanish: str, english: str) -> None:
    assert factor_names([told(factor)], SPANISH) == {factor.id: spanish}
    assert factor_names([told(factor)], ENGLISH) == {factor.id: english}


@pytest.mark.parametrize(
    ("factor", "value", "spanish", "english"),
    [
        (
            Factor("x", "travel_time", "capital", season="low"),
            200.4,
            "a 3 h 20 min de viaje desde la capital del distrito, con aguas bajas",
            "3 h 20 min of travel from the district's capital, at low water",
        ),
        (
            Factor("x", "travel_time", "polygon", direction="from"),
            6_011,
            "4 días 4 h de viaje de allí hasta el distrito, con aguas altas",
            "4 days 4 h of travel from there to the district, at high water",
        ),
        (
            Factor("x", "share_of_area", "capital"),
            100,
            "la capital del distrito sí está dentro",
            "the district's capital lies inside: yes",
        ),
        (
            Factor("x", "zonal", "capital", statistic="share", classes=(3.0,)),
            0,
            "la capital del distrito no es de la clase 3",
            "the district's capital is of class 3: no",
        ),
        (
            Factor("x", "share_of_area", "capital", radius_km=10.0),
            0,
            "0% del área, a menos de 10 km de la capital del distrito",
            "0% of the area, within 10 km of the district's capital",
        ),
        (
            Factor("x", "kernel_density", "population", radius_km=25.0),
            1.234,
            (
                "1.2 por cada 1000 km², contando más lo cercano, "
                "a menos de 25 km de donde vive la gente, en promedio"
            ),
            (
                "1.2 per 1,000 km², counting near ones more, "
                "within 25 km of where people live, on average"
            ),
        ),
        (Factor("x", "attribute"), 34.2, "34", "34"),
    ],
)
def test_numbers_as_planners_read_them(
    factor: Factor, value: float, spanish: str, english: str
) -> None:
    for language, said in ((SPANISH, spanish), (ENGLISH, english)):
        number = value_text(told(factor), value, language)
        assert factor_phrase(told(factor), language).replace("{value}", number) == said


def test_a_measure_or_a_place_that_is_not_known_is_still_told() -> None:
    strange = told(Factor("x", "distance")) | {"measure": "smell", "unit": "ou/m³"}
    assert factor_names([strange], SPANISH) == {strange["id"]: "Minas: smell"}
    assert factor_phrase(strange, SPANISH) == "{value} ou/m³"
    nowhere = told(Factor("x", "distance")) | {"support": "moon"}
    assert factor_names([nowhere], SPANISH) == {nowhere["id"]: "Minas: distance"}
    assert factor_phrase(nowhere, ENGLISH) == "{value} km"


@pytest.mark.parametrize(
    ("minutes", "spanish"),
    [
        (0, "menos de 1 min"),
        (0.49, "menos de 1 min"),
        (0.5, "1 min"),
        (59.4, "59 min"),
        (59.6, "1 h"),
        (64.9, "1 h"),
        (65, "1 h 10 min"),
        (200, "3 h 20 min"),
        (594, "9 h 50 min"),
        (596, "10 h"),
        (630, "11 h"),
        (47.4 * 60, "47 h"),
        (47.6 * 60, "2 días"),
        (53 * 60, "2 días 5 h"),
        (239.6 * 60, "10 días"),
        (300 * 60, "13 días"),
    ],
)
def test_times_are_told_in_hours_and_minutes(minutes: float, spanish: str) -> None:
    assert SPANISH.duration(minutes) == spanish
    assert ENGLISH.duration(minutes).replace("days", "días").replace("less than", "menos de") == (
        spanish
    )


@given(st.floats(min_value=0.5, max_value=1e5))
def test_a_time_told_is_close_to_the_time(minutes: float) -> None:
    units = {"min": 1, "h": 60, "días": 24 * 60}
    parts = re.findall(r"([\d,]+) (\w+)", SPANISH.duration(minutes))
    again = sum(int(number.replace(",", "")) * units[unit] for number, unit in parts)
    assert abs(again - minutes) <= max(0.5, 0.085 * minutes)


@given(st.floats(min_value=0.5, max_value=1e5), st.floats(min_value=0, max_value=1e4))
def test_a_longer_time_is_never_told_as_a_shorter_one(minutes: float, more: float) -> None:
    units = {"min": 1, "h": 60, "días": 24 * 60}

    def told_minutes(value: float) -> int:
        parts = re.findall(r"([\d,]+) (\w+)", SPANISH.duration(value))
        return sum(int(number.replace(",", "")) * units[unit] for number, unit in parts)

    assert told_minutes(minutes) <= told_minutes(minutes + more)


class TextOf(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_labels_are_text_in_every_combination(language: Language) -> None:
    """In the panel, in the warnings and in the block of data: all factors, none of them markup."""
    factors = tuple(told(factor, HOSTILE, HOSTILE) for factor in EVERY)
    named = ",".join(factor["id"] for factor in factors)
    run = published_run(factors=factors, warnings=(f"factor_constant:{named}",))
    mines = LayerCredit("mines", HOSTILE, HOSTILE, "risk", "s", "2024", "", "", (), True, False)
    run = of_no_scores(replace(run, layers=(mines,)))
    page = offline_page(release(run), layers(), language).html
    assert "<img" not in page
    assert "alert(1)</script>" not in page
    assert html.escape(measured_text(factors[-2], words(language)), quote=True) in page
    warning = next(text for text in TextOf(page).said if text.count(HOSTILE) == len(factors))
    for name in factor_names(factors, words(language)).values():
        assert words(language)("factor.quoted", name=name) in warning
    assert json.loads(as_block(list(factors)))[0]["label"] == HOSTILE


def of_no_scores(run: PublishedRun) -> PublishedRun:
    """Its contributions are of other factors."""
    return replace(run, contributions=run.contributions.iloc[:0])
