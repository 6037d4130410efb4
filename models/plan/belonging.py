"""In what share of the draws each place belongs to the best plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.plan.best import best_sites
from models.plan.demand import Bools, Coverage, Floats
from models.plan.programme import Sites
from models.plan.starting import started


def belonging(sites: Sites, chosen: Bools) -> Floats:
    """Share of the draws whose own best plan has each place; of shape (places,).

    Each draw is planned for as if it were the truth, within the limits and the gap of the request.
    In large programmes only places are looked at that some draw would open first, one after
    another and by exchanges, or that are ``chosen``: others come out as 0.
    """
    places = np.flatnonzero(_shortlist(sites, chosen))
    short = _among(sites, places)
    share = np.zeros(sites.coverage.places)
    draws = len(short.coverage.cases)
    for draw in range(draws):
        best = best_sites(_as_if(short, draw))
        if best is not None:
            share[places] += best.open / draws
    return share


FEW = 60  # places of which all are looked at


def _shortlist(sites: Sites, chosen: Bools) -> Bools:
    coverage = sites.coverage
    if coverage.places <= FEW:
        return np.ones(coverage.places, dtype=bool)
    kept = chosen | sites.existing | sites.at([*sites.request.forced, *sites.request.forbidden])
    for cases in coverage.cases:
        opened = started(sites, cases)
        if opened is not None:
            kept |= opened
    return np.asarray(kept)


def _among(sites: Sites, places: np.ndarray) -> Sites:
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


def _as_if(sites: Sites, draw: int) -> Sites:
    coverage = replace(sites.coverage, cases=sites.coverage.cases[draw : draw + 1])
    return replace(sites, coverage=coverage, request=replace(sites.request, tail=1.0))
