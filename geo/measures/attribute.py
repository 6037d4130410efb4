"""A number that a table has for each district, or for a wider area."""

from __future__ import annotations

import numpy as np

from geo.factor import Factor
from geo.geodesy import Floats
from geo.layer import Features, Layer
from geo.measures.base import Measure
from geo.region import Ground
from vigia.errors import GeometryError


class Attribute(Measure):
    """The table's value for the district's code; without a row, its province's, its department's.

    Missing: none of the three has a row, or the first that has one has no value in it. Districts
    without a boundary have an answer too.

    Source: the table's own.
    """

    name = "attribute"
    of = "attributes"
    whole = True

    def unit(self, factor: Factor) -> str:
        return ""

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        features = layer.near(None).standing(year)
        _refuse_twice(layer, features)
        known = dict(zip(features.code.tolist(), features.value.tolist(), strict=True))
        known.pop(None, None)
        provinces, departments = ground.parents
        return np.array(
            [
                next((known[code] for code in codes if code in known), np.nan)
                for codes in zip(ground.codes, provinces, departments, strict=True)
            ],
            dtype=float,
        )


def _refuse_twice(layer: Layer, features: Features) -> None:
    codes = np.array([code for code in features.code if code is not None], dtype=object)
    once, count = np.unique(codes, return_counts=True)
    if (count > 1).any():
        raise GeometryError(
            f'Layer "{layer.name}" has several rows for the code {once[count > 1][0]!r} at the '
            "same time.",
            hint="Keep one row for each code (keep = in vigia.toml), or say with until_year when "
            "a row gives way to the next.",
        )
