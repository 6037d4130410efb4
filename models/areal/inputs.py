"""From plain arrays to what is fitted, with every disagreement told before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array, check_consistent_length, column_or_1d

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal.counts import Observed
from vigia.errors import ModelError


@dataclass(frozen=True)
class Scale:
    """What columns are measured against: nothing stands out because of its unit.

    Attributes
    ----------
    mean, sd : arrays of shape (columns,)
        By exposure; a constant column has the standard deviation 1.
    """

    mean: Floats
    sd: Floats

    @classmethod
    def of(cls, columns: Floats, weight: Floats) -> Scale:
        mean = np.average(columns, axis=0, weights=weight)
        sd = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weight))
        return cls(mean, np.where(sd > 1e-12 * (np.abs(mean) + 1), sd, 1.0))

    def design(self, columns: Floats) -> Floats:
        """With a column of ones before them."""
        scaled: Floats = np.hstack([np.ones((len(columns), 1)), (columns - self.mean) / self.sd])
        return scaled


@dataclass(frozen=True)
class Given:
    """The optional tables of ``ArealRates.fit``, as they come."""

    exposure: ArrayLike | None
    district: ArrayLike | None
    period: ArrayLike | None
    detection: ArrayLike | None
    discovered: ArrayLike | None
    total: ArrayLike | None
    total_counts: ArrayLike | None


@dataclass(frozen=True)
class Read:
    """What was given, checked and scaled.

    Attributes
    ----------
    observed : Observed
    factors, detection : Scale
    periods : array of int
        Those between which a step may be, in order; none where there is one only.
    """

    observed: Observed
    factors: Scale
    detection: Scale
    periods: Int64s


def read(x: Floats, y: Any, given: Given, districts: int | None) -> Read:
    """Checked and scaled; see ``ArealRates.fit``."""
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    count = column_or_1d(
        check_array(
            y, ensure_2d=False, dtype=np.float64, ensure_all_finite="allow-nan", input_name="y"
        ),
        warn=True,
    )
    check_consistent_length(x, count)
    rows = len(count)
    exposure = _column(given.exposure, rows, "exposure", np.ones(rows))
    _require(np.isfinite(exposure) & (exposure > 0), "exposure", "is not above 0, or infinite")
    _require(~(count < 0) & ~np.isinf(count), "count", "is negative or infinite")
    in_order = np.arange(rows, dtype=np.float64)
    district = _column(given.district, rows, "district", in_order).astype(np.int64)
    most = int(district.max(initial=-1)) + 1 if districts is None else districts
    _require((district >= 0) & (district < most), "district", f"is not from 0 to {most - 1}")
    total = _column(given.total, rows, "total", np.full(rows, -1.0)).astype(np.int64)
    totals = np.empty(0) if given.total_counts is None else np.asarray(given.total_counts, float)
    _require_totals(total, totals, count)
    seen = np.empty((rows, 0))
    if given.detection is not None:
        seen = check_array(given.detection, dtype=np.float64)
        check_consistent_length(x, seen)
    found = _column(given.discovered, rows, "discovered", np.zeros(rows)) > 0
    scales = ~found if not found.all() else found  # exposure of raids is people times days
    factors = Scale.of(x[scales], exposure[scales])
    detection = Scale.of(seen[scales], exposure[scales])
    period = _column(given.period, rows, "period", np.full(rows, -1.0)).astype(np.int64)
    periods = np.unique(period[period >= 0])
    _require(~found | (total < 0), "count", "was discovered and is in a total")
    return Read(
        Observed(
            district=district,
            design=np.hstack([factors.design(x), columns_of(period, periods)]),
            detection=detection.design(seen) if seen.shape[1] else seen,
            found=found[:, np.newaxis].astype(np.float64)[:, : int(found.any())],
            log_exposure=np.log(exposure),
            count=count,
            total=total,
            total_count=totals,
        ),
        factors,
        detection,
        periods,
    )


def columns_of(period: Int64s, periods: Int64s) -> Floats:
    """Steps of a random walk that were taken by each row's period, shape (rows, periods - 1).

    Longer steps, over periods that nobody counted, are larger. A row without a period (-1) is as
    periods are on average; one that is not among ``periods`` as the last before it.
    """
    length = np.sqrt(np.diff(periods))
    taken = np.where(period[:, np.newaxis] >= periods[1:], length, 0.0)
    average = (periods[:, np.newaxis] >= periods[1:]).mean(axis=0) * length if len(periods) else []
    return np.asarray(np.where((period < 0)[:, np.newaxis], average, taken), dtype=np.float64)


def cases_of(observed: Observed) -> float:
    """All that was counted."""
    return float(np.nansum(observed.count) + observed.total_count.sum())


def each_of(given: ArrayLike | None, default: float, size: int, name: str) -> Floats:
    """One number for each column; one alone is for all of them."""
    found = np.asarray(default if given is None else given, dtype=np.float64)
    if found.ndim > 0 and found.shape != (size,):
        raise ModelError(
            f"{name} has {found.size} numbers, and there are {size} columns.",
            hint="Give one number to each column, 0 where there is none to give.",
        )
    return np.broadcast_to(found, (size,))


def log_overall(observed: Observed, found_mean: float) -> float:
    """Log of all cases over all exposure that was watched; half a case where there was none.

    Where nothing was reported and all was found, by what a unit of effort is held to find.
    """
    if not observed.is_reported.any():
        exposure = np.exp(observed.log_exposure).sum() * found_mean
        return float(np.log(max(np.nansum(observed.count), 0.5) / exposure))
    watched = observed.is_reported & (~np.isnan(observed.count) | (observed.total >= 0))
    exposure = np.exp(observed.log_exposure)
    people = exposure[watched].sum() if watched.any() else exposure.sum()
    cases = np.nansum(observed.count[watched]) + observed.total_count.sum()
    return float(np.log(max(cases, 0.5) / people))


def _require_totals(total: Int64s, totals: Floats, count: Floats) -> None:
    part = total >= 0
    _require((total >= -1) & (total < len(totals)), "total", "is not one of total_counts, nor -1")
    if (np.bincount(total[part], minlength=len(totals)) == 0).any():
        raise ModelError(
            "A total has no row that is part of it.",
            hint="Say in total which rows each count of total_counts is of, or leave it out.",
        )
    if not (np.isfinite(totals) & (totals >= 0)).all():
        raise ModelError(
            "A total is negative or no number.",
            hint="Correct the table of counts, or leave the total out if it is unknown.",
        )
    _require(
        ~part | np.isnan(count), "count", "is counted by itself and in a total",
    )  # fmt: skip


def _column(values: ArrayLike | None, rows: int, name: str, default: Floats) -> Floats:
    if values is None:
        return default
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (rows,):
        raise ModelError(
            f"{name} has the shape {found.shape}, and there are {rows} rows.",
            hint=f"Give one {name} to each row.",
        )
    return found


def _require(right: Any, name: str, what: str) -> None:
    wrong = np.flatnonzero(~np.asarray(right))
    if len(wrong):
        raise ModelError(
            f"The {name} of row {wrong[0]} {what}.",
            hint="Correct it, or leave the row out (a count that is unknown is NaN).",
        )
