"""In what share of the draws each place belongs to the best plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.plan.best import Best, best_sites
from models.plan.demand import Bools, Coverage, Floats, Ints
from models.plan.programme import Sites
from models.plan.starting import rounded, started

FEW = 60  # places: where there are no more, every draw's plan is that of the solver
TRIES = 4
OPENED = 1e-6  # in the relaxed programme


def belonging(sites: Sites, best: Best) -> Floats:
    """Share of the draws whose own best plan has each place; of shape (places,).

    Each draw is planned for as if it were the truth, within the limits and the gap of the request.
    With many places and no capacity, its plan is the best that is found by hand
    (``models.plan.starting``), among places that some draw or the relaxed programme opens; others
    come out as 0. benchmarks/plan_speed.py says how near to the best such plans are.
    """
    coverage = sites.coverage
    if coverage.places <= FEW or sites.binds("capacity"):
        return _counted(sites, np.arange(coverage.places), best, by_hand=False)
    first = [started(sites, cases) for cases in coverage.cases]
    kept = np.any([best.open, best.likely > OPENED, *(one for one in first if one is not None)], 0)
    return _counted(sites, np.flatnonzero(kept), best, by_hand=True)


def _counted(sites: Sites, places: Ints, best: Best, *, by_hand: bool) -> Floats:
    few = _among(sites, places)
    likely = best.likely[places]
    share = np.zeros(sites.coverage.places)
    draws = len(few.coverage.cases)
    for draw in range(draws):
        found = _by_hand(few, draw, likely) if by_hand else _by_solver(few, draw)
        if found is not None:
            share[places] += found / draws
    return share


def _by_solver(sites: Sites, draw: int) -> Bools | None:
    coverage = replace(sites.coverage, cases=sites.coverage.cases[draw : draw + 1])
    alone = replace(sites, coverage=coverage, request=replace(sites.request, tail=1.0))
    found = best_sites(alone)
    return None if found is None else found.open


def _by_hand(sites: Sites, draw: int, likely: Floats) -> Bools | None:
    cases = sites.coverage.cases[draw]
    plans = [started(sites, cases), rounded(sites, cases, likely, TRIES)]
    found = [plan for plan in plans if plan is not None]
    return max(found, key=lambda plan: float(cases @ reaching(sites, plan)), default=None)


def reaching(sites: Sites, plan: Bools) -> Bools:
    """Which groups a plan reaches."""
    return np.asarray(sites.coverage.reached[:, plan].any(axis=1))


def _among(sites: Sites, places: Ints) -> Sites:
    """The same with a few places; groups that these reach alike become one."""
    coverage = sites.coverage
    if sites.binds("capacity"):  # groups are apart for a reason
        few = replace(coverage, reached=coverage.reached[:, places])
        return replace(sites, coverage=few, candidates=sites.candidates.iloc[places])
    reached, group = np.unique(coverage.reached[:, places], axis=0, return_inverse=True)
    size = len(reached)
    together = np.equal.outer(group, np.arange(size)).astype(float)
    cases, people = coverage.cases @ together, coverage.people @ together
    at = np.where(coverage.group >= 0, group[coverage.group], -1).astype(np.intp)
    few = Coverage(reached, cases, people, at)
    return replace(sites, coverage=few, candidates=sites.candidates.iloc[places])
