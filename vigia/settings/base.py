"""Kinds of values that a project file may have, and how an input file is read."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"there is no time zone {name!r}; one is America/Lima") from None
    return name


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
PartialDate = Annotated[
    str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
]
Scalar = str | int | float | bool
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Role = Literal["risk", "detection", "context"]
Service = Literal["women", "prosecutor", "police", "health"]
Stage = Literal["recruitment", "transit", "exploitation"]
Support = Literal["polygon", "capital", "population"]
Detection = Literal["reported", "discovered"]
Mode = Literal["river", "road"]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Kmh = Annotated[float, Field(ge=0, le=400, allow_inf_nan=False)]


class Frozen(BaseModel):
    """Settings do not change after reading; they refuse unknown keys, other types and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FileInput(Frozen):
    """A file (or several of the same form) and how to read it.

    ``path`` may be a glob pattern; several files stack, and of two that speak of the same year the
    one ingested last counts.
    """

    path: Annotated[str, StringConstraints(min_length=1)]
    table: str | None = None  # the layer inside a GeoPackage
    encoding: str | None = None  # default: found out, and told in the report
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    crs: str | None = None  # of files that do not say, and of lon/lat columns (default EPSG:4326)
    lon: str | None = None
    lat: str | None = None
    keep: tuple[
        dict[str, str | int | float | bool], ...
    ] = ()  # a row stays if any of these fits it
    note: tuple[str, ...] = ()  # what the file cannot say of itself; shown with the layer
    source: str
    date: PartialDate
    licence: str = ""
    attribution: str = ""

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat name two columns: give both or neither")
        return self


class CreditedInput(FileInput):
    """An input that is drawn or served, and so must say whose it is; licence "" is unstated."""

    licence: str
    attribution: str
