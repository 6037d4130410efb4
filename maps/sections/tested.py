"""How the model did on counts that it had not seen, beside simpler ways to forecast them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maps.blocks import Block, Heading, Plot, Table, Text
from maps.plots import Mark, columns, rows
from maps.sections.said import capital, known, mark, with_interval
from maps.sections.verdict import why_not
from maps.words import Words

MODEL = "model"
AT = ("districts_10", "districts_20", "people_10", "people_20")
SHOWN_AT, BY_CHANCE = "districts_10", 0.1
EVEN = 0.1  # of ten columns, where the forecast is right about its doubt
ALIKE = 0.05  # below this chance, what is left over lies on the map

Json = Mapping[str, Any]


def tested(honesty: Json, words: Words) -> list[Block]:
    """All parts of the test, in the order of the report; nothing where nothing was held out."""
    found: list[Block] = []
    for name, split in (honesty.get("splits") or {}).items():
        if split:
            found += _split(name, split, words)
    found += _moran(honesty.get("moran"), words)
    left_out = why_not(honesty["reasons"], words) if found else []  # else the verdict has them
    return [*found, *(Text(text, "small") for text in left_out)]


def _split(name: str, split: Json, words: Words) -> list[Block]:
    said = {key: words.count(split[key] or 0) for key in ("folds", "units", "districts")}
    years = words.series([str(year) for year in split["held_out_years"]])
    around = words("held_out.buffer") if split["buffer"] else ""
    return [
        Heading(words(f"held_out_title.{name}")),
        Text(f"{words(f'held_out.{name}', **said, years=years)} {around}".strip()),
        *_differences(split, words),
        _scores(split, words),
        *_hit_rates(split, words),
        *_doubt(split["contenders"].get(MODEL) or {}, words),
    ]


def _differences(split: Json, words: Words) -> list[Block]:
    title = words("report.differences")
    marks = [
        mark(_name(name, words), gain, lambda x: words.fixed(x, 3), words)
        for name, gain in split["differences"].items()
    ]
    if not any(one.value is not None for one in marks):
        return []
    return [Plot(title, rows(title, marks, 0.0), words("report.differences_how"))]


def _scores(split: Json, words: Words) -> Table:
    """Every contender's scores; one that could not be tried says why."""
    head = ("who", "log_score", "deviance", "crps", "order")
    names = ("log_score", "poisson_deviance", "crps")
    told = []
    for name, one in split["contenders"].items():
        cells = [words.known(f"failed.{one['failed']}", "failed.other")] if one["failed"] else []
        if cells:
            told.append([_name(name, words), words(cells[0]), "", "", ""])
            continue
        scores = [with_interval(one.get(n), lambda x: words.fixed(x, 3), words) for n in names]
        order = with_interval(one.get("rank_correlation"), lambda x: words.fixed(x, 2), words)
        told.append([_name(name, words), *scores, order])
    return Table([words(f"column.{key}") for key in head], told, words("report.scores_how"))


def _hit_rates(split: Json, words: Words) -> list[Block]:
    title = words("report.hits")
    tried = {n: c["hit_rate"] for n, c in split["contenders"].items() if c.get("hit_rate")}
    marks = [
        mark(_name(name, words), hits.get(SHOWN_AT), words.percent, words,
             tick=BY_CHANCE, strong=name == MODEL)
        for name, hits in tried.items()
    ]  # fmt: skip
    if not any(one.value is not None for one in marks):
        return [Text(words("report.hits_untold"), "small")]
    plot = Plot(title, rows(title, marks, 0.0, bars=True), words("report.hits_how"))
    model = split["contenders"].get(MODEL) or {}
    told = [
        [
            words(f"reach.{at}"),
            with_interval((model.get("hit_rate") or {}).get(at), words.percent, words),
            *(
                with_interval((model.get(key) or {}).get(at), words.number, words)
                for key in ("pai", "pei")
            ),
        ]
        for at in AT
    ]
    head = [words(f"column.{key}") for key in ("reach", "hit_rate", "pai", "pei")]
    return [plot, Table(head, told, words("report.reach_how"))]


def _doubt(model: Json, words: Words) -> list[Block]:
    """Whether the model is right about its own doubt, and about how many cases there are."""
    return [*_pit(model, words), *_coverage(model, words), *_calibration(model, words)]


def _pit(model: Json, words: Words) -> list[Block]:
    title = words("report.pit")
    marks = [
        mark(str(number), share, words.percent, words)
        for number, share in enumerate(model.get("pit") or [], 1)
    ]
    if not any(one.value is not None for one in marks):
        return []
    svg = columns(title, marks, EVEN, words.percent, bars=True)
    return [Plot(title, svg, words("report.pit_how"))]


def _coverage(model: Json, words: Words) -> list[Block]:
    title = words("report.coverage")
    marks: list[Mark] = []
    for one in model.get("coverage") or []:
        if not known(one["covered"]) or one["promised"] is None:
            continue
        label = words(
            "report.coverage_of",
            level=words.percent(one["level"]),
            promised=words.percent(one["promised"]),
        )
        marks.append(mark(label, one["covered"], words.percent, words, tick=one["promised"]))
    if not marks:
        return []
    return [Plot(title, rows(title, marks, 1.0), words("report.coverage_how"))]


def _calibration(model: Json, words: Words) -> list[Block]:
    title = words("report.calibration")
    told = model.get("calibration") or {}
    marks = [
        mark(str(number), part, words.number, words)
        for number, part in enumerate(told.get("parts") or [], 1)
    ]
    if not any(one.value is not None for one in marks):
        return []
    overall = with_interval(told.get("overall"), words.number, words)
    svg = columns(title, marks, 1.0, words.number)
    return [Plot(title, svg, words("report.calibration_how", overall=overall))]


def _moran(moran: Json | None, words: Words) -> list[Block]:
    if not moran or moran.get("p_value") is None or moran.get("value") is None:
        return []
    said = {
        "year": str(moran["year"]),
        "value": words.fixed(moran["value"], 2),
        "p": words.number(moran["p_value"]),
    }
    alike = moran["p_value"] < ALIKE
    text = words("report.left_alike", **said) if alike else words("report.left_at_random", **said)
    return [Heading(words("report.left")), Text(text)]


def _name(contender: str, words: Words) -> str:
    return capital(words(f"challenger.{contender}"))
