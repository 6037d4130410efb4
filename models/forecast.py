"""Forecasts of counts as negative binomials: the one scale on which model and baselines compare.

Recorded cases scatter more than a Poisson allows. Scored as Poisson, whoever comes closest in the
few districts with many cases wins, and a forecast with its own overdispersion would beat one
without it whatever its means are worth. So model and baselines all predict a negative binomial
(variance = mean + dispersion x mean^2), each with the dispersion that would have served it best
on its training part (maximum likelihood); what remains to decide the comparison is how well the
means tell districts apart.

Interface, as in scikit-learn: ``y`` is cases per 100,000 people per year, ``sample_weight`` is
people, and ``predict`` answers with a rate of the same unit.
"""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from vigia.errors import ModelError

RATE_UNIT = 100_000  # rates are cases per so many people and year

LEAST_DISPERSION = 1e-6  # below this a negative binomial is a Poisson to six digits
GREATEST_DISPERSION = 1e4

Floats = NDArray[np.float64]


def log_probability(counts: Floats, expected: Floats, dispersion: Floats | float) -> Floats:
    """Natural logarithm of the negative binomial probability of each count.

    Parameters
    ----------
    counts : array of shape (n,)
        Cases, >= 0.
    expected : array of shape (n,)
        Means, > 0.
    dispersion : float or array of shape (n,)
        Variance = mean + dispersion * mean**2 (NB2; Hilbe 2011, Negative Binomial Regression);
        taken as ``LEAST_DISPERSION`` where it is smaller.
    """
    size = 1 / np.maximum(dispersion, LEAST_DISPERSION)
    return np.asarray(
        gammaln(counts + size)
        - gammaln(size)
        - gammaln(counts + 1)
        - size * np.log1p(expected / size)
        + xlogy(counts, expected / (size + expected))
    )


def fitted_dispersion(counts: Floats, expected: Floats) -> float:
    """The dispersion under which ``counts`` are likeliest, given their means."""

    def loss(log_dispersion: float) -> float:
        return -float(log_probability(counts, expected, np.exp(log_dispersion)).mean())

    bounds = (np.log(LEAST_DISPERSION), np.log(GREATEST_DISPERSION))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return float(np.exp(found.x))


def overall_rate(rates: Floats, people: Floats) -> float:
    """All cases over all people, in the unit of ``rates``.

    Raises
    ------
    ModelError
        When there is no case.
    """
    rate = float(np.average(rates, weights=people))
    if rate == 0:
        raise ModelError(
            "No case was recorded in any of these districts and years.",
            hint="Bring counts with at least a few cases; rates cannot be told from none.",
        )
    return rate


def checked(
    model: Any,
    X: Any,  # noqa: N803
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    **options: Any,
) -> tuple[Floats, Floats, Floats]:
    """Factors, rates and people of the rows that have people.

    Raises
    ------
    ModelError
        When a rate is negative.
    """
    X, rates = validate_data(model, X, y, dtype=np.float64, y_numeric=True, **options)  # noqa: N806
    people = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if (rates < 0).any():
        raise ModelError("A rate is negative.", hint="Rates are cases per 100,000 people, >= 0.")
    lived_in = people > 0
    return X[lived_in], rates[lived_in].astype(np.float64), people[lived_in]


class CountForecast(RegressorMixin, metaclass=ABCMeta):  # type: ignore[misc]
    """A regressor of rates that also says how widely counts scatter around them.

    Attributes
    ----------
    dispersion_ : float
        Estimated on the training rows, by those that have one number for all.
    """

    dispersion_: float

    @abstractmethod
    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""

    def predict_dispersion(self, X: Any) -> Floats:  # noqa: N803
        """Dispersion of the count of each row, of shape (n,): one number, unless said otherwise."""
        check_is_fitted(self, "dispersion_")
        return np.full(len(X), self.dispersion_)

    def log_probability(self, X: Any, y: ArrayLike, sample_weight: ArrayLike) -> Floats:  # noqa: N803
        """Log predictive probability of each row's count; its mean is the log score.

        Parameters
        ----------
        X : table of shape (n, columns)
            As in ``fit``.
        y : array of shape (n,)
            Recorded cases per 100,000 people per year.
        sample_weight : array of shape (n,)
            People.
        """
        people = np.asarray(sample_weight, dtype=float) / RATE_UNIT
        counts = np.asarray(y, dtype=float) * people
        return log_probability(counts, self.predict(X) * people, self.predict_dispersion(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
