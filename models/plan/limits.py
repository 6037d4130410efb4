"""What each limit of a plan takes away, what one more team brings, and which limits collide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from geo.geodesy import Floats
from models.plan.best import Best, best_sites
from models.plan.demand import Bools, Interval
from models.plan.highs import Programme, solve
from models.plan.programme import LIMITS, Sites
from models.plan.request import SitesRequest
from models.plan.steps import Steps
from models.plan.work import Work
from vigia.errors import PlanImpossibleError

Change = float | tuple[str, ...]
ONE_MORE = "one_more_team"
EXACT = Work(gap=0.0, nodes=100_000)  # of the little programmes here


@dataclass(frozen=True)
class Loosened:
    """The plan again, with one limit changed.

    Attributes
    ----------
    limit : str
        Of ``models.plan.programme.LIMITS``, or ``one_more_team``.
    value, gap : float
        Of the plan without it.
    gain : float
        Of value over the plan with it; 0 or more.
    cases : Interval
        More cases reached than by the plan with it.
    """

    limit: str
    value: float
    gain: float
    gap: float
    cases: Interval


def to_loosen(sites: Sites) -> tuple[str, ...]:
    """What is changed in turn: the number of teams, and each limit that the request has."""
    bound = (limit for limit in LIMITS if limit != "teams" and sites.binds(limit))
    return (ONE_MORE, *bound)


def loosened(sites: Sites, best: Best, steps: Steps) -> Iterator[Loosened]:
    """The plan without each of its limits in turn (but for the teams: with one more)."""
    more = replace(sites, request=replace(sites.request, teams=sites.request.teams + 1))
    for limit in to_loosen(sites):
        steps.begin(limit)
        free = replace(sites, without=sites.without | {limit})
        yield _again(limit, more if limit == ONE_MORE else free, best)


def _again(limit: str, sites: Sites, best: Best) -> Loosened:
    found = best_sites(sites, best.open) or best  # the old plan is still possible
    more = Interval.of(found.by_draw - best.by_draw)
    return Loosened(limit, found.value, found.value - best.value, found.gap, more)


def unlimited(sites: Sites, best: Best) -> float:
    """Value of as many teams in the best places, with no other limit on where and what for."""
    others = frozenset(LIMITS) - {"teams"}
    if not any(map(sites.binds, others)):
        return best.value
    found = best_sites(replace(sites, without=others), best.open)
    return best.value if found is None else max(found.value, best.value)


def explain_impossible(sites: Sites) -> PlanImpossibleError:
    """Which limits collide, and the smallest change of one of them that makes a plan possible."""
    bound = [limit for limit in LIMITS if limit != "capacity" and sites.binds(limit)]
    collide = list(bound)
    for limit in bound:  # what can go, goes: those that stay collide, and no fewer of them do
        fewer = [one for one in collide if one != limit]
        if not _possible(_only(sites, fewer)):
            collide = fewer
    found = {limit: _smallest_change(sites, limit) for limit in collide}
    changes = {limit: change for limit, change in found.items() if change is not None}
    told = ", ".join(collide)
    ways = (
        "; or ".join(_in_words(sites.request, *one) for one in changes.items())
        or "loosen several of them: no single one is enough"
    )
    return PlanImpossibleError(
        f"No plan keeps all of these limits together: {told}.",
        hint=f"{ways[0].upper()}{ways[1:]}.",
        limits=tuple(collide),
        changes={limit: _named(sites, change) for limit, change in changes.items()},
    )


def _only(sites: Sites, limits: list[str]) -> Sites:
    return replace(sites, without=frozenset(LIMITS) - set(limits))


def _possible(sites: Sites) -> bool:
    return not solve(_places_only(sites, _Slack.none(sites)), EXACT).impossible


@dataclass(frozen=True)
class _Slack:
    """How far a limit gives way: a column each for what it may be broken by.

    Attributes
    ----------
    places : array of bool, shape (places,)
        Whose being open or closed may be given up.
    rules : tuple of str
        Limits whose sums may be broken.
    """

    places: Bools
    rules: tuple[str, ...]

    @classmethod
    def none(cls, sites: Sites) -> _Slack:
        return cls(np.zeros(sites.coverage.places, dtype=bool), ())

    @classmethod
    def of(cls, sites: Sites, limit: str) -> _Slack:
        given = {"forced": sites.request.forced, "forbidden": sites.request.forbidden}
        return cls(sites.at(given.get(limit, ())), (limit,) if limit not in given else ())


def _places_only(sites: Sites, slack: _Slack) -> Programme:
    """A programme of the places alone, which breaks a limit by as little as can be."""
    least, most = sites.open_between()
    rules = sites.rules()
    giving = [at for at, (limit, _, _, _) in enumerate(rules) if limit in slack.rules]
    places, sums = np.flatnonzero(slack.places), len(giving)
    count, extra = len(least), len(places) + sums
    free_least, free_most = least.copy(), most.copy()
    free_least[places], free_most[places] = 0, 1
    sign = np.zeros((len(rules), extra))
    for column, at in enumerate(giving):
        sign[at, len(places) + column] = -1 if np.isfinite(rules[at][3]) else 1
    weights = np.array([weight for _, weight, _, _ in rules]).reshape(len(rules), count)
    broken = np.zeros((len(places), count + extra))  # a place given up: 1 - open, or open
    each = np.arange(len(places))
    broken[each, places] = np.where(least[places] > 0, 1, -1)
    broken[each, count + each] = 1
    return Programme(
        np.concatenate([np.zeros(count), -np.ones(extra)]),
        np.concatenate([free_least, np.zeros(extra)]),
        np.concatenate([free_most, np.full(extra, np.inf)]),
        np.arange(count + extra) < count,
        sp.csr_array(np.vstack([np.hstack([weights, sign]), broken])),
        np.concatenate([[low for _, _, low, _ in rules], np.where(least[places] > 0, 1.0, 0.0)]),
        np.concatenate([[high for _, _, _, high in rules], np.full(len(places), np.inf)]),
    )


def _smallest_change(sites: Sites, limit: str) -> Change | None:
    """The least change of this limit alone that makes a plan possible.

    How many teams, what budget, by how much minima must fall in all, or ids of places to give up.
    """
    programme = _places_only(sites, _Slack.of(sites, limit))
    found = solve(programme, EXACT)
    if found.values is None:
        return None
    count = sites.coverage.places
    broken: Floats = found.values[count:]
    if limit in ("forced", "forbidden"):
        given_up = sites.candidates.index[sites.at(getattr(sites.request, limit))]
        return tuple(str(one) for one, how in zip(given_up, broken, strict=True) if how > 0.5)
    amount = float(broken.sum())
    if limit == "teams":
        return sites.request.teams + round(amount)
    return round(amount) if limit == "minimum" else (sites.request.budget or 0) + amount


def _in_words(request: SitesRequest, limit: str, change: Change) -> str:
    if isinstance(change, tuple):
        return f"take {', '.join(change)} out of the {limit} places"
    if limit == "teams":
        return f"give {change:g} teams instead of {request.teams}"
    if limit == "budget":
        return f"raise the budget from {request.budget or 0:g} to {change:g}"
    return f"lower the minimum per department, by {change:g} in all"


def _named(sites: Sites, change: Change) -> Change:
    """Places by their names, for people."""
    if not isinstance(change, tuple):
        return change
    return tuple(str(name) for name in sites.candidates["name"].loc[list(change)])
