"""What a factor looks like to a model: held at what was seen, and as a logarithm where skewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.geodesy import Floats
from vigia.errors import ModelError

SKEWED = 1.0  # skewness from which on a factor is taken as its logarithm


@dataclass(frozen=True)
class Shapes:
    """Learned on rows that teach, applied to any.

    A factor that is never negative and has a long upper tail (hectares, hours, densities) counts
    as log(1 + value / typical), or the few largest would decide its coefficient. Beyond the least
    and the largest value seen no line is drawn on: the factor counts as that value.

    Attributes
    ----------
    names : tuple of str
    least, most : arrays of shape (factors,)
        As seen.
    typical : array of shape (factors,)
        Median of the positive values of a factor that is taken as a logarithm; NaN of others.
    mean : array of shape (factors,)
        Person-weighted, after all this: what stands in where nothing is known.
    """

    names: tuple[str, ...]
    least: Floats
    most: Floats
    typical: Floats
    mean: Floats

    @classmethod
    def of(cls, rows: pd.DataFrame, names: Sequence[str], people: Floats) -> Shapes:
        """Learn from rows; values that are missing teach nothing."""
        values = rows[list(names)].to_numpy(dtype=float)
        _require_known(names, values)
        least, most = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        typical = np.array([_typical(column[~np.isnan(column)]) for column in values.T])
        bare = cls(tuple(names), least, most, typical, np.zeros(len(names)))
        shaped = bare.applied(rows)
        known = ~np.isnan(shaped)
        weight = np.where(known, people[:, np.newaxis], 0.0)
        mean = np.nansum(shaped * weight, axis=0) / weight.sum(axis=0)
        return cls(tuple(names), least, most, typical, np.asarray(mean))

    def of_some(self, names: Sequence[str]) -> Shapes:
        """The same of fewer factors."""
        kept = [self.names.index(name) for name in names]
        return Shapes(
            tuple(names), self.least[kept], self.most[kept], self.typical[kept], self.mean[kept]
        )

    def applied(self, rows: pd.DataFrame, *, filled: bool = False, held: bool = True) -> Floats:
        """Shape (rows, factors).

        Parameters
        ----------
        filled : bool
            Put the mean where a value is missing.
        held : bool
            Hold values at the least and the largest that was seen.
        """
        values = rows[list(self.names)].to_numpy(dtype=float, copy=True)
        if held:
            values = np.clip(values, self.least, self.most)
        is_log = ~np.isnan(self.typical)
        values[:, is_log] = np.log1p(np.maximum(values[:, is_log], 0) / self.typical[is_log])
        return np.where(np.isnan(values), self.mean, values) if filled else values

    def beyond(self, rows: pd.DataFrame) -> list[str]:
        """Factors that lie, in some row, outside of all that was seen."""
        values = rows[list(self.names)].to_numpy(dtype=float)
        outside = np.any((values < self.least) | (values > self.most), axis=0).tolist()
        return [name for name, is_out in zip(self.names, outside, strict=True) if is_out]


def _require_known(names: Sequence[str], values: Floats) -> None:
    if not len(values):
        raise ModelError(
            "No row is left to learn from.", hint="Bring counts of more years or districts."
        )
    for name, column in zip(names, values.T, strict=True):
        if np.isnan(column).all():
            raise ModelError(
                f"{name} is known in no row that teaches.",
                hint="Take out that factor, or bring a layer that covers where cases are counted.",
            )


def _typical(values: Floats) -> float:
    positive = values[values > 0]
    if values.min() < 0 or len(positive) == 0 or np.ptp(values) == 0:
        return float("nan")
    away = values - values.mean()
    skewness = (away**3).mean() / (away**2).mean() ** 1.5
    return float(np.median(positive)) if skewness > SKEWED else float("nan")
