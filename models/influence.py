"""How far the influence of a layer reaches: distances as bands, densities as they are.

The spatial influence of Risk Terrain Modeling (Caplan, Kennedy & Miller 2011, Justice Quarterly
28:360-381): what being near to something does to risk need not fall off evenly. A distance or
travel time becomes cumulative bands (within d1, within d2 ...), whose effects add up to any step
function of it; shares, densities and attributes stay continuous. All columns of a layer are one
group, that is chosen or left out as a whole (``models.selection``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from models.challengers.training import names_of, refuse_unknown
from models.forecast import Floats
from vigia.errors import ModelError

KINDS = ("continuous", "log", "bands")
FEWEST_DIGITS = 3  # of an edge: 25, not 24.9871
ROUNDING = 1e-9


def edges_of(values: ArrayLike, count: int, people: ArrayLike | None = None) -> Floats:
    """Edges of bands such that about as many people live between each two of them.

    Parameters
    ----------
    values : array of shape (n,)
        Of a distance or travel time where the model learns; missing ones teach nothing.
    count : int
        How many edges, >= 1. They are fewer where many people have the same value.
    people : array of shape (n,), optional
        Default 1 everywhere.

    Returns
    -------
    array
        Rising, rounded up to three digits where that keeps them apart. Some rows are within each,
        some are not.
    """
    numbers = np.asarray(values, dtype=np.float64)
    weights = np.ones(len(numbers)) if people is None else np.asarray(people, dtype=np.float64)
    known = ~np.isnan(numbers) & (weights > 0)
    if not known.any():
        return np.empty(0)
    order = np.argsort(numbers[known], kind="stable")
    ordered, reached = numbers[known][order], np.cumsum(weights[known][order])
    shares = np.arange(1, count + 1) / (count + 1)
    at = np.searchsorted(reached, shares * reached[-1] * (1 - ROUNDING))
    edges = np.unique(ordered[at])
    return _rounded(edges[edges < ordered[-1]], ordered[-1])


def bands(values: ArrayLike, edges: ArrayLike) -> Floats:
    """1 where a value is at most an edge, 0 where it is more, NaN where it is missing.

    Parameters
    ----------
    values : array of shape (n,)
    edges : array of shape (count,)

    Returns
    -------
    array of shape (n, count)
    """
    numbers = np.asarray(values, dtype=np.float64)[:, np.newaxis]
    return np.where(np.isnan(numbers), np.nan, numbers <= np.asarray(edges, dtype=np.float64))


def band_name(factor: str, edge: float) -> str:
    """``mining_distance<=25``: the same for the same edge, whatever the other edges are."""
    return f"{factor}<={np.format_float_positional(edge, trim='-')}"


class Influence(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Factors as the columns among which a model chooses; missing ones stay missing.

    Parameters
    ----------
    kinds : mapping of factor to kind, or None
        "bands" for distances and travel times; "continuous" (default): standardised; "log": the
        same of log(1 + value / typical), for what is never negative and has a long upper tail,
        where typical is the median of its positive values.
    groups : mapping of factor to group, or None
        The layer that a factor is of; default each by itself.
    edges : mapping of factor to edges, or None
        Stated ones, in the unit of the factor; the others are learnt.
    count : int
        How many edges are learnt, >= 1.

    Attributes
    ----------
    edges_ : dict of factor to array
        Of those in bands; empty where all rows that teach say the same.
    groups_ : tuple of str
        The group of each column that comes out.
    """

    def __init__(
        self,
        kinds: Mapping[str, str] | None = None,
        *,
        groups: Mapping[str, str] | None = None,
        edges: Mapping[str, Sequence[float]] | None = None,
        count: int = 4,
    ) -> None:
        self.kinds = kinds
        self.groups = groups
        self.edges = edges
        self.count = count

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn edges, means and spreads from the rows that the model learns from, and no others.

        Parameters
        ----------
        X : array or DataFrame of shape (n, factors)
            Missing values teach nothing.
        y : ignored
        sample_weight : array of shape (n,), optional
            People; default 1.

        Raises
        ------
        ModelError
            When a factor is unknown, a kind is none of the three, edges do not rise, or a factor
            that should be a logarithm is negative.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")  # noqa: N806
        people = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        names = names_of(self)
        self._refuse_nonsense(names)
        stated = self.edges or {}
        self.edges_ = {
            name: np.asarray(
                stated[name]
                if name in stated
                else edges_of(X[:, names.index(name)], self.count, people),
                dtype=np.float64,
            )
            for name in names
            if self._kind(name) == "bands"
        }
        self.scales_ = {
            name: _scale_of(X[:, i], people, name, is_log=self._kind(name) == "log")
            for i, name in enumerate(names)
            if name not in self.edges_
        }
        self.groups_ = tuple(
            (self.groups or {}).get(name, name) for name in names for _ in self._columns(name)
        )
        return self

    def transform(self, X: Any) -> Floats:  # noqa: N803
        """Shape (n, columns): bands, and factors in standard deviations from their mean.

        A continuous factor is held at the least and the largest value that was learnt from: its
        line is not drawn on beyond them.
        """
        check_is_fitted(self)
        X = validate_data(  # noqa: N806
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        parts = [
            bands(X[:, i], self.edges_[name])
            if name in self.edges_
            else self.scales_[name].applied(X[:, i])[:, np.newaxis]
            for i, name in enumerate(names_of(self))
        ]
        return np.hstack(parts)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name of each column: that of its factor, with the edge if it is a band."""
        check_is_fitted(self)
        names = names_of(self)
        if input_features is not None and list(input_features) != names:
            raise ValueError("input_features is not equal to feature_names_in_")
        return np.array([column for name in names for column in self._columns(name)], dtype=object)

    def _columns(self, name: str) -> list[str]:
        if name not in self.edges_:
            return [name]
        return [band_name(name, float(edge)) for edge in self.edges_[name]]

    def _kind(self, name: str) -> str:
        return (self.kinds or {}).get(name, "continuous")

    def _refuse_nonsense(self, names: list[str]) -> None:
        for where in ("kinds", "groups", "edges"):
            refuse_unknown(getattr(self, where) or {}, names, where)
        for name in names:
            if self._kind(name) not in KINDS:
                raise ModelError(
                    f"{name} is to be {self._kind(name)!r}.", hint=f"Say one of {', '.join(KINDS)}."
                )
        for name, edges in (self.edges or {}).items():
            if self._kind(name) != "bands" or not len(edges) or (np.diff(edges) <= 0).any():
                raise ModelError(
                    f"The edges of {name} do not rise, or it is not in bands.",
                    hint='Say "bands" for its kind, and give the nearest edge first.',
                )
        if self.count < 1:
            raise ModelError(f"count is {self.count}.", hint="It must be 1 or more.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class Scale(NamedTuple):
    """How a continuous factor is standardised; typical is 0 where it is no logarithm."""

    least: float
    most: float
    typical: float
    mean: float
    sd: float

    def applied(self, values: Floats) -> Floats:
        """In standard deviations from the mean, held at what was seen; NaN stays."""
        return (self.shaped(values) - self.mean) / self.sd

    def shaped(self, values: Floats) -> Floats:
        held = np.clip(values, self.least, self.most)
        return np.log1p(held / self.typical) if self.typical > 0 else held


def _scale_of(values: Floats, people: Floats, name: str, *, is_log: bool) -> Scale:
    known = ~np.isnan(values) & (people > 0)
    if not known.any():
        return Scale(-np.inf, np.inf, 0.0, 0.0, 1.0)  # taught nothing: left as it is
    seen, weights = values[known], people[known]
    if is_log and seen.min() < 0:
        raise ModelError(
            f"{name} is negative somewhere and cannot be taken as a logarithm.",
            hint='Say "continuous" for its kind.',
        )
    typical = float(np.median(seen[seen > 0])) if is_log and (seen > 0).any() else 0.0
    bare = Scale(float(seen.min()), float(seen.max()), typical, 0.0, 1.0)
    shaped = bare.shaped(seen)
    mean = float(np.average(shaped, weights=weights))
    sd = float(np.sqrt(np.average((shaped - mean) ** 2, weights=weights)))
    if shaped.min() == shaped.max() or sd == 0:  # 0 everywhere, without a bit left of the mean
        return bare._replace(mean=float(shaped[0]))
    return bare._replace(mean=mean, sd=sd)


def _rounded(edges: Floats, most: float) -> Floats:
    """Up, to as few digits as keep them apart and below the most."""
    for digits in range(FEWEST_DIGITS, 17):
        rounded = np.unique([_up(float(edge), digits) for edge in edges])
        if len(rounded) == len(edges) and (rounded < most).all():
            return rounded
    return edges


def _up(edge: float, digits: int) -> float:
    rounded = float(f"{edge:.{digits}g}")
    if rounded < edge:
        last = 10.0 ** (np.floor(np.log10(abs(edge))) - digits + 1)
        rounded = float(f"{rounded + last:.{digits}g}")
    return rounded
