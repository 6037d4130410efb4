"""Numbers with their doubt as places on a line, which scripts and templates draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

ROOM = 1.08  # of the line behind the longest interval
LEAST_MEANS = 2.0  # so many means a line is long, so that what is low is seen to be


@dataclass(frozen=True)
class Picture:
    """Places on a line from 0 to 1: the value between its ends, and the mean where there is one."""

    low: float
    at: float
    high: float
    mean: float | None = None

    def plain(self) -> list[int]:
        """In thousandths, as scripts read it; the mean last, where there is one."""
        places = (self.low, self.at, self.high, self.mean)
        return [round(1000 * place) for place in places if place is not None]


def rate_picture(
    rate: float, low: float, high: float, mean: float | None = None, top: float | None = None
) -> Picture | None:
    """A rate on a line from nought to ``top``; else to the end of its interval, or two means."""
    if not all(map(math.isfinite, (rate, low, high))):
        return None
    known = mean if mean is not None and math.isfinite(mean) else None
    end = top or max(ROOM * high, LEAST_MEANS * (known or 0))
    if end <= 0:
        return None
    low, rate, high = (min(1.0, one / end) for one in (low, rate, high))
    return Picture(low, rate, high, None if known is None else min(1.0, known / end))


def rank_picture(rank: float, low: float, high: float, ranked: int) -> Picture | None:
    """A rank on a line from the first to the last of those that have one."""
    if not all(map(math.isfinite, (rank, low, high))):
        return None
    steps = max(1, ranked - 1)
    low, rank, high = (min(1.0, max(0.0, (one - 1) / steps)) for one in (low, rank, high))
    return Picture(low, rank, high)
