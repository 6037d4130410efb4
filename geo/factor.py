"""One column of the feature table: which layer, how it is measured, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Per = Literal["area", "people"]
Season = Literal["high", "low"]
Direction = Literal["to", "from"]
Statistic = Literal["mean", "sum", "share"]


@dataclass(frozen=True)
class Factor:
    """A layer with a measure and a support; the rest is said only where it has a meaning.

    Attributes
    ----------
    radius_km : float, optional
        Of circles around the support's points, or by how much the polygon is grown; of a kernel,
        its bandwidth.
    per : {"area", "people"}, optional
        What a density is for: 1,000 km² (also where nothing is said) or 10,000 people.
    weighted : bool
        Whether features count with their value.
    season : {"high", "low"}, optional
        Of the water, for travel.
    direction : {"to", "from"}, optional
        Of travel: from the district to the layer (also where nothing is said), or back.
    statistic : {"mean", "sum", "share"}, optional
        Of a raster's cells.
    classes : tuple of float
        The values of a raster whose share is taken.
    """

    layer: str
    measure: str
    support: str = "polygon"
    radius_km: float | None = None
    per: Per | None = None
    weighted: bool = False
    season: Season | None = None
    direction: Direction | None = None
    statistic: Statistic | None = None
    classes: tuple[float, ...] = ()

    @property
    def id(self) -> str:
        """Layer, measure and support, and whatever else is said, joined by two underscores."""
        said = [
            self.layer,
            self.measure,
            self.support,
            None if self.radius_km is None else f"{self.radius_km:.15g}km",
            None if self.per is None else f"per_{self.per}",
            "weighted" if self.weighted else None,
            self.season,
            self.direction,
            self.statistic,
            "_".join(f"{value:.15g}" for value in self.classes) or None,
        ]
        return "__".join(part for part in said if part is not None)
