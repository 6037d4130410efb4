"""The commands of ``vigia plan``; they import what they need when they run, as all commands do."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vigia.errors import NotFoundError, PlanRequestError
from vigia.options import HERE, Folder, Json, Language
from vigia.project import load_project
from vigia.terminal import Terminal

if TYPE_CHECKING:
    from data.records import PlanRecord
    from data.store import Store

Out = Annotated[
    Path | None,
    typer.Option("--out", help="Write it too: .json, .csv, .xlsx or .gpkg.", dir_okay=False),
]
plan_app = typer.Typer(help="Where to send the teams.", no_args_is_help=True)


@plan_app.command("sites")
def plan_sites(
    teams: Annotated[int, typer.Option(help="How many new teams, modules or posts.")],
    reach: Annotated[float, typer.Option(help="Minutes that a team may travel.")],
    outcome: Annotated[str, typer.Option(help="An outcome, a stage, or composite.")] = "composite",
    candidates: Annotated[
        str, typer.Option(help="Where teams could go: capitals, or a layer of points.")
    ] = "capitals",
    existing: Annotated[
        str | None, typer.Option(help="A layer of points that have a team already.")
    ] = None,
    season: Annotated[Literal["high", "low"], typer.Option(help="Of the water.")] = "low",
    years: Annotated[float, typer.Option(help="Length of the period that is planned for.")] = 1.0,
    capacity: Annotated[
        float | None, typer.Option(help="How many people a team can attend to in the period.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="What new places may cost; each costs 1 if not said.")
    ] = None,
    cost: Annotated[
        list[str] | None, typer.Option(help="ID=COST of a place; may be repeated.")
    ] = None,
    force: Annotated[
        list[str] | None, typer.Option(help="The id of a place that must have a team.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(help="The id of a place that must have none.")
    ] = None,
    minimum: Annotated[
        list[str] | None, typer.Option(help="DEPARTMENT=SITES at least; may be repeated.")
    ] = None,
    tail: Annotated[
        float, typer.Option(help="Plan for the mean of the worst such share of the draws.")
    ] = 1.0,
    prevented: Annotated[
        float | None, typer.Option(help="What share of cases reached a visit is held to avert.")
    ] = None,
    draws: Annotated[int, typer.Option(help="How many joint draws are planned on.")] = 200,
    gap: Annotated[float, typer.Option(help="How near to the best it must be, as a share.")] = 0.01,
    seconds: Annotated[
        float | None, typer.Option(help="Stop by the clock; by default by work alone.")
    ] = None,
    run: Annotated[
        str | None, typer.Option(help="A run's id, or latest; by default the published one.")
    ] = None,
    out: Out = None,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Choose where teams go, so that they reach as many cases as can be within their limits."""
    from maps.plan_files import check_suffix
    from vigia.kept_plans import sites_plan
    from vigia.pipeline import open_store
    from vigia.settings.plans import SitesForm, filled_in

    if out is not None:
        check_suffix(out)
    form = filled_in(
        SitesForm,
        teams=teams,
        reach_minutes=reach,
        outcome=outcome,
        candidates=candidates,
        existing=existing,
        season=season,
        years=years,
        capacity_people=capacity,
        budget=budget,
        costs=_pairs("--cost", cost),
        forced=force or [],
        forbidden=forbid or [],
        minimum={key: round(value) for key, value in _pairs("--minimum", minimum).items()},
        tail=tail,
        prevented_share=prevented,
        draws=draws,
        gap=gap,
        seconds=seconds,
    )
    with open_store(load_project(project)) as store:
        plan = sites_plan(store, form, run)
    _answer(plan, out, language, json=json)


@plan_app.command("itineraries")
def plan_itineraries(
    team: Annotated[
        list[str], typer.Option(help="NAME@BASE: a team, and the id of the place where it starts.")
    ],
    first: Annotated[str, typer.Option(help="The day on which teams start: 2027-03-01.")],
    days: Annotated[int, typer.Option(help="For which they are out.")] = 5,
    reach: Annotated[
        float, typer.Option(help="Minutes from a stop within which people are served.")
    ] = 60.0,
    outcome: Annotated[str, typer.Option(help="An outcome, a stage, or composite.")] = "composite",
    candidates: Annotated[
        str, typer.Option(help="Where teams could stop: capitals, or a layer of points.")
    ] = "capitals",
    of_plan: Annotated[
        str | None, typer.Option(help="Stop only at the chosen sites of this plan.")
    ] = None,
    bases: Annotated[
        str, typer.Option(help="Where bases are: capitals, or a layer of points.")
    ] = "capitals",
    season: Annotated[Literal["high", "low"], typer.Option(help="Of the water.")] = "low",
    years: Annotated[float, typer.Option(help="Length of the period whose cases count.")] = 1.0,
    return_to_base: Annotated[
        Literal["daily", "end", "no"], typer.Option(help="Every evening, at the end, or not.")
    ] = "daily",
    hours: Annotated[float, typer.Option(help="Of a day, with the ways.")] = 10.0,
    morning: Annotated[str, typer.Option(help="When a day begins.")] = "06:00",
    service: Annotated[int, typer.Option(help="Minutes of work at a stop.")] = 120,
    service_at: Annotated[
        list[str] | None, typer.Option(help="ID=MINUTES at a stop; may be repeated.")
    ] = None,
    boats: Annotated[int | None, typer.Option(help="How many teams can be out on one day.")] = None,
    force: Annotated[
        list[str] | None, typer.Option(help="The id of a stop that some team visits.")
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(help="The id of a stop that none visits.")
    ] = None,
    tail: Annotated[
        float, typer.Option(help="Plan for the mean of the worst such share of the draws.")
    ] = 1.0,
    draws: Annotated[int, typer.Option(help="How many joint draws are planned on.")] = 200,
    tries: Annotated[int, typer.Option(help="Of the search.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the search.")] = 0,
    run: Annotated[
        str | None, typer.Option(help="A run's id, or latest; by default the published one.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write it: .ics, .xlsx, .csv, .gpkg or .json.", dir_okay=False),
    ] = None,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Choose which stops each team visits on which day, there and back by river and road."""
    from maps.plan_files import check_suffix
    from vigia.kept_plans import itineraries_plan
    from vigia.pipeline import open_store
    from vigia.settings.itineraries import ItinerariesForm
    from vigia.settings.plans import filled_in

    if out is not None:
        check_suffix(out, "itineraries")
    with open_store(load_project(project)) as store:
        stops, candidates = _sites_of(store, of_plan, candidates)
        form = filled_in(
            ItinerariesForm,
            teams=[_team(one) for one in team],
            first=first,
            days=days,
            reach_minutes=reach,
            outcome=outcome,
            candidates=candidates,
            only=stops,
            bases=bases,
            season=season,
            years=years,
            return_to_base=return_to_base,
            day_minutes=round(60 * hours),
            morning=_minutes(morning),
            service_minutes=service,
            service={
                key: round(value) for key, value in _pairs("--service-at", service_at).items()
            },
            boats=boats,
            forced=force or [],
            forbidden=forbid or [],
            tail=tail,
            draws=draws,
            tries=tries,
            seed=seed,
        )
        plan = itineraries_plan(store, form, run)
    _answer(plan, out, language, json=json)


def _team(text: str) -> dict[str, str]:
    name, at, base = text.rpartition("@")
    if not (name and at and base):
        raise PlanRequestError(
            f"--team is {text!r}.", hint="Write it as NAME@BASE: --team 'Norte@250101'."
        )
    return {"name": name, "base": base}


def _minutes(clock: str) -> int:
    """After midnight."""
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        raise PlanRequestError(f"--morning is {clock!r}.", hint="Write it as 06:00.") from None
    return 60 * at.hour + at.minute


def _sites_of(store: Store, plan: str | None, candidates: str) -> tuple[list[str], str]:
    """Chosen sites of a plan, and the layer that they are of."""
    from data.plans import find_plan

    if plan is None:
        return [], candidates
    found = find_plan(store, plan)
    if found is None or found.kind != "sites":
        raise NotFoundError(
            f"There is no plan of sites {plan!r}.", hint="vigia plan list names them."
        )
    chosen = [site["id"] for site in found.result["sites"] if site["chosen"]]
    return chosen, str(found.request["candidates"])


@plan_app.command("list")
def plan_list(project: Folder = HERE, json: Json = False) -> None:
    """List the plans that were made."""
    from data.plans import list_plans
    from vigia.pipeline import open_store

    terminal = Terminal(as_json=json)
    with open_store(load_project(project)) as store:
        plans = list_plans(store)
    rows = [(p.id, p.kind, p.created_at, p.run, str(p.request.get("outcome", ""))) for p in plans]
    terminal.table("Plans", ("plan", "kind", "made", "run", "outcome"), rows)
    told = [{"id": p.id, "kind": p.kind, "made": p.created_at, "run": p.run} for p in plans]
    terminal.answer(f"{len(plans)} plans.", {"plans": told})


@plan_app.command("show")
def plan_show(
    plan: Annotated[str, typer.Argument(help="The id of a plan.")],
    out: Out = None,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Show a plan that was made."""
    from data.plans import find_plan
    from maps.plan_files import check_suffix
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        found = find_plan(store, plan)
    if found is None:
        raise NotFoundError(f"There is no plan {plan!r}.", hint="vigia plan list names them.")
    if out is not None:
        check_suffix(out, found.kind)
    _answer(found, out, language, json=json)


def _answer(
    plan: PlanRecord, out: Path | None, language: Literal["es", "en"], *, json: bool
) -> None:
    from maps.itineraries_text import itineraries_text
    from maps.plan_files import write_plan
    from maps.plan_text import plan_text

    told = {"id": plan.id, **plan.result}
    if out is not None:
        write_plan(told, out, language)
    text = itineraries_text if plan.kind == "itineraries" else plan_text
    Terminal(as_json=json).answer(text(told, language), told)


def _pairs(option: str, given: list[str] | None) -> dict[str, float]:
    """``NAME=NUMBER`` texts as a mapping."""
    found = {}
    for text in given or ():
        name, equals, number = text.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise PlanRequestError(
                f"{option} is {text!r}.", hint=f"Write it as NAME=NUMBER: {option} 250101=3."
            )
    return found
