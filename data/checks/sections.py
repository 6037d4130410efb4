"""The sections of a project file: how each names its columns, and what checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.checks import (
    areas,
    cases,
    contacts,
    district_tables,
    districts,
    effort,
    layers,
    population,
    ways,
)
from data.checks.region import Region
from data.checks.sheet import Sheet
from vigia.settings import FileInput, ProjectSettings


@dataclass(frozen=True)
class Section:
    """One kind of input: what columns it needs, and what makes the canonical table of its rows."""

    columns: Callable[[Any], list[str | None]]
    check: Callable[[Sheet, Any, Region], pd.DataFrame]


SECTIONS: dict[str, Section] = {
    "districts": Section(districts.columns, districts.check),
    "areas": Section(areas.columns, areas.check),
    "crosswalks": Section(areas.crosswalk_columns, areas.check_crosswalk),
    "capitals": Section(district_tables.capital_columns, district_tables.check_capitals),
    "official_area": Section(district_tables.area_columns, district_tables.check_official_area),
    "population": Section(population.columns, population.check),
    "points": Section(population.point_columns, population.check_points),
    "layers": Section(layers.columns, layers.check),
    "cases": Section(cases.columns, cases.check),
    "effort": Section(effort.columns, effort.check),
    "contacts": Section(contacts.columns, contacts.check),
    "travel.ways": Section(ways.columns, ways.check),
}


def inputs_of(settings: ProjectSettings) -> Iterator[tuple[str, FileInput]]:
    """Dataset keys with what the project file says of them, in the order of reading."""
    yield "districts", settings.districts
    for section in ("areas", "crosswalks"):
        for item in getattr(settings, section):
            yield f"{section}/{item.id}", item
    single = {
        "capitals": settings.districts.capitals,
        "official_area": settings.districts.official_area,
        "population": settings.population,
        "points": settings.population.points,
    }
    for key, spec in single.items():
        if spec is not None:
            yield key, spec
    for section in ("layers", "cases", "effort", "contacts"):
        for item in getattr(settings, section):
            yield f"{section}/{item.id}", item
    for way in settings.travel.ways if settings.travel else ():
        yield f"travel.ways/{way.id}", way
