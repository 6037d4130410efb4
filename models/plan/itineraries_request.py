"""What is asked of itineraries, and whether it can be meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pandas as pd

from models.plan.request import a_share, above_nought, all_known, not_both, one_or_more
from vigia.errors import PlanRequestError

Return = Literal["daily", "end", "no"]
DAY_MINUTES = 24 * 60
MOST_OUTINGS = 500


@dataclass(frozen=True)
class Team:
    """A team, and when it is on its way.

    Attributes
    ----------
    name : str
    base : str
        Id of the place where it starts.
    days : int
    first : date
    """

    name: str
    base: str
    days: int
    first: date


@dataclass(frozen=True)
class Effort:
    """How long to look for better itineraries: rounds of the search, not seconds of a clock.

    Attributes
    ----------
    tries : int
        Times that some visits are taken out and put in anew.
    blocks : int
        Groups of neighbouring outings of a day that the solver plans together.
    exact_arcs : int
        Where there are no more arcs between stops, bases and outings, the whole is solved at once.
    work : float
        Deterministic seconds of the solver for the whole; a block has a tenth of it.
    """

    tries: int = 5_000
    blocks: int = 20
    exact_arcs: int = 4_000
    work: float = 20.0

    def __post_init__(self) -> None:
        if min(self.tries, self.blocks, self.exact_arcs) < 0 or not self.work > 0:
            raise PlanRequestError("The search has no room.", hint="Give it some work.")


@dataclass(frozen=True)
class ItinerariesRequest:
    """Who goes when, and what binds them.

    Attributes
    ----------
    teams : tuple of Team
    reach_minutes : float
        A stop serves the people to whom no other stop is quicker, if its team comes to them in
        that time.
    day_minutes : int
        Between leaving in the morning and the last work of the day, or coming home.
    morning : int
        When a day begins: minutes after midnight.
    service_minutes : int
        At each stop, but for those in ``service``.
    service : mapping of str to int
    returns : {"daily", "end", "no"}
        Every evening to the base, at the end, or not at all; else teams spend nights on the way.
    boats : int, optional
        How many teams can be out on one day. A team that does not come home holds its boat.
    forced, forbidden : tuple of str
        Ids of stops that some team must, and none may, visit.
    tail, draws :
        As of ``models.plan.request.SitesRequest``.
    effort : Effort
    seed : int
        Of the search.
    """

    teams: tuple[Team, ...]
    reach_minutes: float
    day_minutes: int = 600
    morning: int = 360
    service_minutes: int = 120
    service: Mapping[str, int] = field(default_factory=dict)
    returns: Return = "daily"
    boats: int | None = None
    forced: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    tail: float = 1.0
    draws: int = 200
    effort: Effort = field(default_factory=Effort)
    seed: int = 0

    def __post_init__(self) -> None:
        one_or_more("teams", len(self.teams))
        one_or_more("draws", self.draws)
        above_nought("reach_minutes", self.reach_minutes)
        for team in self.teams:
            one_or_more(f"days of the team {team.name!r}", team.days)
        names = [team.name for team in self.teams]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise PlanRequestError(
                f"Two teams are called {twice[0]!r}.", hint="Give each its own name."
            )
        one_or_more("day_minutes", self.day_minutes)
        if not 0 <= self.morning <= DAY_MINUTES - self.day_minutes:
            raise PlanRequestError(
                f"A day of {self.day_minutes} minutes that begins {self.morning} minutes after "
                "midnight does not end on the same day.",
                hint="Let it begin earlier, or be shorter.",
            )
        for name, minutes in {"service_minutes": self.service_minutes, **self.service}.items():
            if not 0 <= minutes <= self.day_minutes:
                raise PlanRequestError(
                    f"The work at a stop takes {minutes} minutes ({name}), a day has "
                    f"{self.day_minutes}.",
                    hint="Work at a stop is done within a day: 0 minutes or more.",
                )
        if self.boats is not None:
            one_or_more("boats", self.boats)
        a_share("tail", self.tail)
        not_both("stop", self.forced, self.forbidden)
        if len(self.outings) > MOST_OUTINGS:
            raise PlanRequestError(
                f"{len(self.outings)} outings are too many to plan at once.",
                hint=f"Plan for {MOST_OUTINGS} at most: fewer teams, or fewer days.",
            )

    @property
    def outings(self) -> list[tuple[int, int, int]]:
        """Team, its day (from 0 on) and length in days of each outing."""
        if self.returns == "daily":
            return [(n, day, 1) for n, team in enumerate(self.teams) for day in range(team.days)]
        return [(n, 0, team.days) for n, team in enumerate(self.teams)]


SAME = (
    *("reach_minutes", "day_minutes", "morning", "service_minutes", "service"),
    *("boats", "tail", "draws", "seed"),
)


def request_of(form: Mapping[str, Any]) -> ItinerariesRequest:
    """The request of a filled-in form (``vigia.settings.itineraries``, as plain values).

    Raises
    ------
    PlanRequestError
        When it makes no sense, whatever the region.
    """
    first = date.fromisoformat(str(form["first"]))
    teams = tuple(
        Team(
            team["name"],
            team["base"],
            team["days"] or form["days"],
            date.fromisoformat(str(team["first"])) if team["first"] else first,
        )
        for team in form["teams"]
    )
    return ItinerariesRequest(
        teams,
        returns=form["return_to_base"],
        forced=tuple(form["forced"]),
        forbidden=tuple(form["forbidden"]),
        effort=Effort(tries=form["tries"], blocks=form["blocks"]),
        **{name: form[name] for name in SAME},
    )


def checked_stops(stops: pd.DataFrame, request: ItinerariesRequest) -> pd.DataFrame:
    """The stops, held against the request.

    Raises
    ------
    PlanRequestError
        When there is none, an id is there twice, or the request names one that is not there.
    """
    if stops.empty:
        raise PlanRequestError(
            "There is no place to stop at.", hint="Name a layer that has points, or use capitals."
        )
    if twice := stops.index[stops.index.duplicated()].tolist():
        raise PlanRequestError(f"Two stops have the id {twice[0]!r}.", hint="Give each its own.")
    all_known("stop", (*request.forced, *request.forbidden, *request.service), stops.index)
    return stops
