"""Another published run beside the one that is shown: its levels, and where and why they differ.

Districts and their boundaries are those of the run that is shown. One that the other run does not
know has no data there: whether it differs is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from data.beside import OtherRun
from data.publish import level_settings
from maps.levels import LEVELS, NO_DATA, certainty, level_indexes
from maps.moved_text import SIDES, MovedText
from maps.notes import doubts, label_of_outcome
from maps.released import Released, rates_kind
from maps.table import RANKS
from maps.words import Words

SCENARIO = "scenario"  # the id of a side that is no run
ID_SHOWN = 8  # letters of a run's id that tell it from others
NEEDED = ("level", "relative_risk", *RANKS)


def digits(numbers: Sequence[int]) -> str:
    """One digit for each district."""
    return "".join(map(str, numbers))


def as_side(scores: pd.DataFrame, released: Released) -> dict[str, str]:
    """Scores by code as what a map of the run's districts draws: their ``levels`` and ``sure``."""
    own = scores.reindex(released.districts["code"])
    return {
        "levels": digits(level_indexes(own["level"].tolist())),
        "sure": digits(certainty(own, released.settings["publish"])),
    }


def comparable(released: Released, outcome: str) -> Iterator[OtherRun]:
    """Other runs that say the same of an outcome: of the same kind of rate, in the same levels."""
    levels, own = level_settings(released.settings), _of(released.validation_of(outcome))
    for one in released.beside.others:
        if one.settings == levels and outcome in one.rates and _of(one.rates[outcome]) == own:
            yield one


def offered(released: Released, outcome: str, words: Words) -> list[dict[str, str]]:
    """What the list of the page says of them: ``id`` of the run, ``group`` and ``label``."""
    zone = released.area["timezone"]
    return [
        {"id": one.run, "group": "year", "label": str(one.target_year)}
        if one.target_year != released.target_year
        else {
            "id": one.run,
            "group": "run",
            "label": words(
                "against.published_at",
                date=words.date(one.published_at, zone),
                run=one.run[:ID_SHOWN],
            ),
        }
        for one in comparable(released, outcome)
    ]


def against(released: Released, other: Released, outcome: str, words: Words) -> dict[str, Any]:
    """What the second map draws, and what is said of both.

    Returns
    -------
    dict
        ``own`` and ``label``, the names of both sides; ``levels`` and ``sure`` of the other one, as
        the page has them; ``said``, sentences to be read first; ``counted``, a sentence with places
        for how many differ and are shown; ``caption`` and ``because``, of the table; ``told``, the
        districts in its order, each its index and what is said of it.
    """
    return {
        "own": _name(released, outcome, words),
        "label": _name(other, outcome, words),
        **as_side(other.scores_of(outcome), released),
        "said": list(_said(released, other, words)),
        "counted": words("compare.differing", n="{n}", shown="{shown}"),
        "caption": words("against.caption_runs"),
        "because": words("against.why"),
        "told": [
            [index, list(lines)] for index, lines in _differing(released, other, outcome, words)
        ],
    }


def _of(validation: Mapping[str, Any]) -> tuple[Any, Any]:
    return rates_kind(validation), validation.get("composite_of")


def _name(released: Released, outcome: str, words: Words) -> str:
    label = label_of_outcome(released.outcome(outcome), words)
    year, run = str(released.target_year), released.run_id[:ID_SHOWN]
    return words("against.side", label=label, year=year, run=run)


def _said(released: Released, other: Released, words: Words) -> Iterator[str]:
    """What must be known of the other run, and of the ground that both stand on."""
    for doubt in doubts(other, words):
        yield words("against.of_the_other", said=doubt)
    if released.target_year != other.target_year:
        yield words("against.years_apart")
    files = (_hashes(one) for one in (released, other))
    if len({*files}) > 1:
        yield words("against.boundaries")
    gone = set(other.districts["code"]) - set(released.scores["code"])
    if gone:
        yield words("against.gone", n=words.districts(len(gone)))


def _hashes(released: Released) -> tuple[str, ...]:
    return tuple(
        sorted(str(one["sha256"]) for one in released.facts["inputs"].get("districts", []))
    )


def _differing(
    released: Released, other: Released, outcome: str, words: Words
) -> Iterator[tuple[int, Iterator[str]]]:
    """Districts that both know and whose levels are not the same, those farthest apart first."""
    tables = [one.scores_of(outcome)[list(NEEDED)] for one in (other, released)]
    both = tables[0].merge(tables[1], left_index=True, right_index=True, suffixes=SIDES)
    both = both[both["level_before"] != both["level_after"]].assign(code=lambda own: own.index)
    telling = MovedText(other, released, outcome, words)
    place = {code: index for index, code in enumerate(released.districts["code"])}
    rows = [row for _, row in both.iterrows() if _known(row)]
    rows.sort(key=lambda row: (-_apart(row), place[row["code"]]))
    for row in rows:
        yield place[row["code"]], telling.of(row)


def _known(row: pd.Series) -> bool:
    return all(row[f"level{side}"] in LEVELS and row[f"level{side}"] != NO_DATA for side in SIDES)


def _apart(row: pd.Series) -> int:
    before, after = (LEVELS.index(row[f"level{side}"]) for side in SIDES)
    return abs(before - after)
