"""Recorded cases of a district or a province, as far as everybody may know of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from data.counts.recorded import Period
from data.counts.told import cells, row
from maps.released import Released
from maps.words import Words

Level = Literal["district", "province"]


@dataclass(frozen=True)
class CasesFact:
    """What is told of the recorded cases of an outcome in an area.

    Attributes
    ----------
    told : tuple of (str, str)
        Years and count.
    withheld : bool
        Others are recorded or not, and nobody is told.
    """

    told: tuple[tuple[str, str], ...] = ()
    withheld: bool = False

    def sentences(self, words: Words, level: Level = "district") -> list[str]:
        """In words; with nothing told of the area at all, that."""
        said = [words("detail.cases_told", years=years, n=count) for years, count in self.told]
        if self.withheld:
            said.append(words("detail.cases_withheld" if said else "detail.cases_all_withheld"))
        if said:
            return said
        own = level == "district"
        return [words("detail.no_cases_told") if own else words("brief.no_cases_told")]


def cases_of(
    released: Released, outcome: str, words: Words, level: Level = "district"
) -> Mapping[str, CasesFact]:
    """By code of the areas of a level of which anything was settled."""
    release = released.beside.counts
    if release is None:
        return {}
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    withheld: set[str] = set()
    for table, area in cells(release, lambda one, its: one.outcome == outcome and its == level):
        code, count = str(row(table, area)["code"]), row(table, area)["count"]
        if count is None:
            withheld.add(code)
        else:
            told[code].append((_years(table.period), words.count(count)))
    return {code: CasesFact(tuple(told[code]), code in withheld) for code in {*told, *withheld}}


def _years(period: Period) -> str:
    return str(period.first) if period.first == period.last else f"{period.first}–{period.last}"
