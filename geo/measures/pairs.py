"""Pairs of rows, as spatial indexes give them, and what is added up over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.geodesy import Floats, Ints


def added(row: Ints, numbers: Floats, rows: int) -> Floats:
    """The numbers of each row, added in the order given; shape (rows,)."""
    return np.bincount(row, weights=numbers, minlength=rows).astype(float)


def sorted_pairs(pairs: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """Pairs by the first of each, then by the second: what is summed, is summed in this order."""
    first, second = pairs
    order = np.lexsort((second, first))
    return first[order], second[order]


def lowest(pairs: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """Of each second only its pair with the lowest first; sorted by the second."""
    first, second = pairs
    order = np.lexsort((first, second))
    first, second = first[order], second[order]
    begins = np.ones(len(second), dtype=bool)
    begins[1:] = second[1:] != second[:-1]
    return first[begins], second[begins]


def among(some: NDArray[np.intp], first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Which of the pairs are among ``some``."""
    size = int(second.max(initial=0)) + 1
    kept = some[:, some[1] < size]
    return are_in(first * size + second, kept[0] * size + kept[1])


def distinct(rows: Ints) -> Ints:
    """Each once, rising; by sorting, which for so many numbers is faster than by a table."""
    rising = np.sort(rows)
    kept = np.ones(len(rising), dtype=bool)
    kept[1:] = rising[1:] != rising[:-1]
    return rising[kept]


def are_in(numbers: Ints, some: Ints) -> NDArray[np.bool_]:
    """Which of the numbers are among ``some``."""
    rising = np.sort(some)
    place = np.minimum(np.searchsorted(rising, numbers), max(len(rising) - 1, 0))
    return rising[place] == numbers if len(rising) else np.zeros(len(numbers), dtype=bool)
