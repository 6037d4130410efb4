"""Recorded cases of a district, as far as everybody may know of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from data.counts.recorded import Period
from data.counts.told import cells, row
from maps.released import Released
from maps.words import Words


@dataclass(frozen=True)
class CasesFact:
    """What is told of the recorded cases of an outcome in a district.

    Attributes
    ----------
    told : tuple of (str, str)
        Years and count.
    withheld : bool
        Others are recorded or not, and nobody is told.
    """

    told: tuple[tuple[str, str], ...] = ()
    withheld: bool = False

    def sentences(self, words: Words) -> list[str]:
        """In words; with nothing told of the district at all, that."""
        said = [words("detail.cases_told", years=years, n=count) for years, count in self.told]
        if self.withheld:
            said.append(words("detail.cases_withheld" if said else "detail.cases_all_withheld"))
        return said or [words("detail.no_cases_told")]


def cases_of(released: Released, outcome: str, words: Words) -> Mapping[str, CasesFact]:
    """By code of the districts of which anything was settled."""
    release = released.beside.counts
    if release is None:
        return {}
    told: dict[str, list[tuple[str, str]]] = defaultdict(list)
    withheld: set[str] = set()
    for table, area in cells(
        release, lambda one, level: one.outcome == outcome and level == "district"
    ):
        code, count = str(row(table, area)["code"]), row(table, area)["count"]
        if count is None:
            withheld.add(code)
        else:
            told[code].append((_years(table.period), words.count(count)))
    return {code: CasesFact(tuple(told[code]), code in withheld) for code in {*told, *withheld}}


def _years(period: Period) -> str:
    return str(period.first) if period.first == period.last else f"{period.first}–{period.last}"
