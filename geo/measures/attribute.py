"""A number that a table has for each district, or for a wider area."""

from __future__ import annotations

import numpy as np

from geo.geodesy import Floats
from geo.layer import Features
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
    unit = ""
    takes = frozenset()

    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        known = dict(zip(features.code.tolist(), features.value.tolist(), strict=True))
        known.pop(None, None)
        self._refuse_twice(features)
        provinces, departments = ground.parents
        return np.array(
            [
                next((known[code] for code in codes if code in known), np.nan)
                for codes in zip(ground.codes, provinces, departments, strict=True)
            ],
            dtype=float,
        )

    @staticmethod
    def _refuse_twice(features: Features) -> None:
        codes = [code for code in features.code if code is not None]
        if len(set(codes)) == len(codes):
            return
        twice = min(code for code in set(codes) if codes.count(code) > 1)
        raise GeometryError(
            f'Layer "{features.layer}" has several rows for the code {twice!r} at the same time.',
            hint="Keep one row for each code (keep = in vigia.toml), or say with until_year when "
            "a row gives way to the next.",
        )
