"""The measures by name."""

from __future__ import annotations

from difflib import get_close_matches

from geo.measures.attribute import Attribute
from geo.measures.base import Measure
from geo.measures.counts import CountDensity
from geo.measures.distance import Distance
from geo.measures.kernel import KernelDensity
from geo.measures.overlay import LengthDensity, ShareOfArea
from geo.measures.travel import TravelTime, WalkedShare
from geo.measures.zonal import Zonal
from vigia.errors import GeometryError

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Distance(),
        ShareOfArea(),
        LengthDensity(),
        CountDensity(),
        KernelDensity(),
        Zonal(),
        TravelTime(),
        WalkedShare(),
        Attribute(),
    )
}


def measure_named(name: str) -> Measure:
    """The measure of that name.

    Raises
    ------
    GeometryError
        When there is none; the hint has the nearest right name.
    """
    if name in MEASURES:
        return MEASURES[name]
    near = get_close_matches(name, MEASURES, n=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(MEASURES)}."
    raise GeometryError(f'There is no measure "{name}".', hint=hint)


__all__ = ["MEASURES", "Measure", "measure_named"]
