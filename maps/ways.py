"""Rivers and roads that one travels on, as the ground of the map: what lies where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from data.publish import way_key
from geo.simplify import simplify_lines
from maps.factors import TRAVEL, Factor
from maps.layers import COLOURS, Layers, credit_lines, hidden_text
from maps.topology import STEPS, flat_arcs
from maps.words import Words

MOST_POINTS = 60_000  # as of the districts' borders
# Paler than layers, and of no level's hue.
WAY_COLOURS: Mapping[str, str] = {"river": "#5b8fb3", "road": "#83769a"}


def drawn_ways(layers: Layers) -> list[str]:
    """The keys of the ways among what may be drawn."""
    return [key for key in layers if key.startswith(way_key(""))]


def way_lines(ways: gpd.GeoDataFrame, most_points: int = MOST_POINTS) -> dict[str, Any]:
    """Ways (EPSG:4326) as ``static/choropleth.js`` draws them.

    Returns
    -------
    dict
        ``corner``, ``step`` and ``arcs`` in the form of ``maps.topology.topology``.
    """
    light = simplify_lines(ways.geometry.to_numpy(), most_points)
    if len(light) == 0:
        return {"corner": [0.0, 0.0], "step": 1.0, "arcs": []}
    west, south, east, north = shapely.total_bounds(light)
    step = float(max(east - west, north - south, 1e-6)) / STEPS
    xy, line = shapely.get_coordinates(light, return_index=True)
    grid = np.round((xy - [west, south]) / step).astype(np.int64)
    arcs = np.split(grid, np.flatnonzero(np.diff(line)) + 1)
    return {"corner": [float(west), float(south)], "step": step, "arcs": flat_arcs(arcs)}


def ways_group(
    travel: Mapping[str, Any] | None, drawable: Layers, factors: Sequence[Factor], words: Words
) -> list[dict[str, Any]]:
    """Rivers and roads that travel times rest on or that may be drawn, as one more group."""
    travels = any(factor["measure"] in TRAVEL for factor in factors)
    ways = [] if travel is None else travel["ways"]
    told = [way for way in ways if travels or way_key(way["id"]) in drawable]
    if not told:
        return []
    modes = [way["mode"] for way in told]
    return [
        {
            "title": words("layers.travel") if travels else words("layers.ground"),
            "note": words("layers.travel_note") if travels else "",
            "layers": [
                _entry(way, drawable, words, alone=modes.count(way["mode"]) == 1) for way in told
            ],
        }
    ]


def _entry(way: Mapping[str, Any], drawable: Layers, words: Words, *, alone: bool) -> Any:
    key, mode = way_key(way["id"]), way["mode"]
    drawn = key in drawable
    label = words(f"layers.ground_{mode}") if drawn else words(f"layers.way_{mode}")
    return {
        "id": key,
        "way": way["id"],
        "label": label if alone else f"{label} ({way['id'].replace('_', ' ')})",
        "role": "travel",
        "colour": len(COLOURS) + list(WAY_COLOURS).index(mode),
        "drawn": drawn,
        "on": drawn,
        "hidden": "" if drawn else hidden_text(way["licence"], words),
        "credit": credit_lines(way, words),
    }
