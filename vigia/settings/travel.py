"""How one gets about: ways and their speeds."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from vigia.settings.base import CreditedInput, Frozen, Kmh, Lat, Lon, Mode, Slug


class WayInput(CreditedInput):
    """Rivers or roads: lines that one travels along."""

    id: Slug
    mode: Mode
    class_column: str | None = None
    kmh_down_high: str | None = None  # columns with a line's own speeds, by direction and water
    kmh_up_high: str | None = None
    kmh_down_low: str | None = None
    kmh_up_low: str | None = None
    length_km: str | None = None  # a column; by default the length of the line
    crossings: bool = True  # lines that cross meet there

    @model_validator(mode="after")
    def _ways_are_lines(self) -> Self:
        if self.lon is not None:
            raise ValueError("ways are lines: lon and lat are of points")
        return self


class WaySpeed(Frozen):
    """Speeds of a class of ways, km/h: down and up the river, at high and at low water.

    0 is a way that cannot be used then. Without a class: of all others of the mode.
    """

    mode: Mode
    way_class: str | None = None
    down_high: Kmh
    up_high: Kmh | None = None
    down_low: Kmh | None = None
    up_low: Kmh | None = None

    @model_validator(mode="after")
    def _a_river_has_two_directions(self) -> Self:
        if self.mode == "road":
            if self.up_high is not None or self.up_low is not None:
                raise ValueError("a road has no current: down_high and down_low are its speeds")
            return self
        if self.up_high is None:
            raise ValueError("a river is slower upstream: give up_high too")
        if (self.down_low is None) != (self.up_low is None):
            raise ValueError("give both down_low and up_low, or neither")
        return self

    def kmh(self) -> tuple[float, float, float, float]:
        """``down_high, up_high, down_low, up_low``; low as high and, on roads, up as down."""
        up_high = self.down_high if self.up_high is None else self.up_high
        if self.down_low is None:
            return self.down_high, up_high, self.down_high, up_high
        return (
            self.down_high,
            up_high,
            self.down_low,
            (self.down_low if self.up_low is None else self.up_low),
        )


class TravelSettings(Frozen):
    """How one gets about. What is not given is as ``geo.travel`` has it."""

    walk_kmh: float | None = Field(default=None, gt=0, le=20)
    walk_limit_minutes: float | None = Field(default=None, ge=0, le=10_080)
    snap_m: float | None = Field(default=None, ge=0, le=10_000)
    transfer_minutes: float | None = Field(default=None, ge=0, le=10_080)
    gap_m: float | None = Field(default=None, ge=0, le=100_000)
    outlet_km: float | None = Field(default=None, ge=0, le=1000)
    river_classes: tuple[str, ...] = ()  # from the widest to the narrowest
    outlets: tuple[tuple[Lon, Lat], ...] = ()  # where the rivers leave the area
    ports: Slug | None = None  # a layer of points
    ways: Annotated[tuple[WayInput, ...], Field(min_length=1)]
    speeds: tuple[WaySpeed, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [way.id for way in self.ways]
        if len(set(ids)) < len(ids):
            raise ValueError("[[travel.ways]] has an id more than once")
        classes = [(one.mode, one.way_class) for one in self.speeds]
        if len(set(classes)) < len(classes):
            raise ValueError("[[travel.speeds]] has a class more than once")
        return self
