"""Recorded cases, and the record of raids and visits."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from vigia.settings.base import Detection, FileInput, Slug, Stage, Year


class CasesInput(FileInput):
    """Recorded cases of one outcome in reporting areas and periods."""

    id: Slug
    outcome: Slug
    label: str
    label_en: str
    stage: Stage | None = None
    register_name: str = ""  # two registers of the same cases are never added
    area_type: Slug = "district"
    area: str | None = None  # the column with the area's code
    area_names: tuple[str, ...] = ()  # or its names, from the widest to the narrowest
    year: Year | None = None
    year_column: str | None = None
    year_to_column: str | None = None
    count: str
    detection: Detection = "reported"
    detection_column: str | None = None
    observed: str | None = None  # a column: rows with 0 or nothing in it are unobserved
    absent: Literal["zero", "unobserved"] = "unobserved"  # what a district without a row means
    grain: Literal["area_year", "part"] = "area_year"  # parts (stations, months) are added up
    exact_duplicates: Literal["refuse", "merge", "keep"] = "refuse"
    beside: bool = False  # shown beside the fit, never in it: it counts the same cases again
    approximate: str = ""  # says in what way the areas are an approximation

    @model_validator(mode="after")
    def _place_and_time(self) -> Self:
        if (self.area is None) == (not self.area_names):
            raise ValueError("give either area (a column of codes) or area_names (of names)")
        if (self.year is None) == (self.year_column is None):
            raise ValueError("give either year (a number) or year_column (a column's name)")
        return self


class EffortInput(FileInput):
    """Raids and visits: where, when, how long, what was found."""

    id: Slug
    code: str
    date_column: str
    team_days: str
    method: str | None = None
    outcome: str | None = None
    found: str | None = None
