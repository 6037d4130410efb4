"""Districts, the people in them, and wider areas."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from vigia.settings.base import CreditedInput, FileInput, Frozen, Slug, Year


class Change(Frozen):
    """District ``new`` was cut from ``old`` in ``year``: its people and cases count with ``old``.

    For districts that are not on the map.
    """

    old: str
    new: str
    year: Year


class CapitalsInput(FileInput):
    code: str
    name: str | None = None


class OfficialAreaInput(FileInput):
    code: str
    area_km2: str


class DistrictsInput(CreditedInput):
    """The areal units that get a score."""

    code: str
    name: str
    province: str | None = None
    department: str | None = None
    code_digits: int = Field(default=6, ge=1, le=20)
    province_digits: int = Field(default=4, ge=1, le=20)
    department_digits: int = Field(default=2, ge=1, le=20)
    changes: tuple[Change, ...] = ()
    capitals: CapitalsInput | None = None
    official_area: OfficialAreaInput | None = None

    @model_validator(mode="after")
    def _codes_nest(self) -> Self:
        if not self.department_digits <= self.province_digits <= self.code_digits:
            raise ValueError("code digits must nest: department <= province <= district")
        return self


class PointsInput(FileInput):
    """Population points: settlements, with people where the source has them."""

    code: str | None = None
    name: str | None = None
    people: str | None = None


class PopulationInput(FileInput):
    """People per district, by year: one column and a fixed year, or a column of years."""

    code: str
    people: str
    year: Year | None = None
    year_column: str | None = None
    points: PointsInput | None = None

    @model_validator(mode="after")
    def _one_way_to_tell_the_year(self) -> Self:
        if (self.year is None) == (self.year_column is None):
            raise ValueError("give either year (a number) or year_column (a column's name)")
        return self


class AreaInput(FileInput):
    """Reporting areas of one type: their codes and names, with boundaries where there are any."""

    id: Slug
    code: str
    name: str | None = None


class ContactsInput(FileInput):
    """Which institution answers for a district, a province or a department; no person."""

    id: Slug
    level: Literal["district", "province", "department"] = "district"
    code: str
    institution: str
    phone: str | None = None


class CrosswalkInput(FileInput):
    """Which districts a reporting area is made of."""

    id: Slug  # the area type it explains
    area: str
    code: str
    year_from: str | None = None
    year_to: str | None = None
