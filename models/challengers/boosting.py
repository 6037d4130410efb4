"""Boosted trees that may bend as they like, but only in the expected direction."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted, validate_data

from models.challengers.training import Signs, merged, names_of, signs_of
from models.forecast import (
    RATE_UNIT,
    CountForecast,
    Floats,
    checked,
    fitted_dispersion,
    overall_rate,
)

MOST_BINS = 63  # of a factor's values; more take longer and tell a small tree nothing


class MonotonicBoosting(CountForecast, BaseEstimator):  # type: ignore[misc]
    """Gradient boosting of Poisson trees under monotonic constraints.

    Trees are kept small, as are the data: a few hundred districts cannot carry deep ones. A
    missing factor is sent the way in each split that fitted best, and needs no filling.

    Parameters
    ----------
    signs : mapping of name to sign, sequence of signs, or None
        +1: the rate never falls where the factor rises; -1: never rises; 0 (default): free.
    trees : int
    learning_rate : float
        Share of each tree that counts.
    most_leaves : int
        Most leaves of a tree.
    least_places : int
        Least number of districts (rows with different factors) in a leaf.
    random_state : int, optional
        Seed.

    Attributes
    ----------
    signs_ : array of shape (factors,)
    dispersion_ : float
    """

    def __init__(
        self,
        signs: Signs = None,
        *,
        trees: int = 100,
        learning_rate: float = 0.05,
        most_leaves: int = 6,
        least_places: int = 15,
        random_state: int | None = 0,
    ) -> None:
        self.signs = signs
        self.trees = trees
        self.learning_rate = learning_rate
        self.most_leaves = most_leaves
        self.least_places = least_places
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Fit to rates.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
            May have missing values.
        y : array of shape (n,)
            Cases per 100,000 people per year, >= 0.
        sample_weight : array of shape (n,), optional
            People; default 1.

        Raises
        ------
        ModelError
            When there is no case, a rate is negative, or a sign cannot be read.
        """
        X, rates, people = checked(  # noqa: N806
            self, X, y, sample_weight, ensure_all_finite="allow-nan"
        )
        self.signs_ = signs_of(self.signs, names_of(self), default=0)
        self.overall_ = overall_rate(rates, people)
        places, place_rates, place_people = merged(X, rates, people)
        self.boosting_ = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.most_leaves,
            min_samples_leaf=self.least_places,
            max_bins=MOST_BINS,
            monotonic_cst=self.signs_,
            early_stopping=False,
            random_state=self.random_state,
        ).fit(places, place_rates / self.overall_, place_people / place_people.mean())
        self.n_iter_ = self.boosting_.n_iter_
        exposed = people / RATE_UNIT
        self.dispersion_ = fitted_dispersion(rates * exposed, self._rates(X) * exposed)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""
        check_is_fitted(self)
        options = {"dtype": np.float64, "ensure_all_finite": "allow-nan", "reset": False}
        return self._rates(validate_data(self, X, **options))

    def _rates(self, X: Floats) -> Floats:  # noqa: N803
        return np.asarray(self.overall_ * self.boosting_.predict(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
