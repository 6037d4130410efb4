"""The best sites for the mean of the draws, or for the mean of the worst of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from geo.geodesy import Floats
from models.plan.demand import Bools
from models.plan.highs import Answer, solve
from models.plan.programme import LIMITS, Columns, Sites, columns_of, programme_of
from models.plan.starting import rounded, started
from models.plan.work import Work

ROUNDS = 60  # of cuts; a dozen is usual
LAST_SECONDS = 0.1  # for a solve that begins when the time is over
NEAR = 1e-4  # between the worst mean that the cuts allow and the true one, in the relaxation


@dataclass(frozen=True)
class Best:
    """A plan, and how good it is proven to be.

    Attributes
    ----------
    open : array of bool, shape (places,)
        Existing sites included.
    reach : array of shape (groups,)
        What share of each group is reached.
    by_draw : array of shape (draws,)
        Cases reached.
    value : float
        What was to be made large: the mean of ``by_draw``, or of its worst part.
    bound : float
        No plan within the limits has a greater value.
    likely : array of shape (places,)
        How far the relaxed programme opens each place, from 0 to 1.
    by_clock, by_work : bool
        Whether the clock or the work limit ended the search.
    """

    open: Bools
    reach: Floats
    by_draw: Floats
    value: float
    bound: float
    likely: Floats
    by_clock: bool = False
    by_work: bool = False

    @property
    def gap(self) -> float:
        """What may be missing, as a share of what could be."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def worst_weights(values: Floats, tail: float) -> Floats:
    """Weight of each draw in the mean over the worst ``tail`` of them; they sum to 1.

    Parameters
    ----------
    values : array of shape (draws,)
    tail : float
        Share of the draws; the last one may count in part.
    """
    count = tail * len(values)
    weights = np.zeros(len(values))
    order = np.argsort(values, kind="stable")
    weights[order] = np.clip(count - np.arange(len(values)), 0, 1)
    return np.asarray(weights / weights.sum())


def best_sites(sites: Sites, known: Bools | None = None) -> Best | None:
    """The best plan that is found; None where none is possible.

    Parameters
    ----------
    known : array of bool, shape (places,), optional
        A plan within the limits, to start from if it is better than one made by hand.
    """
    return _Search(sites).run(known)


def reach_of(sites: Sites, known: Bools) -> Floats:
    """Cases that a plan reaches, by draw, whatever limits but those of its teams it breaks."""
    free = replace(sites, without=frozenset(LIMITS) - {"capacity"})
    return _Search(free).only(known)


class _Search:
    """Cutting planes (Künzi-Bay & Mayer 2006): what is worst of a plan bounds all plans."""

    def __init__(self, sites: Sites) -> None:
        self.sites = sites
        self.columns: Columns = columns_of(sites)
        self.cases = sites.coverage.cases
        self.tail = sites.request.tail
        self.cuts = [np.asarray(self.cases.mean(axis=0))]
        self.best: Best | None = None
        self.bound = self._value(self.cases.sum(axis=1))  # whoever reaches everybody
        self.by_clock = self.by_work = False
        self.likely = np.zeros(self.columns.places)
        self.began = monotonic()

    def run(self, known: Bools | None) -> Best | None:
        self._try(known)
        self._try(started(self.sites, self.cuts[0]))
        if not self._settle(relaxed=True):
            return None
        if not self._near():
            self._try(rounded(self.sites, self.cuts[-1], self.likely))
        if not self._near() and not self._settle(relaxed=False):
            return None
        if self.best is None:
            return None
        bound = max(self.best.value, self.bound)
        return replace(
            self.best, bound=bound, likely=self.likely, by_clock=self.by_clock, by_work=self.by_work
        )

    def only(self, known: Bools) -> Floats:
        """Cases that this plan reaches, by draw."""
        self._try(known)
        return np.zeros(len(self.cases)) if self.best is None else self.best.by_draw

    def _near(self) -> bool:
        """Whether what is found is as near to what could be as was asked for."""
        return self.best is not None and self._missing(self.best.value) <= self._work.gap

    def _missing(self, value: float) -> float:
        return (self.bound - value) / self.bound if self.bound > 0 else 0.0

    @property
    def _work(self) -> Work:
        """What is left of it; the clock runs over all that is solved."""
        work = self.sites.request.work
        if work.seconds is None:
            return work
        return replace(work, seconds=max(work.seconds + self.began - monotonic(), LAST_SECONDS))

    def _settle(self, *, relaxed: bool) -> bool:
        """Solve and cut until the cuts tell the truth; False where nothing is possible."""
        for _ in range(ROUNDS):
            found = self._solved(relaxed=relaxed)
            if found.impossible:
                return False
            self.bound = min(self.bound, found.bound)
            if found.values is None:
                return self._stopped(found)
            reach = self._reach(found.values)
            self._stopped(found)
            if relaxed:
                self.likely = found.values[: self.columns.places].clip(0, 1)
            else:
                self._keep(found.values[: self.columns.places] > 0.5, reach)
            true = self._value(self.cases @ reach)
            told = found.gain
            if self.tail == 1 or told - true <= NEAR * abs(told) or (not relaxed and self._near()):
                return True
            self.cuts.append(self._cut(reach))
        return True

    def _solved(self, *, relaxed: bool) -> Answer:
        programme = programme_of(self.sites, self.columns, self.cuts)
        if relaxed:
            return solve(programme.relaxed(), self._work)
        start = None
        if self.best is not None:
            start = np.zeros(len(programme.gain))
            start[: self.columns.places] = self.best.open
        return solve(programme, self._work, start)

    def _stopped(self, found: Answer) -> bool:
        self.by_clock |= found.by_clock
        self.by_work |= found.by_work
        return True

    def _reach(self, values: Floats) -> Floats:
        shares = values[self.columns.places : self.columns.size]
        groups = len(self.sites.coverage.reached)
        return np.clip(np.bincount(self.columns.reach, shares, groups), 0, 1)

    def _try(self, open_: Bools | None) -> None:
        """Keep a plan, if there is one, with what it reaches."""
        if open_ is None:
            return
        if not self.sites.binds("capacity"):
            self._keep(open_, self.sites.coverage.reached_by(open_).astype(float))
            return
        programme = programme_of(self.sites, self.columns, self.cuts).relaxed()
        fixed = open_.astype(float)
        least, most = programme.least.copy(), programme.most.copy()
        least[: len(fixed)], most[: len(fixed)] = fixed, fixed
        found = solve(replace(programme, least=least, most=most), self._work)
        if found.values is not None:
            self._keep(open_, self._reach(found.values))

    def _keep(self, open_: Bools, reach: Floats) -> None:
        by_draw = np.asarray(self.cases @ reach)
        value = self._value(by_draw)
        if self.best is None or value > self.best.value:
            self.best = Best(open_, reach, by_draw, value, np.inf, self.likely)
        if self.tail < 1:
            self.cuts.append(self._cut(reach))

    def _value(self, by_draw: Floats) -> float:
        return float(worst_weights(by_draw, self.tail) @ by_draw)

    def _cut(self, reach: Floats) -> Floats:
        weights = worst_weights(self.cases @ reach, self.tail)
        return np.asarray(weights @ self.cases)
