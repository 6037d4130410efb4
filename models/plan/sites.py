"""Where teams go: the plan of sites, with its doubt and what its limits cost.

Cases reached are those that the model expects to happen where a team comes within the asked-for
time, recorded or not. What a visit prevents is not known: it is told only as a share that the
request states.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geo.geodesy import Floats
from models.plan.belonging import STEP as BELONGING
from models.plan.belonging import belonging
from models.plan.best import Best, best_sites, reach_of
from models.plan.demand import MIDDLE, Demand, Interval, coverage_of
from models.plan.highs import version
from models.plan.limits import (
    Loosened,
    explain_impossible,
    loosened,
    to_loosen,
    unlimited,
)
from models.plan.programme import Sites
from models.plan.request import SitesRequest, checked_candidates
from models.plan.steps import Progress, Steps, silent
from vigia.errors import PlanImpossibleError, PlanRequestError

NEARLY = 0.05  # share of the draws from which on a place that was not chosen is named


@dataclass(frozen=True)
class SitesPlan:
    """A plan of sites.

    Attributes
    ----------
    sites : DataFrame
        Index: ids of chosen, existing and nearly chosen places, the chosen first. Columns name,
        code, department, cost, existing, chosen; cases, cases_low, cases_high (of the people for
        whom it is the quickest open place), people, belongs (share of the draws whose best plan
        has it).
    points : DataFrame
        A row per population point: site (the quickest open place within reach; None where there
        is none) and minutes.
    districts : DataFrame
        A row per district, in the order of the demand: reached (share of its people whom the plan
        reaches, or can attend to), people (how many they are) and site (the place that reaches
        most of them; None where no one does).
    cases, existing_cases : Interval
        Reached, and reached by existing sites alone.
    value, bound : float
        What was made large (the mean, or the mean of the worst draws), and what it could be at
        best; ``gap`` is their difference as a share of the bound.
    of_all : Interval
        What is reached as a share of all cases.
    of_unlimited : float
        ``value`` as a share of that of as many teams without any other limit.
    limits : tuple of Loosened
    stopped_by_clock, stopped_by_work : bool
    solver : str
    """

    sites: pd.DataFrame
    points: pd.DataFrame
    districts: pd.DataFrame
    cases: Interval
    existing_cases: Interval
    value: float
    bound: float
    of_all: Interval
    of_unlimited: float
    limits: tuple[Loosened, ...]
    stopped_by_clock: bool
    stopped_by_work: bool
    solver: str
    request: SitesRequest

    @property
    def gap(self) -> float:
        """What may be missing, as a share of what could be."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """Everything but the points, as plain numbers and words."""
        prevented = self.request.prevented_share
        return {
            "sites": [
                {"id": str(one), **row}
                for one, row in zip(self.sites.index, self.sites.to_dict("records"), strict=True)
            ],
            "cases_reached": self.cases._asdict(),
            "cases_prevented": None if prevented is None else self.cases.times(prevented)._asdict(),
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "share_of_all_cases": self.of_all._asdict(),
            "share_of_unlimited_best": self.of_unlimited,
            "existing_cases": self.existing_cases._asdict(),
            "limits": [
                {
                    "limit": one.limit, "value": one.value, "gain": one.gain, "gap": one.gap,
                    "cases": one.cases._asdict(),
                }
                for one in self.limits
            ],
            "stopped_by_clock": self.stopped_by_clock,
            "stopped_by_work": self.stopped_by_work,
            "solver": self.solver,
        }  # fmt: skip


def plan_sites(
    demand: Demand,
    candidates: pd.DataFrame,
    minutes: ArrayLike,
    request: SitesRequest,
    progress: Progress = silent,
) -> SitesPlan:
    """Choose where teams go.

    Parameters
    ----------
    demand : Demand
    candidates : DataFrame
        See ``models.plan.request.checked_candidates``.
    minutes : array of shape (candidates, points)
        From each candidate place to each point of the demand, the way that a team goes; NaN or
        infinite where there is no way.
    request : SitesRequest
    progress : callable, optional
        Told of each step between solves; what it raises ends the search.

    Raises
    ------
    PlanRequestError
        When the request makes no sense, or tables do not fit together.
    PlanImpossibleError
        When no plan keeps all limits; it says which collide and what would make one possible.
    """
    sites, few, times = _laid_out(demand, candidates, minutes, request)
    if not len(sites.coverage.reached):
        raise _nobody_in_reach(times, request)
    steps = Steps(progress, total=3 + len(to_loosen(sites)))
    steps.begin("best")
    best = best_sites(sites)
    if best is None:
        raise explain_impossible(sites)
    return _told(sites, few, times, best, steps)


def cases_reached(
    places: Collection[str],
    demand: Demand,
    candidates: pd.DataFrame,
    minutes: ArrayLike,
    request: SitesRequest,
) -> Floats:
    """What these places and the existing ones reach, by draw, whatever the plan was made for.

    Parameters
    ----------
    places : collection of str
        Ids of candidates.
    demand, candidates, minutes, request
        See ``plan_sites``; of the request only reach, capacity and number of draws count.
    """
    sites, _, _ = _laid_out(demand, candidates, minutes, request)
    return reach_of(sites, sites.existing | sites.at(places))


def _laid_out(
    demand: Demand, candidates: pd.DataFrame, minutes: ArrayLike, request: SitesRequest
) -> tuple[Sites, Demand, Floats]:
    """Everything to choose from, the draws that are planned on, and the times."""
    table = checked_candidates(candidates, request)
    times = np.asarray(minutes, dtype=float)
    if times.shape != (len(table), len(demand.district)):
        raise PlanRequestError(
            f"The times are of {times.shape[0]} places and {times.shape[1]} points, the tables of "
            f"{len(table)} and {len(demand.district)}.",
            hint="Give a row of minutes for each candidate, with a column for each point.",
        )
    few = Demand(demand.cases[: request.draws], demand.people, demand.district, demand.share)
    coverage = coverage_of(
        few, times, request.reach_minutes, apart=request.capacity_people is not None
    )
    return Sites(coverage, table, request), few, times


def _nobody_in_reach(times: Floats, request: SitesRequest) -> PlanImpossibleError:
    ways = times[np.isfinite(times)]
    least = float(np.ceil(ways.min())) if len(ways) else None
    hint = (
        f"Let teams travel {least:.0f} minutes or more."
        if least is not None
        else "Choose candidate places that lie on rivers or roads of the travel network."
    )
    return PlanImpossibleError(
        f"No candidate place reaches anybody within {request.reach_minutes:g} minutes.",
        hint=hint,
        limits=("reach_minutes",),
        changes={} if least is None else {"reach_minutes": least},
    )


def _told(sites: Sites, demand: Demand, times: Floats, best: Best, steps: Steps) -> SitesPlan:
    points, total = _points(sites, times, best), demand.total
    steps.begin("unlimited")
    free = unlimited(sites, best)
    without = tuple(loosened(sites, best, steps))
    steps.begin(BELONGING)
    weight = _weight(sites, demand, points, best)
    return SitesPlan(
        _table(sites, demand, weight, best, belonging(sites, best, steps)),
        points,
        _districts(sites, demand, weight),
        Interval.of(best.by_draw),
        Interval.of(sites.coverage.of(sites.existing)),
        best.value,
        best.bound,
        Interval.of(best.by_draw / np.where(total > 0, total, 1)),
        best.value / free if free > 0 else 0.0,
        without,
        best.by_clock,
        best.by_work,
        version(),
        sites.request,
    )


def _points(sites: Sites, times: Floats, best: Best) -> pd.DataFrame:
    """Each point with the open place that comes to it first; it goes by order where alike."""
    within = best.open[:, None] & (times <= sites.request.reach_minutes)
    near = np.where(within, times, np.inf)
    first = near.argmin(axis=0)
    minutes = near[first, np.arange(near.shape[1])]
    ids = sites.candidates.index.to_numpy(dtype=object)[first]
    reached = np.isfinite(minutes)
    return pd.DataFrame(
        {"site": np.where(reached, ids, None), "minutes": np.where(reached, minutes, np.nan)}
    )


def _weight(sites: Sites, demand: Demand, points: pd.DataFrame, best: Best) -> Floats:
    """What share of each district's people each place reaches first; (districts, places)."""
    at = sites.candidates.index.get_indexer(pd.Index(points["site"].to_numpy(dtype=object)))
    here = at >= 0
    attended = np.where(
        here & (sites.coverage.group >= 0), best.reach[sites.coverage.group.clip(min=0)], 0
    )
    weight = np.zeros((demand.cases.shape[1], len(sites.candidates)))
    np.add.at(weight, (demand.district[here], at[here]), (demand.share * attended)[here])
    return weight


def _districts(sites: Sites, demand: Demand, weight: Floats) -> pd.DataFrame:
    reached, first = weight.sum(axis=1).clip(0, 1), weight.argmax(axis=1)
    ids = sites.candidates.index.to_numpy(dtype=object)[first]
    return pd.DataFrame(
        {
            "reached": reached,
            "people": demand.people * reached,
            "site": np.where(reached > 0, ids, None),
        }
    )


def _table(sites: Sites, demand: Demand, weight: Floats, best: Best, share: Floats) -> pd.DataFrame:
    table = sites.candidates.copy()
    table["chosen"] = best.open & ~sites.existing
    table["belongs"] = share
    by_draw = demand.cases @ weight
    table["cases"] = by_draw.mean(axis=0)
    table["cases_low"], table["cases_high"] = np.quantile(by_draw, MIDDLE, axis=0)
    table["people"] = demand.people @ weight
    shown = table[best.open | (share >= NEARLY)].sort_index()
    first = ["chosen", "existing", "cases", "belongs"]
    return shown.sort_values(first, ascending=False, kind="stable")
