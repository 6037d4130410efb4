"""What factors do, told to those who know the ground: signs that surprise, and partial effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from models.challengers.training import signs_of
from models.forecast import Floats
from models.scores import INTERVAL

SHARES = np.arange(11) / 10  # of people, at whose quantiles an effect is told
ROUNDING = 1e-9


def contradictions(
    coefficient_draws: ArrayLike,
    names: Sequence[str],
    signs: Mapping[str, int],
    least: float = 0.9,
) -> list[tuple[str, float]]:
    """Factors that probably work against what the literature expects of them.

    Parameters
    ----------
    coefficient_draws : array of shape (factors, draws)
        From a fit that was free to find either sign.
    names : sequence of str
    signs : mapping of name to +1 or -1
        Expected; factors that it does not name, or names with 0, contradict nothing.
    least : float
        Probability of the opposite sign from which on a factor is told of.

    Returns
    -------
    list of (name, probability)
        In the order of ``names``.

    Raises
    ------
    ModelError
        When a name is unknown or a sign is none of +1, 0 and -1.
    """
    expected = signs_of(signs, names, default=0)
    against = np.asarray(coefficient_draws, dtype=np.float64) * expected[:, np.newaxis] < 0
    opposite = against.mean(axis=1)
    return [
        (name, float(chance))
        for name, chance, sign in zip(names, opposite, expected, strict=True)
        if sign and chance >= least
    ]


def partial_effects(
    values: ArrayLike,
    coefficient_draws: ArrayLike,
    names: Sequence[str],
    people: ArrayLike,
    *,
    design: ArrayLike | None = None,
) -> pd.DataFrame:
    """What the rate is at low and high values of a factor, all others being equal.

    Parameters
    ----------
    values : array of shape (districts, factors)
        In the units that readers know; a district with a missing one does not count for it.
    coefficient_draws : array of shape (factors, draws)
    names : sequence of str
    people : array of shape (districts,)
    design : array of shape (districts, factors), optional
        What the coefficients multiply, where that is not ``values``: standardised, or logarithms.

    Returns
    -------
    DataFrame
        factor; share (0, 0.1 ... 1) of people who live at no more than ``value``, which is a value
        of some district; mean, low and high (95 %) of the rate relative to that at the
        person-weighted mean of what the coefficient multiplies. No row for a factor that is known
        nowhere.
    """
    told = np.asarray(values, dtype=np.float64)
    moved = told if design is None else np.asarray(design, dtype=np.float64)
    draws = np.asarray(coefficient_draws, dtype=np.float64)
    weights = np.asarray(people, dtype=np.float64)
    known = ~np.isnan(told) & (weights > 0)[:, np.newaxis]
    parts = [
        _effect(told[seen, j], moved[seen, j], draws[j], weights[seen]).assign(factor=name)
        for j, (name, seen) in enumerate(zip(names, known.T, strict=True))
        if seen.any()
    ]
    columns = ["factor", "share", "value", "mean", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _effect(told: Floats, moved: Floats, draws: Floats, people: Floats) -> pd.DataFrame:
    order = np.argsort(told, kind="stable")
    reached = np.cumsum(people[order])
    at = order[np.searchsorted(reached, SHARES * reached[-1] * (1 - ROUNDING))]
    away = moved[at] - np.average(moved, weights=people)
    relative = np.exp(away[:, np.newaxis] * draws)
    low, high = np.quantile(relative, INTERVAL, axis=1)
    return pd.DataFrame(
        {
            "share": SHARES,
            "value": told[at],
            "mean": relative.mean(axis=1),
            "low": low,
            "high": high,
        }
    )
