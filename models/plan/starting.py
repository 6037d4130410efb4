"""A good plan by hand: the place that adds most, one after another, then exchanges one by one.

For the solver to start from, and where a bound shows it to be as good as asked, to end with. The
greedy choice reaches 1 - 1/e of the best at least (Nemhauser, Wolsey & Fisher 1978), and with
exchanges (Teitz & Bart 1968) far more in practice. Capacities are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from models.plan.demand import Bools, Floats
from models.plan.programme import Sites

LEAST_GAIN = 1e-9  # of the whole: below, an exchange only goes in circles


def started(sites: Sites, weight: Floats) -> Bools | None:
    """Places to open, keeping all limits but capacity; None where this way finds no such plan.

    Parameters
    ----------
    weight : array of shape (groups,)
        Cases of each group.
    """
    plan = _Opening(sites, weight)
    while plan.add():
        pass
    if plan.lacking().any():
        return None
    while plan.exchange():
        pass
    return plan.open if plan.kept() else None


@dataclass
class _Opening:
    """A plan that grows."""

    sites: Sites
    weight: Floats
    open: Bools = field(init=False)
    allowed: Bools = field(init=False)
    times: Floats = field(init=False)  # that each group is reached
    reached: sp.csc_array = field(init=False)

    def __post_init__(self) -> None:
        least, most = self.sites.open_between()
        self.open, self.allowed = least > 0, most > 0
        self.fixed = self.open.copy()
        self.reached = sp.csc_array(self.sites.coverage.reached.astype(float))
        self.times = np.asarray(self.reached @ self.open.astype(float))
        self.rules = self.sites.rules()

    def lacking(self) -> Bools:
        """Which rules ask for more open places."""
        return np.array([float(w @ self.open) < low for _, w, low, _ in self.rules], dtype=bool)

    def kept(self) -> bool:
        """Whether all rules hold."""
        sums = [float(weight @ self.open) for _, weight, _, _ in self.rules]
        return all(
            low - 1e-9 <= total <= high + 1e-9
            for total, (_, _, low, high) in zip(sums, self.rules, strict=True)
        )

    def add(self) -> bool:
        """Open the place that adds most; one that a minimum asks for goes first."""
        may = self.allowed & ~self.open & self._affordable(self.open)
        lacking = self.lacking()
        if lacking.any():
            wanted = [
                w > 0 for (_, w, _, _), lacks in zip(self.rules, lacking, strict=True) if lacks
            ]
            may &= np.any(wanted, axis=0)
        if not may.any():
            return False
        gain = self.reached.T @ np.where(self.times < 0.5, self.weight, 0)
        best = int(np.where(may, gain, -1).argmax())
        if gain[best] <= 0 and not lacking.any():
            return False
        self._set(best, 1)
        return True

    def exchange(self) -> bool:
        """Put one open place where it reaches more; False when no exchange helps."""
        found = False
        for place in np.flatnonzero(self.open & ~self.fixed).tolist():
            before = float(self.weight @ (self.times > 0.5))
            self._set(place, -1)
            free = self.times < 0.5
            gain = self.reached.T @ np.where(free, self.weight, 0)
            may = self.allowed & ~self.open & self._affordable(self.open)
            lacking = self.lacking()
            for (_, w, _, _), lacks in zip(self.rules, lacking, strict=True):
                may &= (w > 0) | (not lacks)
            best = int(np.where(may, gain, -1).argmax())
            after = float(self.weight @ ~free) + float(gain[best])
            better = may[best] and after > before * (1 + LEAST_GAIN)
            self._set(best if better else place, 1)
            found |= bool(better)
        return found

    def _affordable(self, open_: Bools) -> Bools:
        """What could be opened beside these without breaking an upper limit."""
        may = np.ones(len(open_), dtype=bool)
        for _, weight, _, high in self.rules:
            if np.isfinite(high):
                may &= weight <= high - float(weight @ open_) + 1e-9
        return may

    def _set(self, place: int, by: int) -> None:
        self.open[place] = by > 0
        start, end = self.reached.indptr[place : place + 2]
        self.times[self.reached.indices[start:end]] += by
