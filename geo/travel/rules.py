"""The rules of travel: how fast each way is, how far people walk, what a change of boat costs.

Every default is listed with its source in docs/travel.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from geo.geodesy import Floats
from vigia.errors import GeometryError

RIVER, ROAD = 0, 1
MODES = ("river", "road")
SEASONS = ("high", "low")
DIRECTIONS = ("to", "from")
SPEED_COLUMNS = ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low")
MINUTES_PER_HOUR = 60.0
PLANE_SLACK = 1.05  # the plane may be off by as much; walks are measured on the ellipsoid


@dataclass(frozen=True)
class WaySpeeds:
    """Kilometres an hour on one class of way; 0 where it cannot be used in that season.

    Attributes
    ----------
    down_high, up_high : float
        With the current and against it, at high water (on roads: in the rains).
    down_low, up_low : float
        The same at low water. A road has no current: ``up`` is taken both ways.
    """

    down_high: float
    up_high: float
    down_low: float
    up_low: float

    def as_row(self) -> tuple[float, float, float, float]:
        """In the order of ``SPEED_COLUMNS``."""
        return self.down_high, self.up_high, self.down_low, self.up_low


def _same(high: float, low: float) -> WaySpeeds:
    return WaySpeeds(high, high, low, low)


DEFAULT_SPEEDS: Mapping[tuple[str, str | None], WaySpeeds] = {
    ("river", None): WaySpeeds(14.0, 8.5, 10.5, 6.4),
    ("road", None): _same(25.0, 32.0),
}


@dataclass(frozen=True)
class TravelRules:
    """What a network is built and travelled by.

    Attributes
    ----------
    snap_m : float
        Loose ends this near to another way of their kind are joined to it; a place this near to a
        way stands on it.
    walk_kmh : float
        Off the network, in a straight line.
    walk_limit_minutes : float
        Of one walk; what lies beyond is out of reach.
    transfer_minutes : float
        For a change between river and road, where a port has no figure of its own.
    speeds : mapping of (mode, class) to WaySpeeds
        For what the table of ways leaves open; the class None is for all others of the mode.
    river_classes : tuple of str
        From the widest to the narrowest: where a river without a named outlet is taken to end.
    gap_m : float
        Loose ends that miss another way by no more than this are reported as gaps.
    outlet_km : float
        A named outlet farther than this from every river is refused.
    """

    snap_m: float = 100.0
    walk_kmh: float = 3.0
    walk_limit_minutes: float = 480.0
    transfer_minutes: float = 30.0
    speeds: Mapping[tuple[str, str | None], WaySpeeds] = field(
        default_factory=lambda: dict(DEFAULT_SPEEDS)
    )
    river_classes: tuple[str, ...] = ()
    gap_m: float = 1000.0
    outlet_km: float = 10.0

    def __post_init__(self) -> None:
        for name in ("snap_m", "walk_limit_minutes", "transfer_minutes", "gap_m", "outlet_km"):
            _require(name, getattr(self, name), least=0.0)
        if not self.walk_kmh > 0 or not np.isfinite(self.walk_kmh):
            raise GeometryError(
                f"walk_kmh is {self.walk_kmh:g}.",
                hint="Give kilometres an hour above 0; forbid walking with walk_limit_minutes = 0.",
            )
        for (mode, way_class), speeds in self.speeds.items():
            if mode not in MODES:
                raise GeometryError(
                    f"Speeds are given for the mode {mode!r}.",
                    hint=f"Modes are {' and '.join(MODES)}.",
                )
            for column, kmh in zip(SPEED_COLUMNS, speeds.as_row(), strict=True):
                _require(f"{column} of {mode} {way_class or ''}".rstrip(), kmh, least=0.0)

    def speeds_of(self, mode: str, way_class: str | None) -> WaySpeeds:
        """Of a class of way; where it is not listed, of the mode."""
        for key in ((mode, way_class), (mode, None)):
            if key in self.speeds:
                return self.speeds[key]
        return DEFAULT_SPEEDS[mode, None]

    @property
    def walk_reach_m(self) -> float:
        """Metres of the plane within which walks are looked for; a little more than the limit."""
        return self.walk_limit_minutes / MINUTES_PER_HOUR * self.walk_kmh * 1000 * PLANE_SLACK

    def walk_minutes(self, km: Floats) -> Floats:
        """Minutes on foot; infinite beyond the limit."""
        minutes = np.asarray(km, dtype=float) / self.walk_kmh * MINUTES_PER_HOUR
        return np.where(minutes <= self.walk_limit_minutes, minutes, np.inf)


def _require(name: str, value: float, least: float) -> None:
    if not (np.isfinite(value) and value >= least):
        raise GeometryError(f"{name} is {value:g}.", hint=f"Give a number from {least:g} up.")


def season_index(season: str) -> int:
    """Where a season stands in ``SEASONS``.

    Raises
    ------
    GeometryError
        When there is no such season.
    """
    if season not in SEASONS:
        raise GeometryError(
            f"There is no season {season!r}.", hint='Write "high" or "low" (water).'
        )
    return SEASONS.index(season)


def is_towards(direction: str) -> bool:
    """Whether people go to the targets, and do not come from them.

    Raises
    ------
    GeometryError
        When there is no such direction.
    """
    if direction not in DIRECTIONS:
        raise GeometryError(f"There is no direction {direction!r}.", hint='Write "to" or "from".')
    return direction == "to"
