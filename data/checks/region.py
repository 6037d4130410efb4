"""What the checks of every other file must know of the districts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import geopandas as gpd
import pandas as pd

from vigia.settings import Area, DistrictsInput


@dataclass(frozen=True)
class Region:
    """Districts and areas as read just now, and the day.

    ``districts`` is None where their file was refused: what rests on them is then not checked.
    """

    area: Area
    settings: DistrictsInput
    today: date
    districts: gpd.GeoDataFrame | None = None
    areas: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # type -> area, name

    @cached_property
    def codes(self) -> frozenset[str]:
        return self._set("code")

    @cached_property
    def provinces(self) -> frozenset[str]:
        return self._set("province_code")

    @cached_property
    def departments(self) -> frozenset[str]:
        return self._set("department_code")

    def _set(self, column: str) -> frozenset[str]:
        return frozenset() if self.districts is None else frozenset(self.districts[column])

    @cached_property
    def changes(self) -> dict[str, str]:
        """District not on the map -> the mapped one that it was cut from, however often."""
        direct = {change.new: change.old for change in self.settings.changes}
        settled = {}
        for new, cut_from in direct.items():
            old, seen = cut_from, {new}
            while old not in self.codes and old in direct and old not in seen:
                seen.add(old)
                old = direct[old]
            if new not in self.codes and old in self.codes:
                settled[new] = old
        return settled

    @cached_property
    def shapes(self) -> gpd.GeoDataFrame | None:
        """Districts that have a boundary; None where there is none."""
        if self.districts is None:
            return None
        shapes = self.districts[self.districts.geometry.notna()]
        return shapes if len(shapes) else None

    def digits(self, level: str) -> int:
        """Length of a code of a level."""
        return {
            "district": self.settings.code_digits,
            "province": self.settings.province_digits,
            "department": self.settings.department_digits,
        }[level]

    def known(self, level: str) -> frozenset[str]:
        """Codes of a level that the map has."""
        return {
            "district": self.codes,
            "province": self.provinces,
            "department": self.departments,
        }[level]
