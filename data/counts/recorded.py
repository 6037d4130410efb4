"""Recorded cases of a run's inputs as counts of areas, per outcome and period.

Told are reported cases of one register of each outcome (registers count the same cases again), of
single years, added up over periods that never overlap. A period of which any year was not counted,
or was counted at several levels of areas at once, is left out: its sums would be wrong, or count
cases twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.counts.trees import WHOLE, Area, Tree

COLUMN = {"district": "code", "province": "province_code", "department": "department_code"}
FINEST_FIRST = tuple(COLUMN)


@dataclass(frozen=True, order=True)
class Period:
    """Whole years, both ends within."""

    first: int
    last: int

    def meets(self, other: Period) -> bool:
        """Whether they share a year and are not the same."""
        return self != other and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Counted:
    """Counts of one outcome in one period.

    Attributes
    ----------
    counts : mapping
        Of every area of the tree; None where it is not known.
    """

    outcome: str
    period: Period
    tree: Tree
    counts: Mapping[Area, int | None]


def counted(
    cases: pd.DataFrame, districts: pd.DataFrame, sections: list[dict[str, Any]], years: int
) -> Iterator[Counted]:
    """Counts per outcome and period.

    Parameters
    ----------
    cases, districts : DataFrame
        As the store has them.
    sections : list of dict
        The ``[[cases]]`` of the run's settings.
    years : int
        How many years a period has; periods begin at years that it divides.
    """
    for section in _registers(cases, sections):
        rows = cases[(cases["dataset"] == section["id"]) & (cases["detection"] == "reported")]
        rows = rows[rows["year_from"] == rows["year_to"]]
        for period in sorted({_period(int(year), years) for year in rows["year_from"]}):
            of_years = [_year(rows, year) for year in range(period.first, period.last + 1)]
            levels = {level for level, _ in of_years}
            if len(levels) == 1 and None not in levels:
                tree = _tree(districts, str(levels.pop()))
                absent = 0 if section.get("absent") == "zero" else None
                leaves = [_leaves(tree, seen, absent) for _, seen in of_years]
                if None not in leaves:
                    total = {
                        area: _sum([one[area] for one in leaves if one]) for area in tree.leaves
                    }
                    yield Counted(section["outcome"], period, tree, tree.sums(total))


def _registers(cases: pd.DataFrame, sections: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of each outcome the first register with counts of districts, else the first with any."""
    chosen: dict[str, dict[str, Any]] = {}
    reported = cases[cases["detection"] == "reported"]
    fine = set(reported.loc[reported["area_type"] == "district", "dataset"])
    for known in (fine, set(reported["dataset"])):
        for section in sections:
            if section.get("id") in known and not section.get("beside"):
                chosen.setdefault(section["outcome"], section)
    yield from (chosen[outcome] for outcome in sorted(chosen))


def _period(year: int, years: int) -> Period:
    first = year - year % years
    return Period(first, first + years - 1)


def _year(rows: pd.DataFrame, year: int) -> tuple[str | None, pd.DataFrame]:
    """The level of areas that a year was counted at, where it is one, with its rows."""
    seen = rows[rows["year_from"] == year]
    levels = set(seen["area_type"])
    return (levels.pop() if len(levels) == 1 and levels <= set(COLUMN) else None), seen


def _leaves(tree: Tree, seen: pd.DataFrame, absent: int | None) -> dict[Area, int | None] | None:
    """Counts of the finest areas in a year; None where a row is of an area that is not known."""
    of_districts = all(area.startswith("district:") for area in tree.leaves)
    counts: dict[Area, int | None] = dict.fromkeys(tree.leaves, absent if of_districts else None)
    for level, area, count, observed in seen[["area_type", "area", "count", "observed"]].itertuples(
        index=False
    ):
        if f"{level}:{area}" not in counts:
            return None
        counts[f"{level}:{area}"] = round(float(count)) if observed else None
    return counts


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _tree(districts: pd.DataFrame, finest: str) -> Tree:
    """Areas down to a level; one whose parent is not named lies in the whole directly."""
    parents: dict[Area, Area] = {}
    levels = FINEST_FIRST[FINEST_FIRST.index(finest) :]
    for row in districts.to_dict("records"):
        chain = [
            f"{level}:{row[COLUMN[level]]}" for level in levels if pd.notna(row[COLUMN[level]])
        ]
        for area, around in zip(chain, [*chain[1:], WHOLE], strict=True):
            parents.setdefault(area, around)
    return Tree(parents)
