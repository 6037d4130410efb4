"""What is held out: years from the last one back, whole provinces, or totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, sparray
from scipy.sparse.csgraph import reverse_cuthill_mckee

from models.splits import ProvinceFolds, RollingOrigin, Rows

ORIGINS = 3
SPATIAL_FOLDS = 5
QUICK_TOTALS = 3


@dataclass(frozen=True)
class Fold:
    """Numbers of the rows to learn from, and of those held out."""

    train: Rows
    held_out: Rows


@dataclass(frozen=True)
class Split:
    """One way of holding out.

    Attributes
    ----------
    name : str
        "rolling_origin", "spatial" or "totals".
    folds : tuple of Fold
    buffer : bool
        Whether the neighbours of what is held out were left out of training.
    """

    name: str
    folds: tuple[Fold, ...]
    buffer: bool = False


@dataclass(frozen=True)
class Neighbours:
    """Which districts touch.

    Attributes
    ----------
    codes : sequence of str
        Of the rows and columns of ``weights``, each once.
    weights : sparse array of shape (districts, districts)
        Above 0 where two districts are neighbours; 0 on the diagonal.
    """

    codes: Sequence[str]
    weights: sparray

    def among(self, codes: Sequence[str]) -> csr_array:
        """Weights of some districts, in their order; of one that is not known, none."""
        number = {code: at for at, code in enumerate(self.codes)}
        at = np.array([number.get(code, -1) for code in codes], dtype=np.intp)
        known = csr_array(
            (np.ones((at >= 0).sum()), (np.flatnonzero(at >= 0), at[at >= 0])),
            shape=(len(at), len(number)),
        )
        return csr_array(known @ csr_array(self.weights) @ known.T)

    def bands(self, codes: Sequence[str], number: int) -> NDArray[np.int64]:
        """Districts dealt to bands of as many each, in which they mostly hang together.

        They are cut in the order of Cuthill & McKee (1969), which goes from one end of the map to
        the other as far as neighbours lead.
        """
        order = reverse_cuthill_mckee(self.among(codes), symmetric_mode=True)
        band = np.empty(len(codes), dtype=np.int64)
        band[order] = np.arange(len(codes)) * number // max(1, len(codes))
        return band

    def beside(self, codes: Sequence[str]) -> set[str]:
        """Districts that touch any of ``codes``."""
        inside = np.isin(np.asarray(self.codes, dtype=object), list(codes))
        touched = csr_array(self.weights) @ inside.astype(np.float64)
        return {code for code, near in zip(self.codes, touched > 0, strict=True) if near}


def held_out_splits(
    rows: pd.DataFrame,
    *,
    seed: int,
    origins: int = ORIGINS,
    spatial_folds: int = SPATIAL_FOLDS,
    neighbours: Neighbours | None = None,
    quick: bool = False,
) -> tuple[list[Split], list[str]]:
    """Splits that the rows allow, and why there are no more.

    Parameters
    ----------
    rows : DataFrame
        code, year, province, people, count (NaN = unknown) and, where totals were counted, total:
        the number of the total that each row is part of, -1 for none.
    seed : int
        Deals provinces to folds.
    origins : int
        How many years are held out in turn, at most; the first needs a year with a case before it.
    spatial_folds : int
        Groups of provinces, at most.
    neighbours : Neighbours, optional
        Rows of districts that touch a held-out one are then not learnt from. Where that would
        leave a fold nothing to learn from, no fold of the split has a buffer. Districts of a
        single province are then held out in bands across the map.
    quick : bool
        One origin and no provinces; where there are totals only, three of them; where there is
        one year only, all the folds of provinces.

    Returns
    -------
    splits, reasons
        Reasons are keys: "one_year_and_one_province", "no_unit_to_hold_out".
    """
    counted = rows["count"].notna().to_numpy()
    if not counted.any():
        return _totals(rows, seed, quick=quick)
    splits = []
    rolling = _rolling(rows, counted, 1 if quick else origins)
    if rolling.folds:
        splits.append(rolling)
    groups = _groups(rows, spatial_folds, neighbours)
    if len(np.unique(groups[counted])) > 1 and not (quick and splits):
        splits.append(
            _spatial(rows, counted, groups, ProvinceFolds(spatial_folds, seed), neighbours)
        )
    return splits, [] if splits else ["one_year_and_one_province"]


def _rolling(rows: pd.DataFrame, counted: NDArray[np.bool_], origins: int) -> Split:
    """The last years in turn; without those before which no case was counted."""
    known = np.flatnonzero(counted)
    years, counts = rows["year"].to_numpy(), rows["count"].to_numpy(dtype=float)
    there = len(np.unique(years[known]))
    folds = []
    if there > 1:
        splitter = RollingOrigin(least_years=max(1, there - origins))
        for past, ahead in splitter.split(known, groups=years[known]):
            if counts[known[past]].sum() > 0:
                held_out = known[ahead]
                train = np.flatnonzero(years < years[held_out].min())
                folds.append(Fold(train, held_out))
    return Split("rolling_origin", tuple(folds))


def _groups(rows: pd.DataFrame, number: int, neighbours: Neighbours | None) -> NDArray[np.int64]:
    """The group of each row that is held out together: its province, or of a single one, bands."""
    provinces = rows["province"].to_numpy()
    if neighbours is None or len(np.unique(provinces)) > 1:
        return np.unique(provinces, return_inverse=True)[1].reshape(-1)
    codes, of_row = np.unique(rows["code"].to_numpy(), return_inverse=True)
    return neighbours.bands(list(codes), min(number, len(codes)))[of_row]


def _spatial(
    rows: pd.DataFrame,
    counted: NDArray[np.bool_],
    groups: NDArray[np.int64],
    splitter: ProvinceFolds,
    neighbours: Neighbours | None,
) -> Split:
    known = np.flatnonzero(counted)
    codes = rows["code"].to_numpy()
    plain, buffered = [], []
    for _, test in splitter.split(known, groups=groups[known]):
        held_out = known[test]
        outside = ~np.isin(groups, np.unique(groups[held_out]))
        plain.append(Fold(np.flatnonzero(outside), held_out))
        if neighbours is not None:
            near = neighbours.beside(list(np.unique(codes[held_out])))
            away = outside & ~np.isin(codes, list(near))
            buffered.append(Fold(np.flatnonzero(away), held_out))
    with_buffer = bool(buffered) and all(counted[fold.train].any() for fold in buffered)
    return Split("spatial", tuple(buffered if with_buffer else plain), buffer=with_buffer)


def _totals(rows: pd.DataFrame, seed: int, *, quick: bool) -> tuple[list[Split], list[str]]:
    of_row = rows["total"].to_numpy() if "total" in rows.columns else np.full(len(rows), -1)
    numbers = np.unique(of_row[of_row >= 0])
    if len(numbers) < 2:
        return [], ["no_unit_to_hold_out"]
    if quick:
        numbers = np.sort(np.random.default_rng(seed).permutation(numbers)[:QUICK_TOTALS])
    folds = [
        Fold(np.flatnonzero(of_row != number), np.flatnonzero(of_row == number))
        for number in numbers
    ]
    return [Split("totals", tuple(folds))], []
