"""Settlements that the search knows, each as its district: the risk is of districts."""

from __future__ import annotations

import pandas as pd

from data.settlements import LEAST_PEOPLE
from maps.payload import as_block
from maps.released import Released
from maps.words import Words

PLACE_DECIMALS = 2  # of a degree: the map only goes near


def settlements_said(released: Released, words: Words) -> str:
    """Which settlements can be found; nothing where there is none."""
    if _own(released).empty:
        return ""
    return words("search.settlements", n=words.count(LEAST_PEOPLE))


def settlements_block(released: Released) -> str:
    """As a block of JSON: of each its name, the row of its district, lat and lon; largest first."""
    own = _own(released)
    places = own[["lat", "lon"]].astype(float).round(PLACE_DECIMALS)
    return as_block(
        {
            "names": own["name"].tolist(),
            "districts": own["row"].tolist(),
            "at": places.to_numpy().tolist(),
        }
    )


def _own(released: Released) -> pd.DataFrame:
    """Those of the districts that are shown, with their rows."""
    rows = {code: row for row, code in enumerate(released.districts["code"])}
    found = released.beside.settlements
    found = found[found["code"].isin(list(rows))]
    return found.assign(row=found["code"].map(rows))
