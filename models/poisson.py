"""Poisson regression of recorded cases per person on factors.

Factors enter as they are, standardised, with no further transform: on the district counts of
misdemeanours in Peru (five province folds) log(1 + x) of distances and densities was neither
clearly better nor worse on held-out provinces, and a straight line is easier to explain.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgWarning
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import PoissonRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from models.forecast import (
    RATE_UNIT,
    CountForecast,
    Floats,
    checked,
    fitted_dispersion,
    overall_rate,
)
from vigia.errors import ModelError

CONVERGED_GRADIENT = 1e-6  # of the mean log likelihood per case


class PoissonRates(CountForecast, BaseEstimator):  # type: ignore[misc]
    """log(rate) = intercept + factors x coefficients, fitted with people as weights.

    With y a rate and people as weights this is the Poisson likelihood of the counts with
    log(people) as offset. It is fitted to multiples of the overall rate, so that ``ridge`` has no
    unit: the penalty is ridge/2 x the sum of squared coefficients (per standard deviation of each
    factor), against the mean log likelihood per case. The default shrinks a coefficient by about
    a thousandth, and keeps collinear and separated factors finite.

    Beyond the values that it was fitted to, the line is not drawn on: a factor counts there as its
    least or largest value seen (``held``).

    Parameters
    ----------
    ridge : float
        Penalty, >= 0.
    with_dispersion : bool
        Also estimate the scatter of counts around the rates, which ``predict_dispersion`` needs.
    warm_start : bool
        Begin a further ``fit`` where the last one ended.

    Attributes
    ----------
    coef_ : array of shape (factors,)
        Change of the log rate per unit of each factor; 0 for one that is constant.
    intercept_ : float
        Log rate where every factor is 0.
    mean_, scale_ : arrays of shape (factors,)
        Person-weighted mean and standard deviation of each factor.
    low_, high_ : arrays of shape (factors,)
        Least and largest value of each factor among the rows that count.
    varies_ : array of shape (factors,), bool
        Whether a factor varies among the rows that count.
    dispersion_ : float
        Only with ``with_dispersion``.
    """

    def __init__(
        self, ridge: float = 1e-3, *, with_dispersion: bool = False, warm_start: bool = False
    ) -> None:
        self.ridge = ridge
        self.with_dispersion = with_dispersion
        self.warm_start = warm_start

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Fit to rates.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
        y : array of shape (n,)
            Cases per 100,000 people per year, >= 0.
        sample_weight : array of shape (n,), optional
            People (times the number of times that a resample drew the row); default 1.

        Raises
        ------
        ModelError
            When there is no case at all, or the solver finds no solution.
        """
        X, rates, people = checked(self, X, y, sample_weight)  # noqa: N806
        overall = overall_rate(rates, people)
        self._solve(X, rates / overall, people)
        self._keep(X, overall)
        if self.with_dispersion:
            exposed = people / RATE_UNIT
            self.dispersion_ = fitted_dispersion(rates * exposed, self._rates(X) * exposed)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)  # noqa: N806
        return self._rates(self.held(X))

    def held(self, X: Floats) -> Floats:  # noqa: N803
        """Factors within what was seen of them.

        A line through a mine in one province says nothing of a mine ten times as large: drawn on,
        its exponential soon gives more cases than people.
        """
        return np.clip(X, self.low_, self.high_)

    def _rates(self, X: Floats) -> Floats:  # noqa: N803
        # Not a BLAS product, whose last bit depends on a row's place: equal districts tie exactly.
        return np.asarray(np.exp((X * self.coef_).sum(axis=1) + self.intercept_))

    def _solve(self, X: Floats, multiple: Floats, people: Floats) -> None:  # noqa: N803
        if not (self.warm_start and hasattr(self, "pipeline_")):
            self.pipeline_: Pipeline = make_pipeline(
                StandardScaler(),
                PoissonRegressor(
                    alpha=self.ridge, solver="newton-cholesky", tol=1e-10, warm_start=True
                ),
            )
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # Newton falls back on L-BFGS and says so; whether that got there is checked below.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", LinAlgWarning)
            self.pipeline_.fit(
                X,
                multiple,
                standardscaler__sample_weight=people,
                poissonregressor__sample_weight=people,
            )
            gradient = self._gradient(X, multiple, people)
        self.n_iter_ = self.pipeline_[-1].n_iter_
        if not np.abs(gradient).max() <= CONVERGED_GRADIENT:
            raise ModelError(
                "The regression found no stable solution.",
                hint="Take out factors that say the same, or raise ridge in [model].",
            )

    def _gradient(self, X: Floats, multiple: Floats, people: Floats) -> Floats:  # noqa: N803
        scaled = self.pipeline_[0].transform(X)
        surplus = people * (self.pipeline_[-1].predict(scaled) - multiple) / people.sum()
        slopes = surplus @ scaled + self.ridge * self.pipeline_[-1].coef_
        return np.append(slopes, surplus.sum())

    def _keep(self, X: Floats, overall: float) -> None:  # noqa: N803
        scaler, regression = self.pipeline_
        self.mean_, self.scale_ = scaler.mean_, scaler.scale_
        self.low_, self.high_ = X.min(axis=0), X.max(axis=0)
        self.varies_ = self.high_ > self.low_
        # A constant factor has taught nothing: whatever a warm start left there is taken out.
        regression.coef_ = np.where(self.varies_, regression.coef_, 0.0)
        self.coef_ = regression.coef_ / self.scale_
        self.intercept_ = float(np.log(overall) + regression.intercept_ - self.coef_ @ self.mean_)
