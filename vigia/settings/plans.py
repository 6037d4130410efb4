"""What may be asked of a plan, as one form for the command line, the service and the queue."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from vigia.errors import PlanRequestError
from vigia.settings.base import Frozen

Form = TypeVar("Form", bound=Frozen)


class SitesForm(Frozen):
    """What is asked of a plan of sites, as docs/plans.md has it. Limits are judged later."""

    teams: int = Field(le=100_000, description="New teams, modules or posts, at most one a place.")
    reach_minutes: float = Field(description="How long a team may travel to people.")
    outcome: str = Field("composite", description="An outcome, a stage, or composite.")
    candidates: str = Field("capitals", description="capitals, or the id of a layer of points.")
    existing: str | None = Field(None, description="A layer of points that have a team already.")
    season: Literal["high", "low"] = Field("low", description="Of the water.")
    years: float = Field(1.0, description="Length of the period.")
    capacity_people: float | None = Field(None, description="People whom a team can attend to.")
    budget: float | None = Field(None, description="What new places may cost together.")
    costs: dict[str, float] = Field(
        {}, max_length=10_000, description="By id of a place; others cost 1."
    )
    forced: list[str] = Field(
        [], max_length=10_000, description="Places that must have a new team."
    )
    forbidden: list[str] = Field([], max_length=10_000, description="Places that must have none.")
    minimum: dict[str, int] = Field(
        {}, max_length=10_000, description="Sites that a department has at least."
    )
    tail: float = Field(1.0, description="Plan for the mean of the worst such share of draws.")
    prevented_share: float | None = Field(None, description="What a visit is held to avert.")
    draws: int = Field(200, le=10_000, description="How many joint draws are planned on.")
    gap: float = Field(0.01, description="How near to the best it must be, as a share.")
    nodes: int = Field(2_000, le=1_000_000, description="Of the search, after which it stops.")
    seconds: float | None = Field(
        None, description="Of the search; none: the clock never stops it."
    )


def filled_in(form: type[Form], **values: Any) -> Form:
    """A form of these values.

    Raises
    ------
    PlanRequestError
        When one is of another type, or no number at all.
    """
    try:
        return form(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise PlanRequestError(
            f"{name} is {first['input']!r}: {first['msg']}.", hint="docs/plans.md says what it is."
        ) from None
