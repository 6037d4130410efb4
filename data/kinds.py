"""What the store must know of each kind of input: its table, its years, what a row speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Table

from data import tables


@dataclass(frozen=True)
class Kind:
    """One kind of input.

    Attributes
    ----------
    identity : tuple of str
        Columns that say which thing a row speaks of: of two versions of a thing, one changed.
        Empty where only equal rows are the same thing (features have no lasting number).
    order : tuple of str
        Columns that reads are sorted by.
    first_year, last_year : str, optional
        Columns with the years that a row speaks of; none where a new file replaces the whole old
        one. A row without a year speaks of all of them.
    """

    table: Table
    identity: tuple[str, ...]
    order: tuple[str, ...]
    first_year: str | None = None
    last_year: str | None = None

    @property
    def yearly(self) -> bool:
        return self.first_year is not None

    def standing(self, rows: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
        """Rows that stand when their input answers for ``years`` (none given: for all).

        A row of several years stands as long as none of them was taken over: what was counted
        again is never counted twice.
        """
        if not years or self.first_year is None:
            return rows
        first = self._year(rows, self.first_year)
        last = self._year(rows, self.last_year or self.first_year)
        always = np.isnan(first)
        count_until = np.searchsorted(np.sort(np.asarray(years)), [first - 1, last], side="right")
        answered = count_until[1] - count_until[0]
        stand: pd.DataFrame = rows[always | (answered == last - first + 1)]
        return stand

    @staticmethod
    def _year(rows: pd.DataFrame, column: str) -> np.ndarray:
        values = rows[column]
        if pd.api.types.is_datetime64_any_dtype(values):
            values = values.dt.year
        return values.to_numpy(dtype=float, na_value=np.nan)


KINDS: dict[str, Kind] = {
    "districts": Kind(tables.districts, ("code",), ("code",)),
    "capitals": Kind(tables.capitals, ("code",), ("code",)),
    "official_area": Kind(tables.official_area, ("code",), ("code",)),
    "points": Kind(tables.points, (), ("code",)),
    "population": Kind(
        tables.population, ("area_type", "area", "year"), ("area_type", "area", "year"), "year"
    ),
    "layers": Kind(tables.layer_features, (), (), "from_year"),
    "travel.ways": Kind(tables.ways, (), ()),
    "cases": Kind(
        tables.cases,
        ("outcome", "area_type", "area", "year_from", "year_to", "detection"),
        ("area_type", "area", "year_from", "year_to", "outcome", "detection"),
        "year_from",
        "year_to",
    ),
    "areas": Kind(tables.areas, ("area_type", "area"), ("area_type", "area")),
    "crosswalks": Kind(
        tables.crosswalk, ("area_type", "area", "code", "year_from"), ("area_type", "area", "code")
    ),
    "contacts": Kind(
        tables.contacts, ("area_type", "area", "institution"), ("area_type", "area", "institution")
    ),
    "effort": Kind(tables.effort, ("code", "date", "method", "outcome"), ("code", "date"), "date"),
}


def kind_of(key: str) -> Kind:
    """The kind of a dataset key such as ``layers/mining``."""
    return KINDS[key.split("/", 1)[0]]
