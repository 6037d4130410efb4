"""What a measure is, and what it refuses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from geo.factor import Factor
from geo.geodesy import Floats
from geo.layer import Kind, Layer
from geo.region import Ground
from vigia.errors import GeometryError

KINDS = {0: "points", 1: "lines", 2: "polygons"}
LEAST_KM, MOST_KM = 0.01, 1000.0  # circles are drawn in a plane, which bends farther away
KNOWN_AT_LEAST = 0.5  # of a place's area: a mean of less says nothing of it
NEARLY_ALL = 0.9  # of its amount or people: what is left out would read as little, or as near
EVERYWHERE = ("polygon", "capital", "population")
WRITE_INSTEAD: dict[Kind, str] = {
    "features": 'Write a measure of features in vigia.toml, or another kind = than "geometry".',
    "attributes": 'Write measure = "attribute" in vigia.toml, or kind = "geometry".',
    "raster": 'Write measure = "zonal" in vigia.toml.',
}


class Measure(ABC):
    """How a layer becomes a number for a district.

    Attributes
    ----------
    name : str
    of : {"features", "attributes", "raster"}
        What kind of layer it is of.
    supports : tuple of str
        Where in the district it can be measured.
    takes : frozenset of int
        Dimensions of the features that it can be measured of.
    options : frozenset of str
        What a factor may say beyond layer, measure and support.
    whole : bool
        Whether it is measured for the whole region at once.
    """

    name: ClassVar[str]
    of: ClassVar[Kind] = "features"
    supports: ClassVar[tuple[str, ...]] = ("polygon",)
    takes: ClassVar[frozenset[int]] = frozenset({0, 1, 2})
    options: ClassVar[frozenset[str]] = frozenset()
    whole: ClassVar[bool] = False

    @abstractmethod
    def unit(self, factor: Factor) -> str:
        """Of its numbers."""

    @abstractmethod
    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        """A number for each district of ``ground.codes``, NaN where there is no answer.

        As of the end of ``year``, of which the layer is not silent.
        """

    def of_the_year(self, factor: Factor) -> bool:
        """Whether it changes from year to year though the same features stand."""
        return factor.per == "people"

    def refuse(self, layer: Layer, factor: Factor) -> None:
        """Raise a GeometryError where layer, support or options give the measure no meaning."""
        self._refuse_options(factor)
        if factor.support not in self.supports:
            raise GeometryError(
                f'Layer "{layer.name}": {self.name} has no meaning for support = '
                f'"{factor.support}".',
                hint=f"Write support = {_either(self.supports)} in vigia.toml.",
            )
        if layer.kind != self.of:
            raise GeometryError(
                f'Layer "{layer.name}" has {_has(layer.kind)}: {self.name} is of {_has(self.of)}.',
                hint=WRITE_INSTEAD[layer.kind],
            )
        if wrong := layer.dimensions - self.takes:
            found, fit = (_kinds(which) for which in (wrong, self.takes))
            raise GeometryError(
                f'Layer "{layer.name}" has {found}: {self.name} is of {fit}.',
                hint="Write another measure in vigia.toml, or split the layer.",
            )

    def _refuse_options(self, factor: Factor) -> None:
        for name in ("radius_km", "per", "weighted", "season", "direction", "statistic", "classes"):
            said = getattr(factor, name)
            if said not in (None, False, ()) and name not in self.options:
                raise GeometryError(
                    f'Layer "{factor.layer}": {self.name} takes no {name}.',
                    hint=f"Take {name} out of this factor in vigia.toml.",
                )
        if factor.radius_km is not None and not LEAST_KM <= factor.radius_km <= MOST_KM:
            raise GeometryError(
                f'Layer "{factor.layer}": radius_km = {factor.radius_km:g} is no radius.',
                hint=f"Write a number of kilometres from {LEAST_KM:g} to {MOST_KM:g}.",
            )


def require_radius(factor: Factor) -> None:
    """Raise a GeometryError where a measure around points does not say how far."""
    if factor.radius_km is None:
        raise GeometryError(
            f'Layer "{factor.layer}": {factor.measure} with support = "{factor.support}" needs a '
            "radius.",
            hint='Write radius_km = 25, say, in this factor, or support = "polygon".',
        )


def _has(kind: Kind) -> str:
    return {"features": "geometry", "attributes": "a table joined by code", "raster": "a grid"}[
        kind
    ]


def _kinds(which: frozenset[int]) -> str:
    return " and ".join(KINDS[dimension] for dimension in sorted(which))


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(f'"{word}"' for word in words)
