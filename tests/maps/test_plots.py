"""Marks stand where their numbers are, and what is not known is not drawn."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.plots import LEAST_RATE, TALL, WIDTH, Mark, columns, curve, rows, tag

numbers = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


def found(svg: str, name: str, attribute: str) -> list[float]:
    """One attribute of all elements that have this class."""
    elements = re.findall(rf'<\w+ class="{name}[^>]*>', svg)
    return [float(re.findall(rf' {attribute}="([^"]*)"', one)[0]) for one in elements]


def places(svg: str, name: str) -> list[tuple[float, float]]:
    points = re.findall(rf'class="{name}" points="([^"]*)"', svg)[0].split()
    return [(float(x), float(y)) for x, y in (point.split(",") for point in points)]


@given(st.lists(numbers, min_size=1, max_size=8))
def test_dots_are_in_the_order_of_their_numbers_and_inside(values: list[float]) -> None:
    svg = rows("t", [Mark("a", "b", value) for value in values], 0.0)
    at = found(svg, "dot", "cx")
    assert len(at) == len(values)
    assert all(0 <= x <= WIDTH for x in at)
    for (x, a), (y, b) in pairwise(sorted(zip(values, at, strict=True))):
        assert a <= b + 0.1
        assert x <= y


def test_a_bar_goes_from_the_reference_to_its_number() -> None:
    svg = rows("t", [Mark("a", "b", 0.5, 0.25, 1.0)], 0.0, bars=True)
    left, wide = found(svg, "bar", "x")[0], found(svg, "bar", "width")[0]
    start = found(svg, "reference", "x1")[0]
    low, high = found(svg, "interval", "x1")[0], found(svg, "interval", "x2")[0]
    assert left == start
    assert left + wide == pytest.approx((start + high) / 2, abs=0.2)
    assert low - start == pytest.approx((high - start) / 4, abs=0.2)


def test_what_is_not_known_has_a_label_and_no_mark() -> None:
    unknown = Mark("nobody", "-", None)
    for svg in (
        rows("t", [unknown], 0.0),
        rows("t", [unknown], 0.0, bars=True),
        columns("t", [unknown], 1.0, str),
    ):
        assert ">nobody<" in svg
        assert 'class="dot' not in svg
        assert 'class="bar' not in svg
        assert 'class="interval' not in svg


def test_columns_stand_on_the_ground() -> None:
    svg = columns("t", [Mark("1", "", 0.2), Mark("2", "", 0.1)], 0.1, "{:.1f}".format, bars=True)
    tops, heights = found(svg, "bar", "y"), found(svg, "bar", "height")
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
    assert [top + height for top, height in zip(tops, heights, strict=True)] == [TALL, TALL]
    assert found(svg, "reference", "y1")[0] == tops[1]


def test_twice_and_half_are_as_far_from_the_reference() -> None:
    points = [Mark("", "", value, value, value) for value in (2.0, 1.0, 0.5)]
    svg = curve("t", points, [0.0, 1.0, 4.0], ["near", "far"])
    (x0, up), (x1, same), (x2, down) = places(svg, "curve")
    assert same - up == pytest.approx(down - same, abs=0.2)
    assert x2 - x0 == pytest.approx(4 * (x1 - x0), abs=0.4)
    assert {"×2", "×1", "×0.5"} <= set(re.findall(r">(×[\d.]+)<", svg))


def test_a_rate_of_nothing_is_drawn_at_the_foot() -> None:
    points = [Mark("", "", value, 0.0, 1.0) for value in (1.0, 0.0)]
    line = places(curve("t", points, [0.0, 1.0], ["", ""]), "curve")
    least = [Mark("", "", value, LEAST_RATE, 1.0) for value in (1.0, LEAST_RATE)]
    assert line == places(curve("t", least, [0.0, 1.0], ["", ""]), "curve")


@given(st.text())
def test_text_is_never_markup(text: str) -> None:
    svg = rows(text, [Mark(text, text, 1.0)], 0.0)
    assert "<script" not in svg
    assert str(tag("text", text, class_=text)).count("<") == 2
