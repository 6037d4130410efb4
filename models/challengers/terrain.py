"""Risk Terrain Modeling: which risk factors, near or dense, go with more cases, and how much.

As described for places in cities (Caplan & Kennedy 2010, Risk Terrain Modeling Manual; Kennedy,
Caplan & Piza 2011, Journal of Quantitative Criminology 27:339-362) and chosen among as in RTMDx
(Heffner 2013, in: Risk Terrain Modeling Diagnostics Utility User Manual), in its Poisson form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from models.challengers.poisson_net import Penalty, fit_net, strength_without_slopes
from models.challengers.training import (
    Signs,
    merged,
    names_of,
    refuse_unknown,
    signs_of,
)
from models.forecast import (
    RATE_UNIT,
    CountForecast,
    Floats,
    checked,
    fitted_dispersion,
    overall_rate,
)
from vigia.errors import ModelError

NO_PENALTY = Penalty(1e-6, 0.0)  # keeps a band with all or none of the cases finite
STRENGTHS = 20
WEAKEST = 1e-2  # of the strength that leaves no band
PATIENCE = 4  # strengths without a better one, after which no weaker one is tried
MOST_BANDS = 64
ROUNDING = 1e-9


class Band(NamedTuple):
    """Where a factor is at most (direction -1) or at least (+1) a threshold."""

    factor: int
    direction: int
    threshold: float

    def covers(self, X: Floats) -> Floats:  # noqa: N803
        """1 in the band, 0 elsewhere."""
        inside = self.direction * X[:, self.factor] >= self.direction * self.threshold
        return np.asarray(inside, dtype=np.float64)


class RiskTerrain(CountForecast, BaseEstimator):  # type: ignore[misc]
    """Binary bands of factors, a first choice by elastic net, a second one by BIC.

    1. Every factor is cut into bands: near ones where less of it is expected to mean more cases
       (distances), dense ones where more of it does, both where nobody knows.
    2. An elastic-net Poisson regression, its penalty cross-validated over places, keeps the bands
       that raise risk.
    3. From the null model on, that one band is added, exchanged or dropped that lowers BIC most,
       until none does; with at most one band of each factor, and none that lowers risk.

    A place is a row in different bands: the years of a district are one place as long as it stays
    in its bands. BIC and cross-validation count places. Of more than ``MOST_BANDS`` bands those
    are looked at that raise risk most by themselves (sure independence screening; Fan & Lv 2008,
    Journal of the Royal Statistical Society B 70:849-911).

    Parameters
    ----------
    signs : mapping of name to sign, sequence of signs, or None
        -1: near bands; +1: dense bands; 0 (default): both.
    shares : sequence of float
        Share of people in the bands of a factor: its nearest, or densest, 5 %, 10 % …
    thresholds : mapping of name to values, or None
        Stated thresholds in the unit of the factor (metres), instead of shares.
    share_l1 : float
        Weight of the sum of absolute coefficients in the elastic net, in (0, 1].
    folds : int
        Parts of the cross-validation, >= 2.
    random_state : int, optional
        Seed of the parts.

    Attributes
    ----------
    bands_ : list of Band
        Chosen bands, in the order of factors.
    relative_risks_ : dict of str to float
        Rate within each chosen band relative to outside of it: its relative risk value.
    screened_ : list of str
        Bands that the elastic net kept.
    lowest_rate_ : float
        Cases per 100,000 people per year outside of all bands.
    dispersion_ : float
    """

    def __init__(
        self,
        signs: Signs = None,
        *,
        shares: Sequence[float] = (0.05, 0.1, 0.25, 0.5),
        thresholds: Mapping[str, Sequence[float]] | None = None,
        share_l1: float = 0.5,
        folds: int = 5,
        random_state: int | None = 0,
    ) -> None:
        self.signs = signs
        self.shares = shares
        self.thresholds = thresholds
        self.share_l1 = share_l1
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:  # noqa: N803
        """Choose bands and their relative risks.

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
            When there is no case, a rate is negative, or a parameter makes no sense.
        """
        X, rates, people = checked(self, X, y, sample_weight)  # noqa: N806
        names = names_of(self)
        self._refuse_nonsense(names)
        overall = overall_rate(rates, people)
        places, place_rates, place_people = merged(X, rates, people)
        cases = place_rates * place_people / RATE_UNIT
        expected = overall * place_people / RATE_UNIT
        bands = self._bands(places, place_people, names)
        bands = _strongest(bands, places, cases, expected)
        covers, cases, expected = _alike_made_one(_covers(bands, places), cases, expected)
        kept = self._screen(covers, cases, expected)
        self.screened_ = [_name(bands[j], names) for j in kept]
        chosen, fitted = _stepwise([bands[j] for j in kept], covers[:, kept], cases, expected)
        self.bands_ = chosen
        self.coef_ = fitted[1:]
        self.relative_risks_ = {
            _name(band, names): float(risk)
            for band, risk in zip(chosen, np.exp(self.coef_), strict=True)
        }
        self.lowest_rate_ = overall * float(np.exp(fitted[0]))
        exposed = people / RATE_UNIT
        expected_rates = self.lowest_rate_ * self._relative_risk(X)
        self.dispersion_ = fitted_dispersion(rates * exposed, expected_rates * exposed)
        return self

    def relative_risk(self, X: Any) -> Floats:  # noqa: N803
        """Rate relative to the lowest, >= 1, of shape (n,): the risk terrain."""
        check_is_fitted(self)
        return self._relative_risk(validate_data(self, X, dtype=np.float64, reset=False))

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""
        return self.relative_risk(X) * self.lowest_rate_

    def _relative_risk(self, X: Floats) -> Floats:  # noqa: N803
        # Not a BLAS product, whose last bit depends on a row's place: equal places tie exactly.
        return np.asarray(np.exp((_covers(self.bands_, X) * self.coef_).sum(axis=1)))

    def _bands(self, X: Floats, people: Floats, names: list[str]) -> list[Band]:  # noqa: N803
        """Bands that hold some places and not all, each set of places once."""
        stated = self.thresholds or {}
        bands: dict[tuple[int, bytes], Band] = {}
        for i, sign in enumerate(signs_of(self.signs, names, default=0)):
            for direction in [int(sign)] if sign else [-1, 1]:
                levels = stated.get(names[i], _thresholds(X[:, i], people, direction, self.shares))
                for level in levels:
                    band = Band(i, direction, float(level))
                    inside = band.covers(X)
                    if inside.any() and not inside.all():
                        # Of one factor only: the same places in two may differ elsewhere.
                        bands.setdefault((i, inside.tobytes()), band)
        return list(bands.values())

    def _screen(self, covers: Floats, cases: Floats, expected: Floats) -> list[int]:
        """Columns that the elastic net finds to raise risk."""
        strongest = strength_without_slopes(covers, cases, expected, self.share_l1)
        if strongest == 0:
            return []
        path = np.geomspace(strongest, strongest * WEAKEST, STRENGTHS)
        penalties = [Penalty(float(strength), self.share_l1) for strength in path]
        order = check_random_state(self.random_state).permutation(len(cases))
        part = order % self.folds
        fits: list[list[Floats]] = [[] for _ in range(self.folds)]
        losses: list[float] = []
        for penalty in penalties:
            losses.append(0.0)
            for held in range(self.folds):
                inside, outside = part != held, part == held
                if cases[inside].sum() == 0 or not outside.any():
                    continue
                before = fits[held][-1] if fits[held] else None
                b = fit_net(covers[inside], cases[inside], expected[inside], penalty, before)
                fits[held].append(b)
                logs = b[0] + covers[outside] @ b[1:]
                losses[-1] += float(np.exp(logs) @ expected[outside] - logs @ cases[outside])
            if len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
                break
        best = int(np.argmin(losses))
        slopes = _path(covers, cases, expected, penalties[: best + 1])[-1, 1:]
        return [int(j) for j in np.flatnonzero(slopes > 0)]

    def _refuse_nonsense(self, names: list[str]) -> None:
        refuse_unknown(self.thresholds or {}, names, "thresholds")
        if not all(0 < share < 1 for share in self.shares):
            raise ModelError("shares has one outside of (0, 1).", hint="Give 0.1 for a tenth.")
        if not 0 < self.share_l1 <= 1:
            raise ModelError(f"share_l1 is {self.share_l1}.", hint="It must lie in (0, 1].")
        if self.folds < 2:
            raise ModelError(f"folds is {self.folds}.", hint="It must be 2 or more.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # of steps, on few rows
        return tags


def _name(band: Band, names: Sequence[str]) -> str:
    return f"{names[band.factor]} {'>=' if band.direction > 0 else '<='} {band.threshold:.6g}"


def _covers(bands: Sequence[Band], X: Floats) -> Floats:  # noqa: N803
    return np.array([band.covers(X) for band in bands]).reshape(len(bands), len(X)).T


def _strongest(bands: list[Band], places: Floats, cases: Floats, expected: Floats) -> list[Band]:
    """At most ``MOST_BANDS``, in their order: those with most cases beyond the expected ones."""
    if len(bands) <= MOST_BANDS:
        return bands
    covers = _covers(bands, places)
    surplus = (cases - expected) @ covers / np.sqrt(expected @ covers)
    kept = np.sort(np.argsort(-surplus, kind="stable")[:MOST_BANDS])
    return [bands[j] for j in kept]


def _alike_made_one(
    covers: Floats, cases: Floats, expected: Floats
) -> tuple[Floats, Floats, Floats]:
    """Places in the same bands added up: for a Poisson that is the same likelihood."""
    packed = np.packbits(covers.astype(np.bool_), axis=1)
    _, first, place = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    place = place.reshape(-1)
    together = np.bincount(place, cases).astype(np.float64)
    return covers[first], together, np.bincount(place, expected).astype(np.float64)


def _thresholds(
    values: Floats, people: Floats, direction: int, shares: Sequence[float]
) -> list[float]:
    """Values within which at least each share of people lives, from the risky end on."""
    order = np.argsort(-direction * values, kind="stable")
    reached = np.cumsum(people[order]) / people.sum()
    at = np.searchsorted(reached, np.asarray(shares) - ROUNDING)
    return [float(value) for value in values[order[np.minimum(at, len(order) - 1)]]]


def _path(covers: Floats, cases: Floats, expected: Floats, penalties: list[Penalty]) -> Floats:
    """Coefficients at each penalty, strongest first, each begun where the last one ended."""
    found: list[Floats] = []
    for penalty in penalties:
        found.append(fit_net(covers, cases, expected, penalty, found[-1] if found else None))
    return np.array(found)


def _stepwise(
    bands: list[Band], covers: Floats, cases: Floats, expected: Floats
) -> tuple[list[Band], Floats]:
    """Chosen bands, in the order of ``bands``, and intercept and coefficients."""

    def fit(columns: list[int]) -> tuple[float, Floats]:
        b = fit_net(covers[:, columns], cases, expected, NO_PENALTY)
        logs = b[0] + covers[:, columns] @ b[1:]
        likelihood = float(cases @ logs - expected @ np.exp(logs))
        return len(b) * float(np.log(len(cases))) - 2 * likelihood, b

    chosen: list[int] = []
    bic, fitted = fit(chosen)
    while True:
        best = None
        for j, band in enumerate(bands):
            others = [i for i in chosen if bands[i].factor != band.factor]
            trial = others if j in chosen else sorted([*others, j])
            value, b = fit(trial)
            if (b[1:] > 0).all() and value < bic - ROUNDING:
                best, bic, fitted = trial, value, b
        if best is None:
            return [bands[j] for j in chosen], fitted
        chosen = best
