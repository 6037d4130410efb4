"""Layers that change with the years: which they are, and the years that the map can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from maps.layers import Layers, display_layer, drawn_layers, yearly_layer
from maps.released import Released


@dataclass(frozen=True)
class LayerYears:
    """At the end of which years layers can be looked at.

    Attributes
    ----------
    first, last : int
        Where the slider begins and ends.
    seen : int
        The year at whose end the model saw them.
    ids : frozenset of str
        The layers that differ between those years; without any there is no slider.
    """

    first: int
    last: int
    seen: int
    ids: frozenset[str]


def layer_years(released: Released, layers: Layers) -> LayerYears:
    """The years of the layers that may be drawn.

    They begin with the first that a file tells of, and end with the files' dates, or when the model
    saw them: what a file says of years after it was made is not known.
    """
    seen = released.layers_year
    told = {name: _told(layers[name]) for name in drawn_layers(released.layers, layers)}
    dates = [int(one.date[:4]) for one in released.layers if any(map(len, told.get(one.id, ())))]
    last = max([seen, *dates])
    earliest = [year for begins, ends in told.values() for year in (*begins, *(ends - 1))]
    first = int(min([seen, *earliest]))
    differ = (
        name
        for name, years in told.items()
        if any(((one > first) & (one <= last)).any() for one in years)
    )
    return LayerYears(first, last, seen, frozenset(differ))


def drawn_layer(name: str, layer: gpd.GeoDataFrame, years: LayerYears) -> dict[str, Any]:
    """What the map reads of a layer: with years where the slider moves it, else as it was seen."""
    if name in years.ids:
        return yearly_layer(layer, years.first, years.last)
    return display_layer(layer, years.seen)


def _told(layer: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The years in which its features began, and those from which they are no more."""
    drawn = layer[layer.geometry.notna()]
    begins, ends = (drawn[name].dropna().unique() for name in ("from_year", "until_year"))
    return np.asarray(begins, dtype=int), np.asarray(ends, dtype=int)
