"""Ways to services: measured as factors are, kept with a run, and told of each district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from data.store import FeatureSet
from geo.factor import Factor, Season
from vigia.settings import ProjectSettings

Minutes = Mapping[str, Any]


def service_factors(settings: ProjectSettings) -> list[Factor]:
    """The way to each service at both waters, from where people live or else from the capital.

    None without ``[travel]``, or where nobody knows where in a district people live.
    """
    supports = [
        *(["population"] if settings.population.points else []),
        *(["capital"] if settings.districts.capitals else []),
    ]
    if settings.travel is None or not supports:
        return []
    return [
        Factor(layer=layer.id, measure="travel_time", support=supports[0], season=season)
        for layer in settings.layers
        if layer.service
        for season in get_args(Season)
    ]


def minutes_of(services: Sequence[Factor], table: pd.DataFrame) -> list[Minutes]:
    """At the end of the last year of a feature table, as JSON, districts in the table's order."""
    if not services:
        return []
    last = table.xs(table.index.get_level_values("year").max(), level="year")
    return [
        {
            "layer": factor.layer,
            "season": factor.season,
            "codes": last.index.tolist(),
            "minutes": [None if np.isnan(one) else one for one in last[factor.id]],
        }
        for factor in services
    ]


def service_table(features: FeatureSet) -> pd.DataFrame:
    """The same as a table: layer, season, code, minutes."""
    rows = [
        (one["layer"], one["season"], code, minutes)
        for one in features.meta.get("service_minutes") or []
        for code, minutes in zip(one["codes"], one["minutes"], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["layer", "season", "code", "minutes"])
    return table.astype({"minutes": float})
