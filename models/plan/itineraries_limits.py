"""What limits of itineraries take away, why stops are left out, and why none are possible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.geodesy import Floats
from models.plan.best import worst_weights
from models.plan.demand import Bools, Interval
from models.plan.inserting import by_hand
from models.plan.itineraries_request import DAY_MINUTES, ItinerariesRequest, Team
from models.plan.limits import ONE_MORE, Loosened
from models.plan.rounds import NEVER, Rounds, rounds_of, visited
from models.plan.routes_best import BestRoutes, best_routes, is_small
from vigia.errors import PlanImpossibleError

TRIES = 500  # of itineraries made anew from what is there
FEW_TRIES = 100  # to see from which base a team more brings most
LESS = 0.1  # work of the solver, of that of the plan itself
MORE_DAYS = 14
UNKNOWN = 1.0  # gap of what no bound is sought for: all of it may be missing


@dataclass(frozen=True)
class Travel:
    """Minutes of the ways that teams go; NaN or infinite where there is none.

    Attributes
    ----------
    between : array of shape (stops, stops)
        From each stop (row) to each other.
    out, back : array of shape (teams, stops)
        From the teams' bases, and back.
    """

    between: Floats
    out: Floats
    back: Floats

    def rounds(self, request: ItinerariesRequest, ids: pd.Index) -> Rounds:
        """The problem of a request, in numbers."""
        return rounds_of(request, list(ids), self.between, self.out, self.back)

    def with_one_more(self, team: int) -> Travel:
        """A team more, from the base of another."""
        out, back = (np.vstack([one, one[team]]) for one in (self.out, self.back))
        return Travel(self.between, out, back)


@dataclass(frozen=True)
class Setting:
    """What itineraries are made from; a changed request makes another.

    Attributes
    ----------
    request : ItinerariesRequest
    travel : Travel
    ids : Index
        Of the stops.
    cases_of : callable
        Cases of shape (draws, stops), of a request: where a stop is forbidden, others serve its
        people.
    """

    request: ItinerariesRequest
    travel: Travel
    ids: pd.Index
    cases_of: Callable[[ItinerariesRequest], Floats]

    def rounds(self) -> Rounds:
        """The problem in numbers."""
        return self.travel.rounds(self.request, self.ids)


def loosened(setting: Setting, best: BestRoutes) -> Iterator[Loosened]:
    """One more team (from the base where it brings most), one more day, and no other limits."""
    more = list(_one_more_team(setting))
    if len(more) > 1:
        gains = [_again(ONE_MORE, setting, one, best, FEW_TRIES).gain for one in more]
        more = [more[int(np.argmax(gains))]]
    yield _again(ONE_MORE, setting, more[0], best)
    yield _again("one_more_day", setting, _longer(setting, 1), best)
    for name in _bind(setting.request):
        changed = replace(setting, request=_without(setting.request, name))
        yield _again(name, setting, changed, best)


def of_unlimited(setting: Setting, best: BestRoutes) -> float:
    """Value as a share of that of as many teams and days without any other limit."""
    if not (names := _bind(setting.request)):
        return 1.0
    free = setting.request
    for name in names:
        free = _without(free, name)
    found = _again("all", setting, replace(setting, request=free), best)
    return best.value / found.value


def _bind(request: ItinerariesRequest) -> list[str]:
    boats = request.boats is not None and request.boats < len(request.teams)
    binds = {"boats": boats, "forced": request.forced, "forbidden": request.forbidden}
    return [name for name, is_there in binds.items() if is_there]


def _without(request: ItinerariesRequest, name: str) -> ItinerariesRequest:
    if name == "boats":
        return replace(request, boats=None)
    return replace(request, forced=()) if name == "forced" else replace(request, forbidden=())


def _one_more_team(setting: Setting) -> Iterator[Setting]:
    request = setting.request
    first = min(team.first for team in request.teams)
    days = max(team.days for team in request.teams)
    bases = {team.base: row for row, team in reversed(list(enumerate(request.teams)))}
    boats = None if request.boats is None else request.boats + 1
    for base, row in sorted(bases.items()):
        name = " + ".join(team.name for team in request.teams)
        teams = (*request.teams, Team(name + " + 1", base, days, first))
        more = replace(request, teams=teams, boats=boats)
        yield replace(setting, request=more, travel=setting.travel.with_one_more(row))


def _again(name: str, old: Setting, new: Setting, best: BestRoutes, tries: int = TRIES) -> Loosened:
    """Made better by hand from what is there, so it is no worse; small ones also solved anew."""
    before = old.cases_of(old.request) @ best.visited.astype(float)
    rounds, cases, tail = new.rounds(), new.cases_of(new.request), new.request.tail
    worth = worst_weights(before, tail) @ cases
    routes = dict(zip(_keys(old.request), best.routes, strict=True))
    start = [routes.get(key, []) for key in _keys(new.request)]
    seed, effort = old.request.seed, old.request.effort
    found = [start, by_hand(rounds, worth, tries, seed, start)]
    if is_small(rounds, worth, effort):
        less = replace(effort, tries=tries, work=effort.work * LESS)
        anew = best_routes(rounds, cases, tail, less, seed)
        found += [] if anew is None else [anew.routes]
    by_draw = [before, *(cases @ visited(one, len(worth)).astype(float) for one in found)]
    values = [float(worst_weights(one, tail) @ one) for one in by_draw]
    at = int(np.argmax(values))
    more = Interval.of(by_draw[at] - before)
    return Loosened(name, values[at], values[at] - values[0], UNKNOWN, more)


def _keys(request: ItinerariesRequest) -> list[tuple[str, int]]:
    """Team and day of each outing, in their order."""
    return [(request.teams[row].name, day) for row, day, _ in request.outings]


def explain_left(rounds: Rounds, stop: int) -> str:
    """Why nobody visits a stop: no_way, too_long or no_time."""
    if rounds.reaches(stop):
        return "no_time"
    ways = rounds.ways
    out, back = ways.out[:, stop], ways.back[:, stop] if ways.returns else 0
    return "too_long" if (out + back < NEVER).any() else "no_way"


def explain_nothing(
    setting: Setting, times: Floats, found: BestRoutes | None
) -> PlanImpossibleError:
    """What to change where no itineraries were found, or those that were reach nobody."""
    rounds, cases = setting.rounds(), setting.cases_of(setting.request)
    forced = np.flatnonzero(rounds.must).tolist()
    for stop in forced:
        if not rounds.reaches(stop):
            said = f"No team can visit the forced stop {setting.ids[stop]!r} in the time it has."
            return _too_short(rounds, stop, said, ("forced", "day_minutes"))
    if not (cases.sum(axis=0) > 0).any():
        return _nobody(times, setting.request)
    if found is None:
        return _too_many(setting, forced)
    nearest = int(np.argmax(cases.mean(axis=0) * rounds.may))
    said = "No team can visit a stop that serves anybody in the time it has."
    return _too_short(rounds, nearest, said, ("day_minutes",))


def _too_short(
    rounds: Rounds, stop: int, said: str, limits: tuple[str, ...]
) -> PlanImpossibleError:
    minutes = _long_enough(rounds, stop)
    if minutes is None:
        hint = "No river or road leads there in a day: choose other bases or stops."
        return PlanImpossibleError(said, hint=hint, limits=limits)
    hint = f"Let a day have {minutes} minutes or more, or choose nearer bases or stops."
    return PlanImpossibleError(said, hint=hint, limits=limits, changes={"day_minutes": minutes})


def _nobody(times: Floats, request: ItinerariesRequest) -> PlanImpossibleError:
    near = times[np.isfinite(times)]
    least = float(np.ceil(near.min())) if len(near) else None
    return PlanImpossibleError(
        f"No stop reaches anybody within {request.reach_minutes:g} minutes.",
        hint="Choose stops on rivers or roads of the travel network."
        if least is None
        else f"Let people be {least:.0f} minutes or more from a stop.",
        limits=("reach_minutes",),
        changes={} if least is None else {"reach_minutes": least},
    )


def _too_many(setting: Setting, forced: list[int]) -> PlanImpossibleError:
    """How many of the forced stops were fitted in, and how many more days all of them took."""
    fit = _fitted(setting)
    count = int(fit[forced].sum())
    left = tuple(str(setting.ids[stop]) for stop in forced if not fit[stop])
    changes: dict[str, float | tuple[str, ...]] = {"forced": left} if left else {}
    hints = [f"do not force {', '.join(left)}"] if left else []
    for more in range(1, MORE_DAYS + 1):
        if _fitted(_longer(setting, more))[forced].all():
            changes["days"] = more
            hints.append(f"give every team {more} more days")
            break
    hint = ", or ".join(hints) or "force fewer stops"
    return PlanImpossibleError(
        f"Of {len(forced)} forced stops, {count} were fitted into the teams' days.",
        hint=f"{hint[0].upper()}{hint[1:]}.",
        limits=("forced", "days"),
        changes=changes,
    )


def _fitted(setting: Setting) -> Bools:
    """Which stops are visited where forced ones alone count."""
    rounds = setting.rounds()
    return visited(by_hand(rounds, np.where(rounds.must, 1.0, 0.0), TRIES, 0), len(rounds.must))


def _longer(setting: Setting, more: int) -> Setting:
    """So many more days for every team."""
    teams = tuple(replace(team, days=team.days + more) for team in setting.request.teams)
    return replace(setting, request=replace(setting.request, teams=teams))


def _long_enough(rounds: Rounds, stop: int) -> int | None:
    """Minutes of the shortest day in which a stop can be visited; None where there is none."""
    for minutes in range(rounds.ways.day_minutes + 1, DAY_MINUTES + 1):
        longer = replace(rounds, ways=rounds.ways._replace(day_minutes=minutes))
        if longer.reaches(stop):
            return minutes
    return None
