"""Rates of districts from few counts: factors, neighbours and doubt in one estimator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from geo.geodesy import Floats
from models.areal.counts import Observed, State
from models.areal.graph import Graph, graph_of
from models.areal.hyper import Spread
from models.areal.inputs import Given, cases_of, columns_of, each_of, log_overall, read
from models.areal.nested import Search, explored, parts
from models.areal.posterior import Gathered
from models.areal.priors import Priors, hyperparameters
from models.areal.sharpened import sharpened, weighed_parts
from models.areal.sparse import Solver
from vigia.errors import ModelError

FEW = 20  # cases for each coefficient: with fewer, coefficients are drawn and weighed
WEIGHED = 800  # such draws
MOST_WITH_TOTALS = 500  # districts: among more, next to no draw fits all totals at once
FAMILIES = ("poisson", "negative_binomial")
QUANTILES = {"low": 0.025, "median": 0.5, "high": 0.975}


class ArealRates(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Log-linear rates with a deviation of each district, by nested Laplace approximation.

    A count is Poisson, or a negative binomial, around exposure x rate x recorded, with

        log rate = intercept + factors x coefficients + walk[period] + deviation[district]
        recorded = logistic(level + detection x slopes), or 1 without detection

    Cases that were discovered (in raids) have in place of ``recorded`` a number of their own, the
    same everywhere, and effort in their exposure. Deviations are BYM2: alike among neighbours in
    part, independent in part. Sources are named in ``models.areal.gaussian`` (the model),
    ``nested`` and ``sharpened`` (the inference).

        model = ArealRates(neighbours).fit(factors, cases, exposure=people)
        model.summary()

    Parameters
    ----------
    neighbours : sparse matrix of shape (districts, districts), optional
        Symmetric weights, as ``geo.neighbours`` makes them. Without it deviations are independent.
    family : {"poisson", "negative_binomial"}
    spread_above, spread_chance : float
        Deviations have a standard deviation above the one with the probability of the other.
    coefficient_sd : float or array of shape (factors,)
        Prior standard deviation of a coefficient, per standard deviation of its factor.
    coefficient_mean : array of shape (factors,), optional
        Prior mean of the same; 0 without it. Expert weights enter here.
    intercept_sd : float
        Prior standard deviation of the mean log rate, around that of all counts.
    period_sd : float
        Standard deviation of a step from one period to the next, of the random walk (RW1; Rue &
        Held 2005, Gaussian Markov Random Fields) that all districts have in common.
    recorded_mean, recorded_sd : float
        Prior of the chance that a case is recorded: its median where detection is average, and
        the standard deviation of its logit.
    detection_sd : float or array of shape (columns,)
        Prior standard deviation of a slope, per standard deviation of its column.
    detection_mean : array of shape (columns,), optional
        Prior mean of the same; 0 without it.
    found_mean, found_sd : float
        Prior of what is discovered of a case per unit of effort: its median, and the standard
        deviation of its log.
    weighed : {"auto", True, False}
        Whether coefficients are drawn and weighed; by default where counts are few, or totals
        (of 500 districts at most).
    draws : int
        Joint draws from the posterior that are kept.
    seed : int
    solver : {"qdldl", "superlu"}

    Attributes
    ----------
    log_rate_mean_, log_rate_sd_ : arrays of shape (rows,)
        Of the true rate of each row of ``fit``.
    deviation_draws_, coefficient_draws_ : arrays of shape (districts, draws), (columns, draws)
        Joint draws. Columns are the intercept, factors (standardised), steps between periods, of
        detection its level and slopes, and the log of what is discovered.
    detection_draws_ : array of shape (1 + columns, draws)
        Of ``coefficient_draws_``, the level and slopes of detection alone.
    spread_draws_, scatter_draws_ : arrays of shape (draws,)
        The standard deviation of deviations; variance of a count over its mean, less 1, per case
        expected (0 for a Poisson).
    mix_draws_ : array of shape (draws,) or None
        Part of the deviations' variance that neighbours share; None without neighbours.
    hyper_ : DataFrame
        name, mean, sd of each hyperparameter, on the line that it is searched on.
    log_evidence_ : float
        Log marginal likelihood, up to what is the same for all models of the same counts.
    effective_ : float or None
        Where coefficients were weighed: how many draws from the posterior would tell as much.
    settled_, exact_ : bool
        Whether every mode of the grid, and of what was weighed, is one; whether every Gaussian of
        them has the posterior's own second derivatives.
    """

    def __init__(
        self,
        neighbours: Any = None,
        *,
        family: Literal["poisson", "negative_binomial"] = "poisson",
        spread_above: float = 1.0,
        spread_chance: float = 0.01,
        coefficient_sd: ArrayLike = 1.0,
        coefficient_mean: ArrayLike | None = None,
        intercept_sd: float = 5.0,
        period_sd: float = 0.2,
        recorded_mean: float = 0.5,
        recorded_sd: float = 0.5,
        detection_sd: ArrayLike = 1.0,
        detection_mean: ArrayLike | None = None,
        found_mean: float = 0.1,
        found_sd: float = 1.0,
        weighed: Literal["auto"] | bool = "auto",
        draws: int = 1000,
        seed: int = 1,
        solver: Solver = "qdldl",
    ) -> None:
        self.neighbours = neighbours
        self.family = family
        self.spread_above, self.spread_chance = spread_above, spread_chance
        self.coefficient_sd, self.coefficient_mean = coefficient_sd, coefficient_mean
        self.intercept_sd, self.period_sd = intercept_sd, period_sd
        self.recorded_mean, self.recorded_sd = recorded_mean, recorded_sd
        self.detection_sd, self.detection_mean = detection_sd, detection_mean
        self.found_mean, self.found_sd = found_mean, found_sd
        self.weighed = weighed
        self.draws, self.seed, self.solver = draws, seed, solver

    def fit(
        self,
        X: Any,  # noqa: N803
        y: ArrayLike,
        *,
        exposure: ArrayLike | None = None,
        district: ArrayLike | None = None,
        period: ArrayLike | None = None,
        detection: ArrayLike | None = None,
        discovered: ArrayLike | None = None,
        total: ArrayLike | None = None,
        total_counts: ArrayLike | None = None,
    ) -> Self:
        """Fit to counts.

        Parameters
        ----------
        X : array or DataFrame of shape (rows, factors)
            No value missing.
        y : array of shape (rows,)
            Counts, >= 0; NaN where a row was not counted by itself.
        exposure : array of shape (rows,), optional
            People, person-years or expected cases, > 0 (times effort, where cases were
            discovered); 1 without it.
        district : array of int, shape (rows,), optional
            Row of ``neighbours`` that each row is of; without it they are in the same order.
        period : array of int, shape (rows,), optional
            Year, or another number >= 0; -1 where a row has no period.
        detection : array of shape (rows, columns), optional
            What moves the chance that a case is recorded, and nothing else.
        discovered : array of bool, shape (rows,), optional
            Rows of cases that were discovered: detection does not apply to them.
        total : array of int, shape (rows,), optional
            Which of ``total_counts`` each row is part of; -1 for none. Such a row has no count.
        total_counts : array of shape (totals,), optional
            Counts of many rows together, of which each row is in one at most.

        Raises
        ------
        ModelError
            When tables do not fit together, a count is negative, an exposure is not above 0, or
            nothing at all was counted and no expert weights are given.
        """
        if self.family not in FAMILIES or not 0 < self.recorded_mean < 1:
            raise ModelError(
                f"family is {self.family!r} and recorded_mean is {self.recorded_mean!r}.",
                hint=f"family is one of {', '.join(FAMILIES)}; recorded_mean is between 0 and 1.",
            )
        x = validate_data(self, X, dtype=np.float64)
        given = Given(exposure, district, period, detection, discovered, total, total_counts)
        graph = (
            None if self.neighbours is None else graph_of(csr_array(self.neighbours), self.solver)
        )
        found = read(x, y, given, None if graph is None else len(graph))
        observed = found.observed
        self.scale_, self.detection_scale_, self.periods_ = (
            found.factors, found.detection, found.periods,
        )  # fmt: skip
        if graph is None:
            n = int(observed.district.max()) + 1
            graph = graph_of(csr_array((n, n)), self.solver)
        with threadpool_limits(limits=1):  # sums in parallel differ in the last bits
            self._infer(graph, observed)
        return self

    def _infer(self, graph: Graph, observed: Observed) -> None:
        priors = self._priors(graph, observed)
        hyper = hyperparameters(graph, priors)
        nought = np.zeros(len(graph))
        start = State(nought, nought, priors.mean.copy())
        search = Search(graph, observed, hyper, priors.at, start)
        is_weighed = self._is_weighed(len(graph), observed)
        leaps = len(observed.total_count) > 0
        grid = explored(search, coarse=is_weighed, leaps=leaps)
        rng = np.random.default_rng(self.seed)
        gathered = Gathered(observed, self.draws, rng)
        self.effective_: float | None = None
        if is_weighed:
            found = sharpened(search, grid, WEIGHED, rng)
            self.effective_ = found.effective
            for part in weighed_parts(search, found):
                gathered.add(part, part.place[len(hyper) :])
        else:
            for part in parts(search, grid):
                gathered.add(part)
        self.log_evidence_ = grid.log_evidence
        self.settled_, self.exact_ = search.settled and gathered.settled, gathered.exact
        self.log_rate_mean_, self.log_rate_sd_ = gathered.moments
        self.deviation_draws_, self.coefficient_draws_, places = gathered.drawn
        k, q = observed.design.shape[1], observed.detection.shape[1]
        self.detection_draws_ = self.coefficient_draws_[k : k + q]
        self.spread_draws_ = np.exp(places[0])
        self.mix_draws_ = expit(places[1]) if priors.structured else None
        scattered = self.family == "negative_binomial"
        self.scatter_draws_ = np.exp(2 * places[len(hyper) - 1]) * float(scattered)
        mean, sd = gathered.hyper(len(hyper))
        self.hyper_ = pd.DataFrame({"name": [h.name for h in hyper], "mean": mean, "sd": sd})
        self._rows = observed

    def predict(
        self,
        X: Any,  # noqa: N803
        district: ArrayLike | None = None,
        period: ArrayLike | None = None,
    ) -> Floats:
        """Posterior mean of the true rate, of shape (n,); see ``rates_at``."""
        return np.asarray(self.rates_at(X, district, period).mean(axis=1))

    def rates_at(
        self,
        X: Any,  # noqa: N803
        district: ArrayLike | None = None,
        period: ArrayLike | None = None,
    ) -> Floats:
        """Joint draws of the true rate at other factors, shape (n, draws).

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
        district : array of int, shape (n,), optional
            Row of ``neighbours`` of each. Without it, or where it is -1, a district is like any
            that was not seen: half the variance of deviations stands in for its own, so that
            the mean is right.
        period : array of int, shape (n,), optional
            One that ``fit`` did not see is steps away from the last before it, drawn from the
            prior, the same in all rows of a draw, and by itself where there are several. Without
            it, or where it is -1, the period is as they are on average.
        """
        check_is_fitted(self)
        x = validate_data(self, X, dtype=np.float64, reset=False)
        where = self._numbers(district, len(x), "district")
        if (where >= len(self.deviation_draws_)).any():
            raise ModelError(
                "district names a row that neighbours does not have.",
                hint="Give -1 to a district that was not fitted.",
            )
        when = self._numbers(period, len(x), "period")
        design = np.hstack([self.scale_.design(x), columns_of(when, self.periods_)])
        log = design @ self.coefficient_draws_[: design.shape[1]]
        log += np.where(
            (where >= 0)[:, np.newaxis], self.deviation_draws_[where], self.spread_draws_**2 / 2
        )
        for one in np.setdiff1d(when[when >= 0], self.periods_) if len(self.periods_) else []:
            away = np.abs(one - self.periods_[max(np.searchsorted(self.periods_, one) - 1, 0)])
            step = np.random.default_rng([self.seed, int(one)]).standard_normal(log.shape[1])
            log[when == one] += self.period_sd * np.sqrt(away) * step
        return np.asarray(np.exp(log))

    def recorded_at(self, detection: Any) -> Floats:
        """Joint draws of the chance that a case is recorded, shape (n, draws)."""
        check_is_fitted(self)
        columns = check_array(detection, dtype=np.float64)
        fitted = max(len(self.detection_draws_) - 1, 0)
        if columns.shape[1] != fitted or not fitted:
            raise ModelError(
                f"detection has {columns.shape[1]} columns, and {fitted} were fitted.",
                hint="Give the columns that fit was given.",
            )
        score = self.detection_scale_.design(columns) @ self.detection_draws_
        return np.asarray(expit(score))

    def rate_draws(self) -> Floats:
        """Joint draws of the true rate of each row of ``fit``, shape (rows, draws)."""
        check_is_fitted(self)
        rows = self._rows
        k = rows.design.shape[1]
        log = rows.design @ self.coefficient_draws_[:k] + self.deviation_draws_[rows.district]
        return np.asarray(np.exp(log))

    def summary(self, thresholds: Sequence[float] = ()) -> pd.DataFrame:
        """Of the true rate of each row of ``fit``.

        Returns
        -------
        DataFrame
            mean, low, median and high (the middle 95 %), and ``p_above_`` each threshold.
        """
        rates = self.rate_draws()
        table = {"mean": rates.mean(axis=1)}
        for name, part in QUANTILES.items():
            table[name] = np.quantile(rates, part, axis=1)
        for one in thresholds:
            table[f"p_above_{one:g}"] = (rates > one).mean(axis=1)
        return pd.DataFrame(table)

    def _numbers(self, values: ArrayLike | None, rows: int, name: str) -> Any:
        found = np.full(rows, -1) if values is None else np.asarray(values, dtype=np.int64)
        if found.shape != (rows,):
            raise ModelError(
                f"{name} has the shape {found.shape}, and there are {rows} rows.",
                hint=f"Give one {name} to each row, and -1 where there is none.",
            )
        return found

    def _priors(self, graph: Graph, observed: Observed) -> Priors:
        factors = self.n_features_in_
        if self.coefficient_mean is None and cases_of(observed) == 0:
            raise ModelError(
                "Nothing was counted, and no expert weights are given.",
                hint="Bring counts with at least a few cases, or give coefficient_mean.",
            )
        overall = log_overall(observed, self.found_mean)
        mean = [each_of(self.coefficient_mean, 0.0, factors, "coefficient_mean")]
        sd = [each_of(self.coefficient_sd, 1.0, factors, "coefficient_sd")]
        steps = max(len(self.periods_) - 1, 0)
        mean.append(np.zeros(steps))
        sd.append(np.full(steps, self.period_sd))
        slopes = observed.detection.shape[1] - 1
        if slopes >= 0:
            if observed.is_reported.any():
                overall -= np.log(self.recorded_mean)
            level = np.log(self.recorded_mean / (1 - self.recorded_mean))
            mean += [np.array([level]), each_of(self.detection_mean, 0.0, slopes, "detection_mean")]
            sd += [
                np.array([self.recorded_sd]),
                each_of(self.detection_sd, 1.0, slopes, "detection_sd"),
            ]
        if observed.found.shape[1]:
            mean.append(np.array([np.log(self.found_mean)]))
            sd.append(np.array([self.found_sd]))
        spread = Spread(self.spread_above, self.spread_chance)
        scattered = self.family == "negative_binomial"
        means, sds = np.concatenate([[overall], *mean]), np.concatenate([[self.intercept_sd], *sd])
        return Priors(means, 1 / sds**2, spread, scattered, graph.components > 0)

    def _is_weighed(self, districts: int, observed: Observed) -> bool:
        if self.weighed != "auto":
            return bool(self.weighed)
        if np.isnan(observed.count).all() and len(observed.total_count) == 0:
            return False  # the prior is normal
        few = cases_of(observed) < FEW * observed.coefficients
        totals = len(observed.total_count) > 0
        return (few and not totals) or (totals and districts <= MOST_WITH_TOTALS)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags
