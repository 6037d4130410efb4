"""Who works out counts that were not told: an integer programme of all that is known of the areas.

It knows the tree of areas, everything that was told, and that counts are whole and not negative;
nothing of how it was decided what is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Areas = Mapping[str, str]  # the area around each


def bounds(parents: Areas, told: Iterable[tuple[str, int]], area: str) -> tuple[int, float]:
    """The smallest and the largest count that an area may have, by all that was told.

    Returns
    -------
    tuple
        The largest is infinite where nothing bounds it.

    Raises
    ------
    ValueError
        Where what was told contradicts itself.
    """
    inside = sorted(set(parents) - set(parents.values()))
    rows = [(np.array([_is_in(parents, leaf, one) for leaf in inside]), n) for one, n in told]
    wanted = np.array([_is_in(parents, leaf, area) for leaf in inside])
    known = [LinearConstraint(row, n, n) for row, n in rows]
    found: list[float] = []
    for sign in (1, -1):
        best = milp(sign * wanted, integrality=1, bounds=Bounds(0, np.inf), constraints=known)
        if best.status == 3 or (best.status == 4 and best.x is None):  # without an end
            found.append(np.inf)
        elif best.x is None:
            raise ValueError(f"nothing fits: {best.message}")
        else:
            found.append(float(round(wanted @ best.x)))
    return int(found[0]), found[1]


def _is_in(parents: Areas, leaf: str, area: str) -> int:
    here: str | None = leaf
    while here is not None:
        if here == area:
            return 1
        here = parents.get(here)
    return 0
