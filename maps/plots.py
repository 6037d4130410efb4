"""Small plots as SVG inside a page: no script, no picture from elsewhere, all text escaped.

They are as wide as a telephone and have their numbers written beside the marks, so that a plot can
be read on a grey copy and without seeing its colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, EDGE = 340.0, 8.0
ROW, ROW_TEXT, ROW_MARK = 40.0, 14.0, 27.0  # heights within a row of marks
TALL, FOOT, AXIS, TEXT = 150.0, 22.0, 44.0, 12.0  # of plots with upright axes, and of letters
LEAST_RATE = 0.05  # where curves end below: rates are drawn on a scale of ratios

Attribute = str | float


@dataclass(frozen=True)
class Mark:
    """A number with its interval, as it is drawn and as it is said.

    Attributes
    ----------
    label, text : str
        What it is of, and the number in words.
    value, low, high : float or None
        Where it stands; None is not known and is not drawn.
    tick : float or None
        What it is held against.
    strong : bool
        Whether it is the one that matters.
    """

    label: str
    text: str
    value: float | None
    low: float | None = None
    high: float | None = None
    tick: float | None = None
    strong: bool = False

    def reach(self) -> list[float]:
        """All numbers that it is drawn from."""
        return [x for x in (self.value, self.low, self.high, self.tick) if x is not None]


def tag(name: str, *children: str, **attributes: Attribute) -> Markup:
    """One element; children and attributes are escaped unless they are markup."""
    told = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
    )
    inside = Markup("").join(children)
    element = Markup(name)  # noqa: S704 -- names of elements are written here, never read
    return Markup("<{0}{1}>{2}</{0}>").format(element, told, inside)


def rows(title: str, marks: Sequence[Mark], reference: float, *, bars: bool = False) -> Markup:
    """Numbers below one another, each as a dot (or a bar from the reference) with its interval.

    Parameters
    ----------
    title : str
        Read aloud in place of the picture.
    marks : sequence of Mark
    reference : float
        Where an upright line stands.
    """
    reach = [reference, *(x for mark in marks for x in mark.reach())]
    across = _scale(min(reach), max(reach), EDGE, WIDTH - EDGE)
    parts = []
    for number, mark in enumerate(marks):
        top = ROW * number
        name = "strong" if mark.strong else "label"
        parts.append(tag("text", mark.label, class_=name, x=0, y=top + ROW_TEXT))
        parts.append(tag("text", mark.text, class_="number", x=WIDTH, y=top + ROW_TEXT))
        middle, x = top + ROW_MARK, across(reference)
        parts.append(_line("reference", x, middle - 9, x, middle + 9))
        parts += _lying(mark, middle, across, reference if bars else None)
    return _svg(title, ROW * len(marks), parts)


def columns(
    title: str,
    marks: Sequence[Mark],
    reference: float,
    form: Callable[[float], str],
    *,
    bars: bool = False,
) -> Markup:
    """Numbers side by side, with a level line at the reference.

    Labels of marks stand below; their text is told to those who point at them.

    Parameters
    ----------
    form : callable
        How numbers are said at the left: that of the reference, the least and the most.
    """
    reach = [0.0 if bars else reference, reference, *(x for mark in marks for x in mark.reach())]
    up = _scale(min(reach), max(reach), TALL, EDGE)
    step = (WIDTH - AXIS) / max(len(marks), 1)
    ends = [x for x in (min(reach), max(reach)) if abs(up(x) - up(reference)) > TEXT]
    parts = [
        _line("reference", AXIS, up(reference), WIDTH, up(reference)),
        *(tag("text", form(x), class_="axis", x=AXIS - 4, y=up(x) + 4) for x in (reference, *ends)),
    ]
    for number, mark in enumerate(marks):
        middle = AXIS + step * (number + 0.5)
        parts.append(tag("text", mark.label, class_="foot", x=middle, y=TALL + FOOT - 6))
        parts.append(tag("g", tag("title", mark.text), *_standing(mark, middle, step, up, bars)))
    return _svg(title, TALL + FOOT, parts)


def curve(
    title: str, points: Sequence[Mark], places: Sequence[float], ends: Sequence[str]
) -> Markup:
    """How a rate changes along a factor, with its band; ``ends`` are said below left and right.

    Parameters
    ----------
    points : sequence of Mark
        Ratios to the reference 1, drawn so that twice and half are as far from it.
    places : sequence of float
        Where they stand, rising.
    """
    known = [(x, p) for x, p in zip(places, points, strict=True) if p.value is not None]
    reach = [1.0, *(_floored(x) for _, point in known for x in point.reach())]
    up = _scale(math.log(min(reach)), math.log(max(reach)), TALL, EDGE)
    across = _scale(min(places, default=0), max(places, default=1), AXIS, WIDTH - EDGE)

    def at(x: float, ratio: float) -> str:
        return f"{across(x):.1f},{up(math.log(_floored(ratio))):.1f}"

    told = [(x, p) for x, p in known if p.low is not None and p.high is not None]
    band = [at(x, p.low or 0.0) for x, p in told] + [at(x, p.high or 0.0) for x, p in told[::-1]]
    line = [at(x, p.value or 0.0) for x, p in known]
    parts = [
        tag("polygon", class_="band", points=" ".join(band)),
        _line("reference", AXIS, up(0.0), WIDTH - EDGE, up(0.0)),
        tag("polyline", class_="curve", points=" ".join(line)),
        *(tag("text", f"×{level:g}", class_="axis", x=AXIS - 4, y=up(math.log(level)) + 4)
          for level in _levels(min(reach), max(reach))),
        tag("text", ends[0], class_="label", x=AXIS, y=TALL + FOOT - 6),
        tag("text", ends[1], class_="number", x=WIDTH, y=TALL + FOOT - 6),
    ]  # fmt: skip
    return _svg(title, TALL + FOOT, parts)


def _lying(
    mark: Mark, y: float, across: Callable[[float], float], start: float | None
) -> list[Markup]:
    if mark.value is None:
        return []
    parts, name = [], "model" if mark.strong else "other"
    if start is not None:
        left, right = sorted((across(start), across(mark.value)))
        parts.append(
            tag("rect", class_=f"bar {name}", x=left, y=y - 5, width=right - left, height=10)
        )
    if mark.low is not None and mark.high is not None:
        parts.append(_line(f"interval {name}", across(mark.low), y, across(mark.high), y))
    if start is None:
        parts.append(tag("circle", class_=f"dot {name}", cx=across(mark.value), cy=y, r=4.5))
    if mark.tick is not None:
        parts.append(_line("tick", across(mark.tick), y - 8, across(mark.tick), y + 8))
    return parts


def _standing(
    mark: Mark, middle: float, step: float, up: Callable[[float], float], bars: bool
) -> list[Markup]:
    if mark.value is None:
        return []
    top, parts = up(mark.value), []
    if bars:
        side = 0.8 * step
        parts.append(
            tag("rect", class_="bar model", x=middle - side / 2, y=top, width=side,
                height=up(0.0) - top)
        )  # fmt: skip
    if mark.low is not None and mark.high is not None:
        parts.append(_line("interval", middle, up(mark.low), middle, up(mark.high)))
    if not bars:
        parts.append(tag("circle", class_="dot model", cx=middle, cy=top, r=4.5))
    return parts


def _svg(title: str, height: float, parts: Sequence[Markup]) -> Markup:
    return tag("svg", *parts, viewBox=f"0 0 {WIDTH:g} {height:g}", role="img", aria_label=title)


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return tag("line", class_=name, x1=x1, y1=y1, x2=x2, y2=y2)


def _scale(least: float, most: float, start: float, end: float) -> Callable[[float], float]:
    """Numbers to places; where all are alike they stand in the middle."""
    if most <= least:
        return lambda value: (start + end) / 2
    return lambda value: start + (end - start) * (value - least) / (most - least)


def _levels(least: float, most: float) -> list[float]:
    """The reference, and the doublings and halvings that are drawn, at most three a side."""
    inside = [2.0**n for n in range(-5, 11) if least <= 2.0**n <= most]
    below, above = [x for x in inside if x < 1], [x for x in inside if x > 1]
    return [*below[:: -max(1, len(below) // 3)], 1.0, *above[:: max(1, len(above) // 3)]]


def _floored(ratio: float) -> float:
    return max(ratio, LEAST_RATE)


def _plain(value: Attribute) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
