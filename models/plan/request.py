"""What is asked of a plan of sites, and whether it can be meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.plan.work import Work
from vigia.errors import PlanRequestError

COLUMNS = ("name", "code", "department", "cost", "existing")


@dataclass(frozen=True)
class SitesRequest:
    """How many teams, how far they reach, and what binds them.

    Attributes
    ----------
    teams : int
        New ones, at most one a place; existing sites come on top and stay.
    reach_minutes : float
        A place reaches the people to whom its team comes in that time.
    capacity_people : float, optional
        How many people a team can attend to in the period; None: as many as it reaches.
    budget : float, optional
        What new places may cost together, in the unit of the candidates' ``cost``.
    forced, forbidden : tuple of str
        Ids of places that must, and must not, have a new team.
    minimum : mapping of str to int
        Sites, existing ones included, that each department (by name or code, as in the
        candidates' ``department``) has at least.
    tail : float
        1: the plan is best on the mean of all draws; else on the mean of the worst such share
        of them (conditional value at risk; Rockafellar & Uryasev 2000).
    prevented_share : float, optional
        What share of the cases reached a visit is believed to prevent. None: nothing is claimed.
    draws : int
        How many of the run's joint draws are planned on: the first ones.
    work : Work
        How near to the best, and how long to look.
    """

    teams: int
    reach_minutes: float
    capacity_people: float | None = None
    budget: float | None = None
    forced: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    minimum: Mapping[str, int] = field(default_factory=dict)
    tail: float = 1.0
    prevented_share: float | None = None
    draws: int = 200
    work: Work = field(default_factory=Work)

    def __post_init__(self) -> None:
        one_or_more("teams", self.teams)
        one_or_more("draws", self.draws)
        above_nought("reach_minutes", self.reach_minutes)
        if self.capacity_people is not None:
            above_nought("capacity_people", self.capacity_people)
        if self.budget is not None and not (math.isfinite(self.budget) and self.budget >= 0):
            raise PlanRequestError(f"budget is {self.budget}.", hint="It is 0 or more.")
        a_share("tail", self.tail)
        if self.prevented_share is not None:
            a_share("prevented_share", self.prevented_share)
        for department, least in self.minimum.items():
            if least < 0:
                raise PlanRequestError(
                    f"The minimum of {department} is {least}.", hint="It is 0 or more."
                )
        not_both("place", self.forced, self.forbidden)


SAME = (
    *("teams", "reach_minutes", "capacity_people", "budget", "minimum", "tail"),
    *("prevented_share", "draws"),
)


def request_of(form: Mapping[str, Any]) -> SitesRequest:
    """The request of a filled-in form (``vigia.settings.plans.SitesForm``, as plain values).

    Raises
    ------
    PlanRequestError
        When it makes no sense, whatever the region.
    """
    return SitesRequest(
        **{name: form[name] for name in SAME},
        forced=tuple(form["forced"]),
        forbidden=tuple(form["forbidden"]),
        work=Work(gap=form["gap"], nodes=form["nodes"], seconds=form["seconds"]),
    )


def one_or_more(name: str, value: int) -> None:
    """Raise a PlanRequestError for less."""
    if value < 1:
        raise PlanRequestError(f"{name} is {value}.", hint=f"Ask for 1 or more {name}.")


def above_nought(name: str, value: float) -> None:
    """Raise a PlanRequestError for nought, less, and what is no number."""
    if not (math.isfinite(value) and value > 0):
        raise PlanRequestError(f"{name} is {value}.", hint="It is a number above 0.")


def checked_candidates(candidates: pd.DataFrame, request: SitesRequest) -> pd.DataFrame:
    """The candidates with all their columns, held against the request.

    Parameters
    ----------
    candidates : DataFrame
        Index: ids of places. Columns name, code (of the district), department; cost (default 1)
        and existing (default False) may be absent.

    Raises
    ------
    PlanRequestError
        When there is none, an id is there twice, a cost is negative or unknown, or the request
        names a place or department that is not there, or forbids an existing site.
    """
    if candidates.empty:
        raise PlanRequestError(
            "There is no candidate place.", hint="Name a layer that has points, or use capitals."
        )
    table = candidates.copy()
    table["cost"] = table["cost"].astype(float) if "cost" in table else 1.0
    table["existing"] = table["existing"].astype(bool) if "existing" in table else False
    if twice := table.index[table.index.duplicated()].tolist():
        raise PlanRequestError(
            f"Two candidate places have the id {twice[0]!r}.", hint="Give each its own."
        )
    costs = table["cost"].to_numpy(dtype=float)
    if not (np.isfinite(costs) & (costs >= 0)).all():
        worst = table.index[~(np.isfinite(costs) & (costs >= 0))][0]
        raise PlanRequestError(
            f"The cost of the place {worst!r} is negative or unknown.",
            hint="Give every candidate a cost of 0 or more.",
        )
    all_known("place", (*request.forced, *request.forbidden), table.index)
    all_known("department", request.minimum, table["department"])
    there = set(table.index[table["existing"]])
    if kept := sorted(set(request.forbidden) & there):
        raise PlanRequestError(
            f"The place {kept[0]!r} is forbidden and has a site already; existing sites are kept.",
            hint="Take it out of the forbidden ones, or mark it as not existing.",
        )
    return table[list(COLUMNS)]


def a_share(name: str, value: float) -> None:
    """Raise a PlanRequestError for what is no share, and for nothing."""
    if not 0 < value <= 1:
        raise PlanRequestError(f"{name} is {value}.", hint="It is a share: above 0, and 1 at most.")


def not_both(what: str, forced: Iterable[str], forbidden: Iterable[str]) -> None:
    """Raise a PlanRequestError for an id that is in both lists."""
    if both := sorted(set(forced) & set(forbidden)):
        raise PlanRequestError(
            f"The {what} {both[0]!r} is both forced and forbidden.",
            hint="Take it out of one of the two lists.",
        )


def all_known(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    """Raise a PlanRequestError for an id that is none of the known ones."""
    if strange := sorted(set(asked) - set(known)):
        raise PlanRequestError(
            f"There is no candidate {what} {strange[0]!r}.",
            hint=f"Name a {what} of the list of candidates.",
        )
