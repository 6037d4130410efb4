"""Whether what a model leaves unexplained still clusters on the map: Moran's I."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, sparray

from models.forecast import Floats

# What a permutation has to miss the value by to count as smaller: sums in another order differ.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Moran:
    """Moran's I of one map.

    Attributes
    ----------
    value : float
        Above ``expectation`` if neighbours are alike; NaN where nothing varies, or nobody has a
        neighbour.
    expectation : float
        -1 / (n - 1), the mean over all permutations.
    p_value : float
        Share of permutations, this map among them, whose I is at least as great: small if
        neighbours are more alike than chance makes them. Never 0.
    permutations : int
    """

    value: float
    expectation: float
    p_value: float
    permutations: int


def morans_i(
    residuals: ArrayLike, neighbours: sparray, seed: int, permutations: int = 999
) -> Moran:
    """Moran's I (1950, Biometrika 37:17-23) and its one-sided permutation test.

    The test takes every order of the residuals for equally likely (Cliff & Ord 1981, Spatial
    Processes; Phipson & Smyth 2010, Statistical Applications in Genetics and Molecular Biology
    9:39, why the map itself counts). So residuals should be of like variance (Pearson's, not raw
    counts) and of held-out rows: a model's residuals on its own training rows hang together.

    Parameters
    ----------
    residuals : array of shape (n,)
        At least two.
    neighbours : sparse array of shape (n, n)
        Weights >= 0, taken as they are (0 and 1, or rows that sum to 1), nothing on the diagonal.
    seed : int
    permutations : int
    """
    weights = csr_array(neighbours)
    values = np.asarray(residuals, dtype=np.float64)
    count = len(values)
    if count < 2 or weights.shape != (count, count):
        raise ValueError(f"neighbours must have the shape ({count}, {count}), of 2 or more")
    if weights.diagonal().any():
        raise ValueError("nobody is its own neighbour: the diagonal must be 0")
    if not np.isfinite(values).all():
        raise ValueError("residuals must be finite")
    expectation = -1 / (count - 1)
    if np.ptp(values) == 0 or not weights.sum() > 0:
        return Moran(float("nan"), expectation, float("nan"), permutations)
    apart = (values - values.mean()) / values.std()
    value = _likeness(apart, weights)
    random = np.random.default_rng(seed)
    as_great = sum(
        _likeness(random.permutation(apart), weights) >= value - ROUNDING
        for _ in range(permutations)
    )
    return Moran(value, expectation, (1 + as_great) / (1 + permutations), permutations)


def _likeness(apart: Floats, weights: csr_array) -> float:
    """Weighted mean over neighbours of the product of their standardised residuals."""
    return float(apart @ (weights @ apart) / weights.sum())
