"""What a model must beat before anybody should act on it: population alone, and prior counts.

Both predict a negative binomial, so that a district without any case so far does not make a later
case impossible. Interface and units as in ``models.forecast``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import minimize, minimize_scalar
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.forecast import (
    LEAST_DISPERSION,
    RATE_UNIT,
    CountForecast,
    Floats,
    fitted_dispersion,
    log_probability,
    overall_rate,
)

HALF_A_CASE = 0.5


class PopulationAlone(CountForecast, BaseEstimator):  # type: ignore[misc]
    """The same rate everywhere: all cases over all people.

    Attributes
    ----------
    rate_ : float
        Cases per 100,000 people per year.
    dispersion_ : float
    """

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Take the overall rate; what is in ``X`` does not matter, only its length."""
        X, rates = validate_data(self, X, y, dtype=np.float64, y_numeric=True)  # noqa: N806
        people = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        self.rate_ = overall_rate(rates, people)
        exposed = people[people > 0] / RATE_UNIT
        self.dispersion_ = fitted_dispersion(rates[people > 0] * exposed, self.rate_ * exposed)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """The overall rate, of shape (n,)."""
        check_is_fitted(self)
        return np.full(len(validate_data(self, X, dtype=np.float64, reset=False)), self.rate_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class PriorCounts(CountForecast, BaseEstimator):  # type: ignore[misc]
    """Every district's own past rate, drawn towards that of all: empirical Bayes.

    Rates of districts are taken to follow a gamma distribution, and counts a Poisson around them
    (Clayton & Kaldor 1987, Biometrics 43:671-681), so that a district with ``cases`` in
    ``people`` person-years has the expected rate

        mean x (shape + cases) / (shape + mean x people)

    and one without a record the mean. On top of that, counts of a district may scatter from year
    to year by more than a Poisson (``year_dispersion_``), or the baseline would lose to anything
    that allows for scatter. A year then teaches less the more cases it leads one to expect: its
    cases and people count by 1 / (1 + year_dispersion x expected cases), as in credibility theory
    (Buehlmann & Straub 1970).

    The three numbers are those that would have forecast best, in log probability, each training
    year from the years before it; with no scatter between years that is the marginal likelihood
    of the gamma-Poisson model itself. One year alone cannot tell the two kinds of scatter apart:
    then ``year_dispersion_`` is 0.

    ``X`` has the columns ``code`` and ``year``; there is one row per district and year.

    Attributes
    ----------
    mean_ : float
        Mean rate of the prior, per 100,000 people per year.
    shape_ : float
        Shape of the prior: the larger, the more alike are districts.
    year_dispersion_ : float
    past_ : DataFrame
        cases and people (in 100,000 person-years), as far as they count, by code.
    """

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike) -> Self:  # noqa: N803
        """Estimate the prior and keep each district's past.

        Parameters
        ----------
        X : DataFrame with columns code and year
        y : array of shape (n,)
            Cases per 100,000 people per year.
        sample_weight : array of shape (n,)
            People.

        Raises
        ------
        ModelError
            When there is no case at all.
        """
        panel = _panel(X, y, sample_weight)
        prior = _best_prior(panel)
        self.mean_, self.shape_, self.year_dispersion_ = prior
        self.past_ = panel.past(prior)
        return self

    def predict(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """Expected rate of each row's district, of shape (n,)."""
        check_is_fitted(self)
        return _rate(*self._past_of(X), self._prior)

    def predict_dispersion(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """Dispersion of a year's count: doubt about the district's rate, and years' scatter."""
        check_is_fitted(self)
        return _dispersion(self._past_of(X)[0], self._prior)

    @property
    def _prior(self) -> _Prior:
        return _Prior(self.mean_, self.shape_, self.year_dispersion_)

    def _past_of(self, X: pd.DataFrame) -> tuple[Floats, Floats]:  # noqa: N803
        past = self.past_.reindex(X["code"].to_numpy(), fill_value=0.0)
        return past["cases"].to_numpy(), past["people"].to_numpy()


class RawPriorCounts(PriorCounts):
    """Every district's own past rate as it is, made proper by half a case.

    The half case comes with as many person-years as hold one at the rate of all, so that a district
    without a case so far does not make a later one impossible, one never seen has the rate of all,
    and the sum is not raised:

        (cases + 1/2) / (people + 1/2 / mean)

    That is a gamma prior of shape 1/2, stated rather than estimated. How far years scatter beyond
    it is what would have forecast the later training years best; with one year, not at all.

    Attributes
    ----------
    mean_, shape_, year_dispersion_, past_
        As in ``PriorCounts``; every case and person counts in full.
    """

    def fit(self, X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike) -> Self:  # noqa: N803
        """Keep each district's past; see ``PriorCounts.fit``."""
        panel = _panel(X, y, sample_weight)
        raw = _Prior(panel.overall, HALF_A_CASE, 0.0)
        cases, people = panel.before(raw)
        told = people > 0
        expected = panel.people[told] * _rate(cases[told], people[told], raw)

        def loss(log_dispersion: float) -> float:
            assumed = raw._replace(year_dispersion=float(np.exp(log_dispersion)))
            spread = _dispersion(cases[told], assumed)
            return -float(log_probability(panel.cases[told], expected, spread).mean())

        if told.any():
            bounds = (float(np.log(LEAST_DISPERSION)), 7.0)
            found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-9})
            self.year_dispersion_ = float(np.exp(found.x))
        else:
            self.year_dispersion_ = 0.0
        self.mean_, self.shape_ = raw.mean, raw.shape
        self.past_ = panel.past(raw)
        return self


class _Prior(NamedTuple):
    mean: float
    shape: float
    year_dispersion: float


class _Panel:
    """Counts by district and year, in the order of districts and, within them, of years."""

    def __init__(self, code: Any, year: Any, cases: Floats, people: Floats) -> None:
        names, number = np.unique(code, return_inverse=True)
        order = np.lexsort((year, number))
        self.names, self.number = names, number[order]
        self.cases, self.people = cases[order], people[order]
        self.first = np.searchsorted(self.number, self.number)  # of the same district

    @property
    def overall(self) -> float:
        return overall_rate(self.cases / self.people, self.people)

    def worth(self, prior: _Prior) -> Floats:
        return np.asarray(1 / (1 + prior.year_dispersion * prior.mean * self.people))

    def before(self, prior: _Prior) -> tuple[Floats, Floats]:
        """Cases and people of the years before each row, as far as they count."""
        worth = self.worth(prior)
        return self._earlier(worth * self.cases), self._earlier(worth * self.people)

    def past(self, prior: _Prior) -> pd.DataFrame:
        """Cases and people of all years, as far as they count, by code."""
        worth = self.worth(prior)
        return pd.DataFrame(
            {
                "cases": np.bincount(self.number, worth * self.cases),
                "people": np.bincount(self.number, worth * self.people),
            },
            index=self.names,
        )

    def _earlier(self, values: Floats) -> Floats:
        sums = np.cumsum(values) - values
        return np.maximum(sums - sums[self.first], 0)


def _panel(X: pd.DataFrame, y: ArrayLike, sample_weight: ArrayLike) -> _Panel:  # noqa: N803
    people = np.asarray(sample_weight, dtype=float) / RATE_UNIT
    return _Panel(X["code"].to_numpy(), X["year"].to_numpy(), np.asarray(y) * people, people)


def _best_prior(panel: _Panel) -> _Prior:
    overall = panel.overall
    years_tell = bool((panel.first < np.arange(len(panel.first))).any())

    def prior(logs: Floats) -> _Prior:
        mean, shape, *noise = (float(number) for number in np.exp(logs))
        return _Prior(mean, shape, noise[0] if years_tell else 0.0)

    def loss(logs: Floats) -> float:
        assumed = prior(logs)
        cases, people = panel.before(assumed)
        expected = panel.people * _rate(cases, people, assumed)
        return -float(log_probability(panel.cases, expected, _dispersion(cases, assumed)).mean())

    start = np.log([overall, 1.0, 0.1])
    least = float(np.log(LEAST_DISPERSION))
    bounds = [(start[0] - 7, start[0] + 7), (-7.0, -least), (least, 7.0)]
    free = 3 if years_tell else 2
    found = minimize(
        loss,
        start[:free],
        method="L-BFGS-B",
        jac="3-point",
        bounds=bounds[:free],
        options={"ftol": 1e-14, "gtol": 1e-9},
    )
    return prior(found.x)


def _rate(cases: Floats, people: Floats, prior: _Prior) -> Floats:
    return prior.mean * (prior.shape + cases) / (prior.shape + prior.mean * people)


def _dispersion(cases: Floats, prior: _Prior) -> Floats:
    """Squared variation of rate and year, multiplied: (1 + a)(1 + b) - 1."""
    of_rate = 1 / (prior.shape + cases)
    return of_rate + prior.year_dispersion * (1 + of_rate)
