"""What is held out, and what is drawn again: years and whole provinces, never single districts.

Neighbouring districts share more than their factors tell (the same police division, the same
rivers), so a district held out alone is half known from its neighbours, and one resampled alone
makes intervals too narrow. Splitters have scikit-learn's signature, and none depends on the order
of rows. ``models.spatial_splits`` also keeps a distance between what is learnt from and held out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import GroupKFold

from vigia.errors import ModelError

Rows = NDArray[np.intp]


class RollingOrigin:
    """Each split stands at the end of a year: all years up to it train, the next are held out.

    Rolling-origin evaluation (Tashman 2000, International Journal of Forecasting 16:437-450).
    ``groups`` are the years of the rows. Years that no row has are passed over. The origin moves
    on by one year, so that with a longer horizon a year is held out from several origins.

    Parameters
    ----------
    horizon : int
        How many years are held out in each split.
    least_years : int
        How many years the first split trains on.
    """

    def __init__(self, horizon: int = 1, least_years: int = 1) -> None:
        self.horizon = horizon
        self.least_years = least_years

    def split(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[Rows, Rows]]:
        """Yield row numbers of the training and of the held-out part, from the first origin on."""
        splits = self.get_n_splits(groups=groups)
        _, of_row = np.unique(np.asarray(groups), return_inverse=True)
        for origin in range(self.least_years, self.least_years + splits):
            held_out = (of_row >= origin) & (of_row < origin + self.horizon)
            yield np.flatnonzero(of_row < origin), np.flatnonzero(held_out)

    def get_n_splits(
        self,
        X: Any = None,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> int:
        """As many origins as there are years for.

        Raises
        ------
        ModelError
            When there are fewer years than one split needs.
        """
        if self.horizon < 1 or self.least_years < 1:
            raise ValueError("horizon and least_years must be at least 1")
        needed = self.horizon + self.least_years
        years = _needed(groups, at_least=needed, what="years")
        return len(np.unique(years)) - needed + 1


class ProvinceFolds:
    """Whole provinces held out in turn, dealt to folds by ``seed``.

    ``groups`` are the provinces of the rows, at least two; there are never more folds than
    provinces. The order of rows does not matter.
    """

    def __init__(self, n_splits: int = 5, seed: int = 1) -> None:
        self.n_splits = n_splits
        self.seed = seed

    def split(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[Rows, Rows]]:
        """Yield row numbers of the training and of the held-out part, fold by fold."""
        folds = self.get_n_splits(groups=groups)
        yield from GroupKFold(folds, shuffle=True, random_state=self.seed).split(X, y, groups)

    def get_n_splits(
        self,
        X: Any = None,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> int:
        """As many as asked for, or as there are provinces."""
        provinces = _needed(groups, at_least=2, what="provinces")
        return min(self.n_splits, len(np.unique(provinces)))


def resampled(clusters: ArrayLike, seed: int) -> Iterator[NDArray[np.int64]]:
    """Draw as many clusters as there are, with replacement, without end.

    The cluster bootstrap (Davison & Hinkley 1997, Bootstrap Methods and their Application, 3.8).

    Parameters
    ----------
    clusters : array of shape (n,)
        The cluster (province) of each row.
    seed : int

    Yields
    ------
    array of shape (n,)
        How many times each row was drawn.
    """
    names, of_row = np.unique(np.asarray(clusters), return_inverse=True)
    random = np.random.default_rng(seed)
    while True:
        drawn = random.integers(len(names), size=len(names))
        yield np.bincount(drawn, minlength=len(names))[of_row]


def _needed(groups: ArrayLike | None, at_least: int, what: str) -> NDArray[Any]:
    if groups is None:
        raise ValueError(f"groups must be given: the {what} of the rows")
    found = np.asarray(groups)
    there = len(np.unique(found))
    if there < at_least:
        raise ModelError(
            f"There must be at least {at_least} {what} to hold some out; here are {there}.",
            hint=f"Bring rows of more {what}, or hold out fewer.",
        )
    return found
