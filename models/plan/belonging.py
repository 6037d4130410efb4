"""In what share of the draws each place belongs to the best plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.geodesy import Floats, Ints
from models.plan.best import Best, best_sites
from models.plan.demand import Bools, Coverage
from models.plan.programme import Sites
from models.plan.starting import rounded, started
from models.plan.steps import Steps

FEW = 60  # places: where there are no more, every draw's plan is that of the solver
TRIES = 4
STEP = "belonging"
OPENED = 1e-6  # in the relaxed programme


def belonging(sites: Sites, best: Best, steps: Steps) -> Floats:
    """Share of the draws whose own best plan has each place; of shape (places,).

    Each draw is planned for as if it were the truth, within the limits and the gap of the request.
    With many places and no capacity, its plan is the best that is found by hand
    (``models.plan.starting``), among places that some draw or the relaxed programme opens; others
    come out as 0.
    """
    coverage = sites.coverage
    if coverage.places <= FEW or sites.binds("capacity"):
        plans = [_by_solver(sites, draw, steps) for draw in range(len(coverage.cases))]
    else:
        plans = _by_hand(sites, best, steps)
    return np.asarray(sum(plan for plan in plans if plan is not None) / len(plans))


def _by_solver(sites: Sites, draw: int, steps: Steps) -> Bools | None:
    steps.go_on(STEP)
    coverage = replace(sites.coverage, cases=sites.coverage.cases[draw : draw + 1])
    alone = replace(sites, coverage=coverage, request=replace(sites.request, tail=1.0))
    found = best_sites(alone)
    return None if found is None else found.open


def _by_hand(sites: Sites, best: Best, steps: Steps) -> list[Bools | None]:
    """A plan for each draw; None where none was found."""
    first = [started(sites, cases) for cases in sites.coverage.cases]
    kept = np.any([best.open, best.likely > OPENED, *(one for one in first if one is not None)], 0)
    places = np.flatnonzero(kept)
    few, likely = _among(sites, places), best.likely[places]
    plans: list[Bools | None] = []
    for cases, one in zip(few.coverage.cases, first, strict=True):
        steps.go_on(STEP)
        other = rounded(few, cases, likely, TRIES)
        found = [plan for plan in (None if one is None else one[places], other) if plan is not None]
        plan = np.zeros(sites.coverage.places, dtype=bool)
        if found:
            reached = few.coverage.reached_by
            plan[places] = max(found, key=lambda plan: float(cases @ reached(plan)))
        plans.append(plan if found else None)
    return plans


def _among(sites: Sites, places: Ints) -> Sites:
    """The same with a few places; groups that these reach alike become one."""
    coverage = sites.coverage
    reached, group = np.unique(coverage.reached[:, places], axis=0, return_inverse=True)
    size = len(reached)
    together = np.equal.outer(group, np.arange(size)).astype(float)
    cases, people = coverage.cases @ together, coverage.people @ together
    at = np.where(coverage.group >= 0, group[coverage.group], -1).astype(np.intp)
    few = Coverage(reached, cases, people, at)
    return replace(sites, coverage=few, candidates=sites.candidates.iloc[places])
