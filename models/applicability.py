"""Where a model may be asked at all: places like those that it has learnt from.

The area of applicability of Meyer & Pebesma (2021, Methods in Ecology and Evolution 12:1620-1633).
A place is as dissimilar as its distance to the nearest training row, in the space of factors
standardised and weighted by what they count for in the model, over the mean distance between
training rows. Cross-validation has judged the model at places as far from what it had learnt from
as rows are from those of other folds; beyond the greatest such distance that is no outlier, nothing
is known of its errors.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from geo.grid import njit
from models.forecast import Floats
from vigia.errors import ModelError

MOST_COMPARED = 20_000  # rows of which all pairs make the mean distance
NEIGHBOURS = 32  # asked of all rows at once, before the tree of the other folds


class Applicability(BaseEstimator):  # type: ignore[misc]
    """Dissimilarity of places to the rows that a model has learnt from, and its limit.

    Parameters
    ----------
    least_share : float
        Of the largest weight; no factor counts less than that, as one that the model made nothing
        of may matter where it is unlike all that was seen.

    Attributes
    ----------
    threshold_ : float
        The upper whisker of the cross-validated dissimilarities: the greatest that is not more
        than 1.5 times the interquartile range above the third quartile.
    training_dissimilarity_ : array of shape (rows without a missing factor,)
        Of each training row to the nearest one of another fold.
    mean_distance_ : float
        Between training rows. Of more than 20,000 it is that of so many drawn from them, which
        moves dissimilarities and threshold alike.
    weights_ : array of shape (factors,)
        As used: the largest is 1.
    """

    def __init__(self, least_share: float = 0.05) -> None:
        self.least_share = least_share

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        *,
        weights: ArrayLike | None = None,
        folds: ArrayLike | None = None,
    ) -> Self:
        """Learn the training rows and the threshold.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
            Rows with a missing factor are left out. A factor that is the same in all of them is
            no measure of distance: a place where it differs is infinitely dissimilar.
        y : ignored
        weights : array of shape (factors,), optional
            What each factor counts for, as the coefficient of a standardised one; the sign does
            not matter. By default all count the same.
        folds : array of shape (n,), optional
            Which rows were held out together in the cross-validation of the model; by default
            each is by itself.

        Raises
        ------
        ModelError
            When weights are not one finite number for each factor, or too few rows or folds are
            left.
        """
        X = validate_data(  # noqa: N806
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2
        )
        self.weights_ = self._weights(weights)
        known = ~np.isnan(X).any(axis=1)
        fold = _numbered(folds, len(X))[known]
        if len(np.unique(fold)) < 2:
            raise ModelError(
                "Rows without a missing factor are of fewer than two folds.",
                hint="Bring rows of more provinces, or factors that are known in more of them.",
            )
        self.least_, self.most_ = X[known].min(axis=0), X[known].max(axis=0)
        self.scale_ = np.where(self.most_ > self.least_, X[known].std(axis=0), 1.0)
        points = self._points(X[known])
        distance = _mean_distance(_some(points))
        self.mean_distance_ = distance if distance > 0 else 1.0  # all rows the same
        self._tree = cKDTree(points)
        self.training_dissimilarity_ = (
            _to_other_folds(self._tree, points, fold) / self.mean_distance_
        )
        self.threshold_ = _upper_whisker(self.training_dissimilarity_)
        return self

    def dissimilarity(self, X: Any) -> Floats:  # noqa: N803
        """Distance to the nearest training row over the mean between training rows.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)

        Returns
        -------
        array of shape (n,)
            0 at a training row; NaN where a factor is missing.
        """
        check_is_fitted(self)
        X = validate_data(  # noqa: N806
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        known = ~np.isnan(X).any(axis=1)
        answer = np.full(len(X), np.nan)
        nearest, _ = self._tree.query(self._points(X[known]))
        constant = self.least_ == self.most_
        elsewhere = (X[known][:, constant] != self.least_[constant]).any(axis=1)
        answer[known] = np.where(elsewhere, np.inf, nearest / self.mean_distance_)
        return answer

    def applies(self, X: Any) -> NDArray[np.bool_]:  # noqa: N803
        """Whether each place is like the training rows, of shape (n,); not, where NaN."""
        return np.asarray(self.dissimilarity(X) <= self.threshold_)  # False for NaN

    def _points(self, X: Floats) -> Floats:  # noqa: N803
        return np.asarray((X - self.least_) / self.scale_ * self.weights_)

    def _weights(self, weights: ArrayLike | None) -> Floats:
        factors = self.n_features_in_
        given = np.ones(factors) if weights is None else np.abs(np.asarray(weights, np.float64))
        if given.shape != (factors,) or not np.isfinite(given).all():
            raise ModelError(
                f"Weights must be one finite number for each of the {factors} factors.",
                hint="Give the coefficients of the standardised factors, in their order.",
            )
        largest = given.max()
        return np.maximum(given / largest, self.least_share) if largest > 0 else np.ones(factors)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _numbered(folds: ArrayLike | None, rows: int) -> NDArray[np.intp]:
    if folds is None:
        return np.arange(rows)
    labels = np.asarray(folds)
    if labels.shape != (rows,):
        raise ModelError(
            f"There are {labels.size} folds for {rows} rows.", hint="Give the fold of each row."
        )
    return np.asarray(np.unique(labels, return_inverse=True)[1], dtype=np.intp)


def _some(points: Floats) -> Floats:
    """All, or as many as can be compared: the same ones in whatever order they come."""
    if len(points) <= MOST_COMPARED:
        return points
    ordered = points[np.lexsort(points.T)]
    return np.asarray(ordered[check_random_state(0).permutation(len(points))[:MOST_COMPARED]])


@njit
def _mean_distance(points: Floats) -> float:
    """Of all pairs."""
    total = 0.0
    for i in range(len(points)):
        for j in range(i):
            squares = 0.0
            for k in range(points.shape[1]):
                apart = points[i, k] - points[j, k]
                squares += apart * apart
            total += np.sqrt(squares)
    return 2 * total / (len(points) * (len(points) - 1))


def _to_other_folds(tree: cKDTree, points: Floats, fold: NDArray[np.intp]) -> Floats:
    """Distance of each row to the nearest one of another fold."""
    # Nearly all have one among their nearest, which spares a tree for each of many folds.
    near, rows = tree.query(points, k=min(NEIGHBOURS, len(points)))
    other = fold[rows] != fold[:, np.newaxis]
    found = other.any(axis=1)
    nearest = np.asarray(near[np.arange(len(points)), other.argmax(axis=1)])
    for one in np.unique(fold[~found]):
        asking = ~found & (fold == one)
        nearest[asking], _ = cKDTree(points[fold != one]).query(points[asking])
    return nearest


def _upper_whisker(values: Floats) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    return float(values[values <= high + 1.5 * (high - low)].max())
