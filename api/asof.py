"""What was answered on a day: read from what was kept then, never made anew."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query

from api.errors import BadQueryError
from api.service import RunGoneError, Service, Serving
from data.answers import Publication, all_publications, any_at, district_at, scores_at
from data.store import Store
from vigia.errors import NotFoundError

DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ABOUT = ("run", "target_year", "attribution", "licence")
AsOf = Annotated[
    str | None,
    Query(
        pattern=DAY,
        description="A day: what was answered at its end, in the project's time zone.",
        examples=["2026-11-24"],
    ),
]


@dataclass(frozen=True)
class Kept:
    """What was answered of one publication."""

    publication: Publication
    about: dict[str, Any]
    store: Store

    def records(self) -> list[dict[str, Any]]:
        """All scores, by outcome and code."""
        told = [
            row for one in scores_at(self.store, self.publication.number) for row in json.loads(one)
        ]
        return sorted(told, key=lambda row: (row["outcome"], row["code"]))

    def district(self, code: str) -> bytes | None:
        """All that was told of a district."""
        return district_at(self.store, self.publication.number, code)


def kept_of(store: Store, publication: Publication) -> Kept:
    """What was kept of a publication.

    Raises
    ------
    RunGoneError
        When its run was withdrawn.
    NotFoundError
        When nothing was kept: an earlier version published it.
    """
    if publication.withdrawn:
        raise RunGoneError(f"Run {publication.run!r} was withdrawn, and is answered no more.")
    some = any_at(store, publication.number)
    if some is None:
        raise NotFoundError(
            f"What was answered of run {publication.run!r} was not kept.",
            hint="An earlier version of vigia published it; /v1/runs has what is known of it.",
        )
    told = json.loads(some)
    return Kept(publication, {name: told[name] for name in ABOUT}, store)


def last_of(service: Service, run: str) -> Kept:
    """What was kept of the last publication of a run.

    Raises
    ------
    RunGoneError
        When there is none, it was withdrawn, or nothing was kept of it.
    """
    found = [one for one in all_publications(service.store) if one.run == run]
    try:
        if found:
            return kept_of(service.store, found[-1])
    except RunGoneError:
        raise
    except NotFoundError as error:
        raise RunGoneError(error.message, hint=error.hint) from None
    raise RunGoneError(
        f"Nothing is known of a published run {run!r}.", hint="Fetch all scores anew."
    )


def kept_asof(service: Service, serving: Serving, day: str, run: str | None = None) -> Kept:
    """What was answered at the end of a day; of one run, where a page before was of that one.

    Raises
    ------
    BadQueryError
        When there is no such day.
    NotFoundError
        When nothing had been published yet.
    RunGoneError
        When the run of then was withdrawn, or is not the one that pages are of.
    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise BadQueryError(f"There is no day {day!r}.") from None
    zone = ZoneInfo(serving.released.area["timezone"])
    before = [one for one in all_publications(service.store) if local_day(one.at, zone) <= wanted]
    if not before:
        raise NotFoundError(f"Nothing had been published by the end of {day}.")
    of_run = [one for one in before if run in (None, one.run)]
    if not of_run:
        raise RunGoneError(f"Run {run!r} is not what was published then.", hint="Begin anew.")
    return kept_of(service.store, of_run[-1])


def local_day(at: str, zone: ZoneInfo) -> date:
    """The day that a moment is of somewhere."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(zone).date()
