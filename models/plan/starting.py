"""Good plans by hand: for the solver to start from, or end with where its bound shows them good.

Two ways: the place that adds most, one after another, which reaches 1 - 1/e of the best at least
(Nemhauser, Wolsey & Fisher 1978); and places drawn by how far the relaxed programme opens them
(Raghavan & Thompson 1987). Both are followed by exchanges (Teitz & Bart 1968). Capacities are not
looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from geo.geodesy import Floats, Ints
from models.plan.demand import Bools
from models.plan.programme import Sites

TRIES = 10
LEAST_GAIN = 1e-9  # of the whole: below, an exchange only goes in circles


def started(sites: Sites, weight: Floats) -> Bools | None:
    """Places to open, keeping all limits but capacity; None where this way finds no such plan.

    Parameters
    ----------
    weight : array of shape (groups,)
        Cases of each group.
    """
    return _Opening(sites, weight).finished()


def rounded(sites: Sites, weight: Floats, likely: Floats, tries: int = TRIES) -> Bools | None:
    """The best of some plans whose places are drawn, filled up and exchanged as in ``started``.

    Parameters
    ----------
    weight : array of shape (groups,)
    likely : array of shape (places,)
        How far the relaxed programme opens each place, from 0 to 1.
    """
    rng = np.random.default_rng(0)
    chance = likely.clip(LEAST_GAIN)
    best, most = None, -np.inf
    for _ in range(tries):
        plan = _Opening(sites, weight)
        plan.open_some(np.argsort(-np.log(rng.random(len(chance))) / chance))  # drawn in turn
        found = plan.finished()
        if found is not None and plan.gain > most:
            best, most = found, plan.gain
    return best


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
        self.reached = self.sites.coverage.by_place
        self.times = np.asarray(self.reached @ self.open.astype(float))
        self.rules = self.sites.rules()

    @property
    def gain(self) -> float:
        """Cases reached."""
        return float(self.weight @ (self.times > 0.5))

    def finished(self) -> Bools | None:
        """The plan filled up and exchanged; None where a rule stays broken."""
        while self.add():
            pass
        if self.lacking().any():
            return None
        while self.exchange():
            pass
        return self.open if self.kept() else None

    def open_some(self, order: Ints) -> None:
        """Open places in this order, as long as there is room and no minimum lacks anything."""
        for place in order.tolist():
            if not self._affordable(self.open).any() or self.lacking().any():
                return
            if self.allowed[place] and not self.open[place] and self._affordable(self.open)[place]:
                self._set(place, 1)

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
        gain = self.sites.coverage.by_group @ np.where(self.times < 0.5, self.weight, 0)
        best = int(np.where(may, gain, -1).argmax())
        if gain[best] <= 0 and not lacking.any():
            return False
        self._set(best, 1)
        return True

    def exchange(self) -> bool:
        """Put one open place where it reaches more; False when no exchange helps."""
        found = False
        for place in np.flatnonzero(self.open & ~self.fixed).tolist():
            before = self.gain
            self._set(place, -1)
            free = self.times < 0.5
            gain = self.sites.coverage.by_group @ np.where(free, self.weight, 0)
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
