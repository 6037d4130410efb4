"""Layers and the factors that are made of them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from geo.factor import Direction, Per, Season, Statistic
from vigia.settings.base import CreditedInput, Frozen, Role, Service, Slug, Support

OF_RASTERS = ("band", "year_in_name", "nodata")


class FactorSettings(Frozen):
    """One column of the feature table, made of this layer."""

    measure: Slug
    support: Support = "polygon"
    radius_km: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)
    per: Per | None = None
    weighted: bool = False
    season: Season | None = None  # of the water
    direction: Direction | None = None  # of the targets
    statistic: Statistic | None = None  # of a raster's cells
    classes: tuple[int, ...] = ()
    sign: Literal["+", "-"] | None = None  # what the literature expects of its effect
    weight: float | None = Field(default=None, ge=-5, le=5)  # experts': on the log rate, by one sd

    @model_validator(mode="after")
    def _weight_follows_sign(self) -> Self:
        if self.weight and self.sign and (self.weight > 0) != (self.sign == "+"):
            raise ValueError(f"the weight {self.weight:g} goes against the sign {self.sign!r}")
        return self

    @model_validator(mode="after")
    def _a_share_is_of_classes(self) -> Self:
        if bool(self.classes) != (self.statistic == "share"):
            raise ValueError('statistic = "share" and classes go together: give both or neither')
        return self

    def column(self) -> tuple[object, ...]:
        """All that makes it another column than the layer's other factors."""
        told = self.model_dump(exclude={"sign", "weight"})
        return tuple(told.values())


class LayerInput(CreditedInput):
    """Geographic data of one risk factor, or a table of attributes joined by code."""

    id: Slug
    label: str
    label_en: str
    role: Role
    service: Service | None = None  # what people find there, told with the ways to it
    kind: Literal["geometry", "attributes", "raster"] = "geometry"
    code: str | None = None  # attributes: the column that joins; points: checked against place
    code_level: Literal["district", "province", "department"] = "district"
    value: str | None = None
    from_year: str | None = None  # column: first year in which the feature exists
    until_year: str | None = None  # column: first year in which it exists no longer
    series: Literal["increments", "stock"] = "increments"
    band: int = Field(default=1, ge=1)  # of a raster
    year_in_name: bool = False  # of a raster: its file name has the year from which it holds
    nodata: float | None = None  # of a raster that does not say which number means no data
    shelf_life_years: int | None = Field(default=None, ge=1)
    factors: tuple[FactorSettings, ...] = ()
    draw: bool = True  # offered on the map, where the licence allows it
    shown: bool = False  # and switched on there from the start

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        if self.kind == "attributes" and (self.code is None or self.value is None):
            raise ValueError("attributes need code and value columns")
        if self.service and self.kind != "geometry":
            raise ValueError("a service is a layer of places: attributes and rasters have none")
        if self.role == "context" and self.factors:
            raise ValueError("a context layer is drawn, never modelled: it takes no factors")
        if len({one.column() for one in self.factors}) < len(self.factors):
            raise ValueError("two of its factors have the same measure and support, and all else")
        return self

    @model_validator(mode="after")
    def _a_raster_has_no_columns(self) -> Self:
        columns = ("code", "value", "from_year", "until_year", "lon", "lat", "keep", "table")
        if self.kind != "raster":
            for name in OF_RASTERS:
                if name in self.model_fields_set:
                    raise ValueError(f'{name} is of rasters alone: say kind = "raster"')
            return self
        for name in columns:
            if getattr(self, name):
                raise ValueError(f"{name} says how to read rows; a raster has none")
        return self

    @model_validator(mode="after")
    def _a_stock_has_years(self) -> Self:
        if self.series == "stock" and self.from_year is None and not self.year_in_name:
            raise ValueError('series = "stock" needs from_year: each year gives way to the next')
        return self

    def good_until(self, date: str) -> str | None:
        """Last day of the shelf life of a file of ``date``, as text that sorts; None: no end.

        A date of a year or month alone counts from its end.
        """
        if self.shelf_life_years is None:
            return None
        year, _, rest = date.partition("-")
        month, _, day = rest.partition("-")
        return f"{int(year) + self.shelf_life_years}-{month or '12'}-{day or '31'}"
