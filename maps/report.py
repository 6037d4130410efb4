"""The honesty report of a run as one page: how it was tested, what it learnt, what it cannot know.

For people who are not statisticians: every plot has a sentence on how to read it. It is one file
that asks nobody for anything, runs no script, and prints.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from data.records import OutcomeLabel, PublishedRun
from maps import csp
from maps.blocks import Block, Section
from maps.files import written_whole
from maps.notes import doubts, label_of_outcome
from maps.released import Released, release
from maps.sections.learnt import beside, effects, reckoning, register
from maps.sections.seen import limits, sources
from maps.sections.tested import tested
from maps.sections.verdict import verdict, verdict_line
from maps.templating import environment
from maps.words import Language, Words, words


def render_report(released: Released, language: Language = "es") -> str:
    """The report as one HTML file; the same run gives the same bytes.

    Parameters
    ----------
    released : Released
        What ``maps.released.release`` gives.
    language : {"es", "en"}
    """
    said, style = words(language), _style()
    return (
        environment()
        .get_template("report.html")
        .render(
            words=said,
            style=style,
            policy=csp.policy([], [style], served=False),
            sections=[
                *(_of_outcome(released, outcome, said) for outcome in released.outcomes),
                sources(released, said),
                *limits(released, said),
            ],
            **_head(released, said),
        )
    )


def write_report(published: PublishedRun, path: Path, language: Language = "es") -> None:
    """Write the report of a run, whole or not at all.

    Raises
    ------
    ProjectError
        When the file cannot be written.
    """
    html = render_report(release(published), language)
    with written_whole(path) as half:
        half.write_text(html, encoding="utf-8", newline="\n")


def _head(released: Released, words: Words) -> dict[str, Any]:
    area, year = released.area, str(released.target_year)
    name = released.area_name(words.language)
    return {
        "title": words("report.title", area=name, year=year),
        "area": name,
        "subtitle": words("report.subtitle", year=year, run=released.run_id),
        "synthetic": bool(area["synthetic"]),
        "doubts": doubts(released, words),
        "lines": [verdict_line(released, outcome.id, words) for outcome in released.outcomes],
    }


def _of_outcome(released: Released, outcome: OutcomeLabel, words: Words) -> Section:
    validation = released.validation_of(outcome.id)
    blocks: list[Block] = list(verdict(released, outcome.id, words))
    if validation.get("honesty"):
        blocks += [
            *tested(validation["honesty"], words),
            *effects(released, validation, words),
            *register(released.rates_of(outcome.id), validation, words),
            *reckoning(validation.get("inference"), words),
            *beside(validation.get("beside") or [], words),
        ]
    return Section(label_of_outcome(outcome, words), blocks)


@lru_cache(maxsize=1)
def _style() -> str:
    text = files("maps").joinpath("static", "report.css").read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")  # browsers hash what they parsed
