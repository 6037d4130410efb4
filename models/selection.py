"""Which layers matter: whole groups of columns chosen by a penalised Poisson regression.

A group is penalised by how much it moves the log rate rather than by its coefficients (Simon &
Tibshirani 2012, Statistica Sinica 22:983-1001), so that neither units nor how the bands of a layer
overlap decide.

What is chosen this way depends on chance: how often each group is chosen again on resampled
provinces goes with it (Heinze, Wallisch & Dunkler 2018, Biometrical Journal 60:431-449). Intervals
of effects must come from a model with all groups in it, not from this one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from models.challengers.training import merged, names_of
from models.forecast import (
    RATE_UNIT,
    CountForecast,
    Floats,
    checked,
    fitted_dispersion,
    overall_rate,
)
from models.group_lasso import OPTIMAL, fit_groups, lengths_of
from models.splits import ProvinceFolds, resampled
from vigia.errors import ModelError

STRENGTHS = 20
WEAKEST = 0.02  # of the strength that leaves no group
WORSE_IN_A_ROW = 3  # strengths, after which weaker ones are not tried
SAME_DIRECTION = 1e-9  # least share of a group's greatest variance that is a direction of its own
LARGEST_LOG = 30.0  # relative rate in a held-out place, either way


class Splitter(Protocol):
    """As in ``models.splits``; groups are clusters."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:  # noqa: N803
        """Yield row numbers of the training and of the held-out part."""


Columns = NDArray[np.intp]


class GroupSelection(CountForecast, BaseEstimator):  # type: ignore[misc]
    """Poisson regression that chooses among groups of columns.

    Parameters
    ----------
    groups : sequence of str, mapping of column to group, or None
        The group of each column; default each by itself. ``Influence.groups_`` are such.
    folds : int or splitter
        Into how many parts whole clusters are dealt to choose the strength of the penalty, or
        something that splits places, given their clusters as ``groups``.
    bootstraps : int
        How often clusters are drawn again, and all of the choice repeated; 0 for never.
    seed : int
    strength : float, optional
        Of the penalty, per case; default by cross-validation with the one-standard-error rule:
        the strongest that loses to the best by no more than the standard error, over folds, of
        what the best gains over no group at all.

    Attributes
    ----------
    selected_ : list of str
        Chosen groups, in the order of columns.
    frequency_ : dict of group to float
        Share of the bootstraps that chose it; empty without any.
    intercept_, coef_ : float, array of shape (columns,)
        Of the log rate per 100,000 people.
    strength_ : float
    path_ : DataFrame
        One row per strength tried, strongest first: strength, loss (held-out Poisson loss per
        expected case, without what no forecast changes; NaN where ``strength`` was given), and
        for each group the person-weighted standard deviation of its part of the log rate, 0 where
        it is left out.
    dispersion_ : float
    """

    def __init__(
        self,
        groups: Sequence[str] | Mapping[str, str] | None = None,
        *,
        folds: int | Splitter = 5,
        bootstraps: int = 50,
        seed: int = 1,
        strength: float | None = None,
    ) -> None:
        self.groups = groups
        self.folds = folds
        self.bootstraps = bootstraps
        self.seed = seed
        self.strength = strength

    def fit(
        self,
        X: Any,  # noqa: N803
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> Self:
        """Choose the strength of the penalty, fit with it, and do so again on the bootstraps.

        Parameters
        ----------
        X : array or DataFrame of shape (n, columns)
        y : array of shape (n,)
            Cases per 100,000 people per year, >= 0.
        sample_weight : array of shape (n,), optional
            People; default 1.
        clusters : array of shape (n,), optional
            Province of each row; default each place (a row with different factors) by itself.

        Raises
        ------
        ModelError
            When there is no case, a rate is negative, there is one cluster only, or a parameter
            makes no sense.
        """
        X, rates, people, cluster = self._checked(X, y, sample_weight, clusters)  # noqa: N806
        labels = self._labels()
        names = list(dict.fromkeys(labels))
        members = [np.flatnonzero([label == name for label in labels]) for name in names]
        overall = overall_rate(rates, people)
        places = _places(X, rates, people, cluster, overall)
        if np.ptp(places.cluster) == 0 and (self.bootstraps or self.strength is None):
            raise ModelError(
                "All rows are of one cluster, from which nothing can be held out or left out.",
                hint="Bring counts of more provinces.",
            )
        self.path_, chosen = self._choice(places, members)
        self.strength_ = float(self.path_["strength"][chosen])
        design = Design.of(places.X, places.expected, members)
        walked = list(design.walked(places, self.path_["strength"]))
        norms = np.array([design.norms(fitted) for fitted in walked])
        self.path_[names] = norms
        self.selected_ = [name for name, norm in zip(names, norms[chosen], strict=True) if norm > 0]
        self.coef_, intercept = design.unturned(walked[chosen])
        self.intercept_ = intercept + float(np.log(overall))
        self.frequency_ = self._frequency(places, members, names)
        exposed = people / RATE_UNIT
        self.dispersion_ = fitted_dispersion(rates * exposed, self._rates(X) * exposed)
        return self

    def predict(self, X: Any) -> Floats:  # noqa: N803
        """Cases per 100,000 people per year, of shape (n,)."""
        check_is_fitted(self)
        return self._rates(validate_data(self, X, dtype=np.float64, reset=False))

    def _rates(self, X: Floats) -> Floats:  # noqa: N803
        # Not a BLAS product, whose last bit depends on a row's place: equal places tie exactly.
        return np.asarray(np.exp(self.intercept_ + (X * self.coef_).sum(axis=1)))

    def _checked(
        self,
        X: Any,  # noqa: N803
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        clusters: ArrayLike | None,
    ) -> tuple[Floats, Floats, Floats, NDArray[np.intp] | None]:
        if self.bootstraps < 0:
            raise ModelError(f"bootstraps is {self.bootstraps}.", hint="It must be 0 or more.")
        if isinstance(self.folds, int) and self.folds < 2:
            raise ModelError(f"folds is {self.folds}.", hint="It must be 2 or more.")
        if self.strength is not None and not self.strength > 0:
            raise ModelError(f"strength is {self.strength}.", hint="It must be above 0.")
        X, rates, people = checked(self, X, y, sample_weight, ensure_min_samples=2)  # noqa: N806
        if clusters is None:
            return X, rates, people, None
        _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
        if sample_weight is not None:  # rows without people are gone from the others
            cluster = cluster[np.broadcast_to(np.asarray(sample_weight), cluster.shape) > 0]
        if len(cluster) != len(rates):
            raise ModelError("Not every row has a cluster.", hint="Give the province of each row.")
        return X, rates, people, np.asarray(cluster, dtype=np.intp)

    def _labels(self) -> list[str]:
        """The group of each column."""
        columns = names_of(self)
        if self.groups is None:
            return columns
        if isinstance(self.groups, Mapping):
            alone = [column for column in columns if column not in self.groups]
            if alone:
                raise ModelError(
                    f"{alone[0]} is in no group.", hint="Name the group of each column."
                )
            return [self.groups[column] for column in columns]
        if len(self.groups) != len(columns):
            raise ModelError(
                f"There are {len(self.groups)} groups for {len(columns)} columns.",
                hint="Name the group of each column.",
            )
        return list(self.groups)

    def _choice(self, places: Places, members: list[Columns]) -> tuple[pd.DataFrame, int]:
        """Strengths tried with their held-out losses, and the number of the chosen one."""
        if self.strength is not None:
            return pd.DataFrame({"strength": [self.strength], "loss": [np.nan]}), 0
        design = Design.of(places.X, places.expected, members)
        strongest = design.strength_without_groups(places)
        path = np.geomspace(strongest, strongest * WEAKEST, STRENGTHS)
        losses, sizes = _held_out(places, self._splits(places), members, path)
        loss = np.average(losses, axis=0, weights=sizes)
        best = int(loss.argmin())
        # What makes a fold hard is hard for all strengths: doubt is of what the best has gained.
        gained = losses[:, 0] - losses[:, best]
        spread = np.average((gained - (loss[0] - loss[best])) ** 2, weights=sizes)
        error = np.sqrt(spread / max(len(sizes) - 1, 1))
        tried = pd.DataFrame({"strength": path[: len(loss)], "loss": loss})
        return tried, int(np.argmax(loss <= loss[best] + error))

    def _splits(self, places: Places) -> list[tuple[Columns, Columns]]:
        folds, cluster = self.folds, places.cluster
        splitter = ProvinceFolds(folds, self.seed) if isinstance(folds, int) else folds
        splits = [
            (train, held)
            for train, held in splitter.split(cluster, groups=cluster)
            if places.cases[train].any()  # of no case nothing is learnt
        ]
        if not splits:
            raise ModelError(
                "Whatever is held out, no case is left to learn from.",
                hint="Hold out fewer provinces at once.",
            )
        return splits

    def _frequency(
        self, places: Places, members: list[Columns], names: list[str]
    ) -> dict[str, float]:
        if not self.bootstraps:
            return {}
        usable = (
            again
            for times in resampled(places.cluster, self.seed)
            if (again := places.drawn(times)).cases.any() and np.ptp(again.cluster) > 0
        )
        counted = np.zeros(len(names))
        for again in islice(usable, self.bootstraps):
            tried, chosen = self._choice(again, members)
            design = Design.of(again.X, again.expected, members)
            counted += design.norms(design.fitted(again, tried["strength"][chosen])) > 0
        return dict(zip(names, (counted / self.bootstraps).tolist(), strict=True))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # what is not certain is left out
        return tags


class Places(NamedTuple):
    """Rows that differ in columns or cluster, in the order of these."""

    X: Floats
    cases: Floats
    expected: Floats  # at the overall rate
    cluster: NDArray[np.intp]

    def only(self, rows: Columns) -> Places:
        """Those rows."""
        return Places(self.X[rows], self.cases[rows], self.expected[rows], self.cluster[rows])

    def drawn(self, times: NDArray[np.int64]) -> Places:
        """Each as often as it was drawn."""
        rows = np.flatnonzero(times)
        X, cases, expected, cluster = self.only(rows)  # noqa: N806
        return Places(X, cases * times[rows], expected * times[rows], cluster)


def _places(
    X: Floats,  # noqa: N803
    rates: Floats,
    people: Floats,
    cluster: NDArray[np.intp] | None,
    overall: float,
) -> Places:
    if cluster is not None:
        X = np.column_stack([cluster, X])  # noqa: N806
    rows, place_rates, place_people = merged(X, rates, people)
    columns = rows if cluster is None else rows[:, 1:]
    return Places(
        columns,
        place_rates * place_people / RATE_UNIT,
        overall * place_people / RATE_UNIT,
        np.arange(len(rows)) if cluster is None else rows[:, 0].astype(np.intp),
    )


class Design(NamedTuple):
    """Columns turned so that within each group they are uncorrelated and of unit variance.

    The length of a group's coefficients is then the standard deviation of its part of the log
    rate, weighted by expected cases, whatever the units of its columns and however they overlap.
    """

    Z: Floats
    mean: Floats
    turn: Floats  # from coefficients of Z to those of the columns
    sizes: NDArray[np.int64]  # of the groups in Z; 0 of one that is the same everywhere

    @classmethod
    def of(cls, X: Floats, weights: Floats, members: list[Columns]) -> Design:  # noqa: N803
        """Of rows and how much each counts, > 0."""
        share = weights / weights.sum()
        mean = share @ X
        varies = X.min(axis=0) < X.max(axis=0)
        sd = np.sqrt(share @ (X - mean) ** 2)
        turns = []
        for columns in members:
            own = columns[varies[columns] & (sd[columns] > 0)]
            away = (X[:, own] - mean[own]) / sd[own]
            variances, directions = np.linalg.eigh(away.T @ (share[:, np.newaxis] * away))
            kept = variances > SAME_DIRECTION * variances.max(initial=0)
            turn = np.zeros((X.shape[1], int(kept.sum())))
            turn[own] = directions[:, kept] / np.sqrt(variances[kept]) / sd[own][:, np.newaxis]
            turns.append(turn)
        turn = np.hstack(turns)
        sizes = np.array([part.shape[1] for part in turns])
        return cls((X - mean) @ turn, mean, turn, sizes)

    def fitted(self, places: Places, strength: float, start: Floats | None = None) -> Floats:
        """Intercept and coefficients of Z."""
        return fit_groups(self.Z, places.cases, places.expected, self.sizes, strength, start)

    def walked(self, places: Places, path: Iterable[float]) -> Iterator[Floats]:
        """Fitted at each strength, strongest first, each begun where the last one ended."""
        fitted = None
        for strength in path:
            fitted = self.fitted(places, strength, fitted)
            yield fitted

    def strength_without_groups(self, places: Places) -> float:
        """The least strength that leaves no group; never so low that rounding would let one in."""
        cases, expected = places.cases, places.expected
        surplus = (cases / cases.sum() - expected / expected.sum()) @ self.Z
        needed = lengths_of(surplus, self.sizes) / np.sqrt(np.maximum(self.sizes, 1))
        return max(float(needed.max()), 10 * OPTIMAL / WEAKEST)

    def norms(self, fitted: Floats) -> Floats:
        """Standard deviation of each group's part of the log rate."""
        return lengths_of(fitted[1:], self.sizes)

    def unturned(self, fitted: Floats) -> tuple[Floats, float]:
        """Coefficients of the columns, and the intercept."""
        coefficients = self.turn @ fitted[1:]
        return coefficients, float(fitted[0] - self.mean @ coefficients)


def _held_out(
    places: Places,
    splits: list[tuple[Columns, Columns]],
    members: list[Columns],
    path: Floats,
) -> tuple[Floats, Floats]:
    """Loss of each fold at each strength that is worth trying, and expected cases of each fold."""
    held = [places.only(rows) for _, rows in splits]
    sizes = np.array([part.expected.sum() for part in held])
    walks = [
        _walk(places.only(train), part, members, path)
        for (train, _), part in zip(splits, held, strict=True)
    ]
    losses: list[list[float]] = []
    for row in zip(*walks, strict=True):
        losses.append(list(row))
        means = np.average(losses, axis=1, weights=sizes)
        if len(losses) - 1 - means.argmin() >= WORSE_IN_A_ROW:
            break
    return np.array(losses).T, sizes


def _walk(train: Places, held: Places, members: list[Columns], path: Floats) -> Iterator[float]:
    """Held-out loss at each strength, per expected case."""
    design = Design.of(train.X, train.expected, members)
    for fitted in design.walked(train, path):
        coefficients, intercept = design.unturned(fitted)
        logs = np.clip(intercept + held.X @ coefficients, -LARGEST_LOG, LARGEST_LOG)
        loss = held.expected @ np.exp(logs) - held.cases @ logs
        yield float(loss / held.expected.sum())
