"""From one published year to another: links between the maps of a service."""

from __future__ import annotations

from dataclasses import dataclass

from maps.released import Released
from maps.words import Language


@dataclass(frozen=True)
class YearLink:
    """A year that has a map, where it is, and whether it is the one that is shown."""

    year: str
    href: str
    shown: bool


def year_links(current: Released, shown: int, language: Language) -> list[YearLink]:
    """The years for which runs were published, the last one first; none where there is but one.

    Parameters
    ----------
    current : Released
        What is published now.
    shown : int
        The year of the page that they stand on.
    """
    found = {current.target_year: f"/?lang={language}"}
    for one in current.beside.others:
        found.setdefault(one.target_year, f"/map/year/{one.run}?lang={language}")
    years = sorted(found, reverse=True) if len(found) > 1 else []
    return [YearLink(str(year), found[year], year == shown) for year in years]
