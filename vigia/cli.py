"""The command line. Every command is one call into the pipeline, data, maps or api, and its answer.

Commands import what they need when they run: ``--help`` answers at once, and ``serve`` never loads
a model.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from vigia.brief_command import brief
from vigia.errors import ProjectError, VigiaError
from vigia.keeping import backup, doctor, purge, restore, upgrade
from vigia.keys import keys_app
from vigia.map_command import map_file
from vigia.options import HERE, Data, Folder, Json
from vigia.people import people_app
from vigia.plan_command import plan_app
from vigia.project import FILE_NAME, load_project
from vigia.publish_command import publish
from vigia.runs import runs_app
from vigia.scenario_command import scenario_app
from vigia.terminal import Terminal, written
from vigia.visits import visits_app
from vigia.webhooks import webhooks_app

if TYPE_CHECKING:
    from data.records import RunRecord

app = typer.Typer(
    name="vigia",
    help="Honest risk maps from few, biased cases, and where prevention teams go next.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(runs_app, name="runs")
app.add_typer(visits_app, name="visits")
app.add_typer(plan_app, name="plan")
app.add_typer(scenario_app)
app.add_typer(keys_app, name="keys")
app.add_typer(people_app, name="people")
app.add_typer(webhooks_app, name="webhooks")

Port = Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)]
Out = Annotated[Path, typer.Option("--out", help="The file to write.", dir_okay=False)]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    example: Annotated[bool, typer.Option("--example", help="With the synthetic Amazon.")] = False,
    districts: Annotated[int, typer.Option(help="Size of the example.", min=20)] = 160,
    seed: Annotated[int, typer.Option(help="Seed of the example.", min=0)] = 1,
    bias: Annotated[
        Literal["none", "moderate", "strong"], typer.Option(help="Reporting bias of the example.")
    ] = "moderate",
    json: Json = False,
) -> None:
    """Make a new project: a commented vigia.toml, or the whole example region."""
    from vigia.new_project import write_example, write_template

    if (folder / FILE_NAME).exists():
        raise ProjectError(f"{folder} has a {FILE_NAME} already; nothing was changed.")
    if example:
        write_example(folder, districts=districts, seed=seed, bias=bias)
    else:
        write_template(folder)
    Terminal(as_json=json).answer(f"Project made in {folder}.", {"project": str(folder)})


@app.command()
def ingest(project: Folder = HERE, data: Data = None, json: Json = False) -> None:
    """Read, check, repair and store every input; say what was done to each of its rows."""
    from vigia import pipeline

    terminal = Terminal(as_json=json)
    try:
        with terminal.progress() as progress:
            reports = pipeline.ingest(load_project(project, data), progress)
    except pipeline.IngestRefusedError as error:
        terminal.reports(error.reports)
        raise
    terminal.reports(reports)
    stored = sum(not report.unchanged for report in reports)
    terminal.answer(
        f"Stored {stored} of {len(reports)} inputs; the others were there already.",
        {"reports": [report.to_json() for report in reports]},
    )


@app.command()
def features(
    project: Folder = HERE,
    data: Data = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Measure on the Dask cluster at this address (tcp://...).")
    ] = None,
    json: Json = False,
) -> None:
    """Compute the district x factor table from what is stored."""
    from vigia import pipeline
    from vigia.measuring import network_in_short

    terminal = Terminal(as_json=json)
    with terminal.progress() as progress:
        made = pipeline.build_features(load_project(project, data), progress, scheduler=scheduler)
    network = made.meta["network"]
    if network is not None:
        terminal.table("Network to travel on", ("what", "how much"), network_in_short(network))
    missing = {name: float(share) for name, share in made.table.isna().mean().items()}
    rows = [(name, f"{share:.1%}") for name, share in missing.items()]
    terminal.table("Share of districts without an answer", ("factor", "missing"), rows)
    years = made.meta["years"]
    terminal.answer(
        f"Feature table {made.id}: {len(missing)} factors, years {years[0]} to {years[-1]}.",
        {"id": made.id, "missing_share": missing, "years": years, "network": network},
    )


@app.command()
def train(
    project: Folder = HERE,
    data: Data = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Test on the last year alone: a run to look at, never to publish."
        ),
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="In place of [model] seed.", min=0, max=2**32 - 1)
    ] = None,
    draws: Annotated[
        int | None, typer.Option(help="In place of [model] draws.", min=100, max=20_000)
    ] = None,
    progress_lines: Annotated[
        bool,
        typer.Option("--progress-lines", help="Say on standard error how far it is, as JSON."),
    ] = False,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    json: Json = False,
) -> None:
    """Fit and validate a run of every outcome, and write its honesty report.

    It stays a draft until it is published.
    """
    from data.disclosure import release_run
    from vigia import pipeline
    from vigia.worker import end_with

    if parent is not None:
        end_with(parent)
    terminal = Terminal(as_json=json)
    opened = load_project(project, data).with_model(seed=seed, draws=draws)
    with terminal.progress(lines=progress_lines) as progress:
        record = pipeline.train(opened, progress, quick=quick)
    report = pipeline.honesty_report(opened, record.id)
    terminal.answer(
        f"Run {record.id} ({record.status}), target year {record.target_year}: "
        f"{_verdict(record)}.\nIts honesty report is {report}.",
        release_run(record) | {"report": str(report)},
    )


app.command()(publish)
app.command()(brief)
app.command("map")(map_file)


def _verdict(record: RunRecord) -> str:
    from data.publish import QUICK

    if QUICK in record.warnings:
        return "a quick run, to look at; it cannot be published"
    if not record.tested:
        return "untested; publishing it needs --accept-worse and --by"
    if record.beats_baseline:
        return "beats its baseline on held-out data"
    return "loses to its baseline on held-out data; publishing it needs --accept-worse and --by"


@app.command()
def export(
    out: Out,
    form: Annotated[
        Literal["csv", "gpkg", "parquet", "topojson"],
        typer.Option("--format", help="The file's format."),
    ],
    scale: Annotated[
        Literal["area", "region", "detail"] | None,
        typer.Option(
            help="How fine the boundaries of a TopoJSON are: for a map of the whole area, of a "
            "part of it (the default), or of a few districts."
        ),
    ] = None,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Write the scores of the published run, each with its doubt, as a table with boundaries."""
    from maps.export import DEFAULT_SCALE
    from maps.export import export as write
    from vigia import pipeline

    if scale and form != "topojson":
        raise typer.BadParameter(f"--scale is for --format topojson, not {form}.")
    write(pipeline.published(load_project(project)), form, out, scale or DEFAULT_SCALE)
    Terminal(as_json=json).answer(f"Scores written to {out}.", written(out))


@app.command()
def work(
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits any more.")] = False,
    parent: Annotated[int | None, typer.Option(hidden=True)] = None,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Do what was asked for over HTTP: plans, trainings. ``vigia serve`` starts one of these."""
    from vigia.worker import work as work_off

    done = work_off(load_project(project), once=once, parent=parent)
    Terminal(as_json=json).answer(f"{done} jobs were done.", {"done": done})


@app.command()
def serve(
    port: Port = 8000,
    host: Annotated[str, typer.Option(help="An address of this machine alone.")] = LOOPBACK[0],
    public: Annotated[
        bool, typer.Option("--public", help="Answer those who have no key, too.")
    ] = False,
    worker: Annotated[
        bool,
        typer.Option(
            help="Start a process beside it that does what is asked for: plans, trainings."
        ),
    ] = True,
    workers: Annotated[int, typer.Option(help="Processes that answer.", min=1, max=64)] = 1,
    project: Folder = HERE,
) -> None:
    """Serve API and map of the published run on this machine, to those who have a key."""
    from api.server import run_service

    if host not in LOOPBACK:
        raise ProjectError(
            f"vigia serves this machine alone ({', '.join(LOOPBACK)}), not {host!r}:",
            hint="keys would cross that network in the clear. Put a proxy with TLS before it.",
        )
    from vigia.worker import beside

    opened = load_project(project)
    with beside(opened) if worker else nullcontext():
        run_service(opened, host=host, port=port, public=public, workers=workers)


@app.command()
def demo(
    port: Port = 8000,
    project: Annotated[
        Path, typer.Option("--project", help="Where the example lives.", file_okay=False)
    ] = Path("var/demo"),
) -> None:
    """Do all of it on the example region, then serve it."""
    from api.server import run_service
    from vigia.new_project import build_example
    from vigia.worker import beside

    terminal = Terminal()
    with terminal.progress() as progress:
        opened = build_example(project, progress)
    terminal.err.print(f"The example region is in {project}. Stop with Ctrl-C.")
    with beside(opened):
        run_service(opened, host=LOOPBACK[0], port=port, public=True)


for command in (backup, restore, upgrade, doctor, purge):
    app.command()(command)


def main() -> None:
    """Entry point: a user's mistake ends in a sentence and an exit code, never in a traceback."""
    as_json = "--json" in sys.argv[1:]
    try:
        app()
    except VigiaError as error:
        Terminal(as_json=as_json).failure(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if os.environ.get("VIGIA_DEBUG"):
            raise
        where = f"{error.filename} cannot be used: " if error.filename else ""
        told = VigiaError(
            f"{where}{error.strerror or type(error).__name__}.",
            hint="Check that its folder is there, has room and may be written to.",
        )
        Terminal(as_json=as_json).failure(told)
        sys.exit(told.exit_code)
    except Exception as error:
        if os.environ.get("VIGIA_DEBUG"):
            raise
        unforeseen = VigiaError(
            f"Something failed that should not: {type(error).__name__}.",
            hint="Set VIGIA_DEBUG=1 and run it again to see where; please report it.",
        )
        Terminal(as_json=as_json).failure(unforeseen)
        sys.exit(unforeseen.exit_code)
