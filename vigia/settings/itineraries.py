"""What may be asked of itineraries, as one form for the command line, the service and the queue."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from vigia.settings.base import Frozen


class TeamForm(Frozen):
    """A team."""

    name: str = Field(min_length=1, max_length=100)
    base: str = Field(description="The id of the place where it starts.")
    days: int | None = Field(None, ge=1, le=60, description="If it is not out as long as others.")
    first: date | None = Field(
        None, strict=False, description="If it does not start when the others do."
    )


class ItinerariesForm(Frozen):
    """What is asked of itineraries, as docs/plans.md has it. Limits are judged later."""

    teams: list[TeamForm] = Field(max_length=100)
    first: date = Field(strict=False, description="The day on which teams start.")
    days: int = Field(5, le=60, description="For which they are out.")
    reach_minutes: float = Field(60.0, description="How far from a stop people are served.")
    outcome: str = Field("composite", description="An outcome, a stage, or composite.")
    candidates: str = Field("capitals", description="Stops: capitals, or a layer of points.")
    only: list[str] = Field([], max_length=10_000, description="Stops to choose from; none: all.")
    bases: str = Field("capitals", description="Where bases are: capitals, or a layer of points.")
    season: Literal["high", "low"] = Field("low", description="Of the water.")
    years: float = Field(1.0, description="Length of the period whose cases count.")
    return_to_base: Literal["daily", "end", "no"] = Field(
        "daily", description="Every evening, at the end, or not at all."
    )
    day_minutes: int = Field(600, description="From the morning to the end of a day's work.")
    morning: int = Field(360, description="When a day begins: minutes after midnight.")
    service_minutes: int = Field(120, description="Work at a stop.")
    service: dict[str, int] = Field({}, max_length=10_000, description="By id of a stop.")
    boats: int | None = Field(None, description="How many teams can be out on one day.")
    forced: list[str] = Field([], max_length=10_000, description="Stops that some team visits.")
    forbidden: list[str] = Field([], max_length=10_000, description="Stops that none visits.")
    tail: float = Field(1.0, description="Plan for the mean of the worst such share of draws.")
    draws: int = Field(200, le=10_000, description="How many joint draws are planned on.")
    tries: int = Field(5_000, le=100_000, description="Of the search by hand.")
    blocks: int = Field(20, le=1_000, description="Groups of outings that the solver betters.")
    seed: int = Field(0, ge=0, le=2**31 - 1)
