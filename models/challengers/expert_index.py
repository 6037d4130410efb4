"""The index that experts would draw up: no case is looked at to tell districts apart.

After INFORM (De Groeve, Poljansek & Vernaccini 2015, Index for Risk Management - INFORM,
EUR 26894): indicators from 0 to 10, arithmetic means within a dimension, geometric ones across.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from models.challengers.training import Signs, names_of, refuse_unknown, signs_of
from models.forecast import (
    RATE_UNIT,
    CountForecast,
    Floats,
    checked,
    fitted_dispersion,
    overall_rate,
)
from vigia.errors import ModelError

TOP = 10.0
LEAST_DIMENSION = 0.1  # one step of an index given to one decimal


class ExpertIndex(CountForecast, BaseEstimator):  # type: ignore[misc]
    """An INFORM-style index of 0 to 10, scaled to the overall rate.

    Every factor becomes an indicator: 0 at its low cap, 10 at its high one, beyond them held
    there, and turned round where its expected sign is -1. Indicators are averaged within each
    dimension, dimensions by their geometric mean: a district is high only where all of them are.

    An index has no rate of its own. As a forecast it is scaled to all cases over all people,

        rate = overall rate x index / person-weighted mean index,

    so twice the index is twice the rate, which INFORM never claimed. A dimension counts as at
    least 0.1, or a single 0 would make a case impossible.

    Parameters
    ----------
    signs : mapping of name to sign, sequence of signs, or None
        +1 (default) or -1; an index cannot do without a direction.
    dimensions : mapping of name to factors, or None
        Columns of each dimension; factors in none are left out. Default: each its own dimension.
    caps : mapping of name to (low, high), or None
        Stated caps, in the unit of the factor; default the least and largest value in training.

    Attributes
    ----------
    low_, high_ : arrays of shape (factors,)
        Caps. A factor whose caps are equal is 5 everywhere.
    signs_ : array of shape (factors,)
    dimensions_ : dict of name to positions of columns
    rate_per_point_ : float
        Cases per 100,000 people per year and point of the index.
    dispersion_ : float
    """

    def __init__(
        self,
        signs: Signs = None,
        *,
        dimensions: Mapping[str, Sequence[str]] | None = None,
        caps: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.signs = signs
        self.dimensions = dimensions
        self.caps = caps

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Take the caps and the scale; ``y`` decides on nothing but the overall rate.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
        y : array of shape (n,)
            Cases per 100,000 people per year, >= 0.
        sample_weight : array of shape (n,), optional
            People; default 1.

        Raises
        ------
        ModelError
            When there is no case, a rate is negative, or signs, dimensions or caps make no sense.
        """
        X, rates, people = checked(self, X, y, sample_weight)  # noqa: N806
        names = names_of(self)
        self.signs_ = signs_of(self.signs, names, default=1)
        if (self.signs_ == 0).any():
            raise ModelError(
                f"{names[int(np.argmin(abs(self.signs_)))]} has no expected direction.",
                hint="An index needs +1 or -1 for each factor; take the factor out otherwise.",
            )
        self.dimensions_ = self._dimensions(names)
        self.low_, self.high_ = self._caps(X, names)
        index = self._index(X)
        self.rate_per_point_ = overall_rate(rates, people) / float(
            np.average(index, weights=people)
        )
        exposed = people / RATE_UNIT
        expected = self.rate_per_point_ * index * exposed
        self.dispersion_ = fitted_dispersion(rates * exposed, expected)
        return self

    def index(self, X: Any) -> Floats:  # noqa: N803
        """The index, from 0.1 to 10, of shape (n,)."""
        check_is_fitted(self)
        return self._index(validate_data(self, X, dtype=np.float64, reset=False))

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""
        return self.index(X) * self.rate_per_point_

    def _index(self, X: Floats) -> Floats:  # noqa: N803
        points = self._indicators(X)
        dimensions = [points[:, columns].mean(axis=1) for columns in self.dimensions_.values()]
        logs = np.log(np.maximum(dimensions, LEAST_DIMENSION))
        return np.asarray(np.exp(logs.mean(axis=0)))

    def _indicators(self, X: Floats) -> Floats:  # noqa: N803
        width = self.high_ - self.low_
        share = (np.clip(X, self.low_, self.high_) - self.low_) / np.where(width > 0, width, 1.0)
        share = np.where(width > 0, share, 0.5)
        return np.asarray(TOP * np.where(self.signs_ > 0, share, 1 - share))

    def _dimensions(self, names: list[str]) -> dict[str, list[int]]:
        dimensions = {name: [name] for name in names}
        if self.dimensions is not None:
            dimensions = {name: list(columns) for name, columns in self.dimensions.items()}
        refuse_unknown([c for columns in dimensions.values() for c in columns], names, "dimensions")
        if not dimensions or not all(dimensions.values()):
            raise ModelError("A dimension has no factor.", hint="Name its columns or take it out.")
        return {name: [names.index(c) for c in columns] for name, columns in dimensions.items()}

    def _caps(self, X: Floats, names: list[str]) -> tuple[Floats, Floats]:  # noqa: N803
        low, high = X.min(axis=0), X.max(axis=0)
        refuse_unknown(self.caps or {}, names, "caps")
        for name, (least, most) in (self.caps or {}).items():
            if not least < most:
                raise ModelError(
                    f"The caps of {name} are {least} and {most}.", hint="Give the lower one first."
                )
            low[names.index(name)], high[names.index(name)] = least, most
        return low, high

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags
