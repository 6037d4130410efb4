"""The commands of ``vigia plan``; they import what they need when they run, as all commands do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vigia.errors import PlanRequestError
from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

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
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write it too: .json, .csv or .gpkg.", dir_okay=False),
    ] = None,
    language: Annotated[Literal["es", "en"], typer.Option(help="Of the answer.")] = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Choose where teams go, so that they reach as many cases as can be within their limits."""
    from maps.plan_files import check_suffix, write_plan
    from maps.plan_text import plan_text
    from models.plan.highs import Work
    from models.plan.request import SitesRequest
    from vigia.pipeline import open_store
    from vigia.plan_told import told
    from vigia.planning import SitesAsked, make_plan

    if out is not None:
        check_suffix(out)
    asked = SitesAsked(
        SitesRequest(
            teams=teams,
            reach_minutes=reach,
            capacity_people=capacity,
            budget=budget,
            forced=tuple(force or ()),
            forbidden=tuple(forbid or ()),
            minimum={key: round(value) for key, value in _pairs("--minimum", minimum).items()},
            tail=tail,
            prevented_share=prevented,
            draws=draws,
            work=Work(gap=gap, seconds=seconds),
        ),
        outcome=outcome,
        candidates=candidates,
        existing=existing,
        season=season,
        years=years,
        costs=_pairs("--cost", cost),
    )
    with open_store(load_project(project)) as store:
        answer = told(store, make_plan(store, asked, run), language)
    if out is not None:
        write_plan(answer, out)
    Terminal(as_json=json).answer(plan_text(answer, language), answer)


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
