"""What a measure is, and what it refuses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from geo.geodesy import Floats
from geo.layer import Features, dimensions
from geo.region import Ground
from vigia.errors import GeometryError

KINDS = {0: "points", 1: "lines", 2: "polygons"}


class Measure(ABC):
    """How a layer becomes a number for a district.

    Attributes
    ----------
    name, unit : str
    supports : tuple of str
        Where in the district it can be measured.
    takes : frozenset of int
        Dimensions of the features that it can be measured of; empty for attributes.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    supports: ClassVar[tuple[str, ...]] = ("polygon",)
    takes: ClassVar[frozenset[int]]

    @abstractmethod
    def values(self, ground: Ground, features: Features, support: str) -> Floats:
        """A number for each district of ``ground.codes``, NaN where there is no answer.

        ``features`` are those that stand; there may be none of them.
        """

    def refuse(self, features: Features, support: str) -> None:
        """Raise a GeometryError where the layer or the support gives the measure no meaning."""
        if support not in self.supports:
            raise GeometryError(
                f'Layer "{features.layer}": {self.name} has no meaning for support = "{support}".',
                hint=f"Write support = {_either(self.supports)} in vigia.toml.",
            )
        if not self.takes:
            self._refuse_geometry(features)
        elif features.geometry is None:
            raise GeometryError(
                f'Layer "{features.layer}" has no geometry to take {self.name} of.',
                hint='Write measure = "attribute" in vigia.toml, or kind = "geometry".',
            )
        elif wrong := dimensions(features.geometry) - self.takes:
            found, fit = (_kinds(which) for which in (wrong, self.takes))
            raise GeometryError(
                f'Layer "{features.layer}" has {found}: {self.name} is of {fit}.',
                hint="Write another measure in vigia.toml, or split the layer.",
            )

    def _refuse_geometry(self, features: Features) -> None:
        if features.geometry is not None:
            raise GeometryError(
                f'Layer "{features.layer}" has geometry: {self.name} is of tables joined by code.',
                hint='Write kind = "attributes" in vigia.toml, or another measure.',
            )


def _kinds(which: set[int] | frozenset[int]) -> str:
    return " and ".join(KINDS[dimension] for dimension in sorted(which))


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(f'"{word}"' for word in words)
