"""A small reader of TopoJSON, written from the format's description, and no other code's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

Step = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Read:
    """What a TopoJSON text holds."""

    written: dict[str, Any]

    @property
    def arcs(self) -> list[np.ndarray]:
        """Each arc's positions as whole numbers, shape (n, 2)."""
        return [np.cumsum(np.array(arc), axis=0) for arc in self.written["arcs"]]

    def features(self, name: str) -> list[dict[str, Any]]:
        features: list[dict[str, Any]] = self.written["objects"][name]["geometries"]
        return features

    def geometries(self, name: str) -> dict[str, Any]:
        """In degrees by id; None where there is no polygon."""
        scale, translate = (
            np.array(self.written["transform"][key]) for key in ("scale", "translate")
        )
        arcs = [arc * scale + translate for arc in self.arcs]
        return {f["id"]: _geometry(f, arcs) for f in self.features(name)}

    def uses(self, name: str) -> np.ndarray:
        """How often each arc is named, either way round."""
        numbers = list(_flat([feature["arcs"] for feature in self.features(name)]))
        index = [number if number >= 0 else ~number for number in numbers]
        return np.bincount(index, minlength=len(self.written["arcs"]))

    def steps(self) -> list[Step]:
        """Every step of every arc, the lower end first."""
        return [
            tuple(sorted((tuple(start), tuple(end))))  # type: ignore[misc]
            for arc in self.arcs
            for start, end in zip(arc[:-1].tolist(), arc[1:].tolist(), strict=True)
        ]


def read(text: str) -> Read:
    return Read(json.loads(text))


def _geometry(feature: dict[str, Any], arcs: list[np.ndarray]) -> Any:
    polygons = feature["arcs"] if feature["type"] == "MultiPolygon" else [feature["arcs"]]
    if not polygons:
        return None
    made = []
    for rings in polygons:
        outer, *holes = (_ring(ring, arcs) for ring in rings)
        made.append(shapely.Polygon(outer, holes))
    return made[0] if feature["type"] == "Polygon" else shapely.MultiPolygon(made)


def _ring(numbers: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
    for before, after in zip(parts, parts[1:] + parts[:1], strict=True):
        assert np.array_equal(before[-1], after[0]), "arcs of a ring follow each other"
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _flat(nested: Any) -> Any:
    if isinstance(nested, int):
        yield nested
        return
    for item in nested:
        yield from _flat(item)
