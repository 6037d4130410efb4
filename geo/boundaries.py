"""Polygons of many districts, as geometries or, in a third of the memory, as they came in WKB."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.geodesy import Floats, Geometries, Ints

AT_ONCE = 4_096  # polygons unpacked


class Boundaries:
    """Polygons in a surface's coordinates; None where there is no boundary.

    Parameters
    ----------
    kept : array of geometries or bytes
        With ``packed``, WKB.
    packed : bool
    """

    def __init__(self, kept: NDArray[np.object_], *, packed: bool) -> None:
        self._kept, self._packed = kept, packed

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, rows: Ints | slice) -> Geometries:
        """Those of some rows, as geometries."""
        some = self._kept[rows]
        geometries: Geometries = shapely.from_wkb(some) if self._packed else some
        return geometries

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east and north of each, shape (n, 4); NaN where there is none."""
        found = np.empty((len(self), 4))
        for at in range(0, len(self), AT_ONCE):
            some = slice(at, at + AT_ONCE)
            found[some] = shapely.bounds(self.of(some))
        return found

    def touching(self, west: float, south: float, east: float, north: float) -> Ints:
        """Rows of those whose bounds touch a box."""
        left, low, right, high = self.bounds.T  # NaN touches nothing
        return np.flatnonzero((left <= east) & (right >= west) & (low <= north) & (high >= south))
