"""``vigia brief``: one page on a district or a province."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vigia.errors import ProjectError
from vigia.options import HERE, Folder, Json, Language
from vigia.project import load_project
from vigia.terminal import Terminal, written

FORMS = (".pdf", ".html")


def brief(
    place: Annotated[str, typer.Argument(help="Code of a district.")],
    out: Annotated[Path, typer.Option("--out", help="A .pdf or .html file.", dir_okay=False)],
    province: Annotated[
        bool, typer.Option("--province", help="PLACE is a province, by its code or name.")
    ] = False,
    language: Language = "es",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Write the brief of a district or a province of the published run: one A4 page."""
    from data.plans import newest_plans
    from maps.brief import PLANS_READ, Brief, brief_html, district_place, province_place
    from maps.files import written_whole
    from maps.pdf import one_page
    from maps.released import release
    from vigia import pipeline

    form = out.suffix.lower()
    if form not in FORMS:
        raise ProjectError(f"A brief is no {form or 'file without an ending'}.",
                           hint="Name a file that ends in .pdf or .html.")  # fmt: skip
    opened = load_project(project)
    run = pipeline.published(opened)
    released = release(run, pipeline.beside(opened, run))
    layers = pipeline.drawable_layers(opened, run)
    found = (province_place if province else district_place)(released, place)
    with pipeline.open_store(opened) as store:
        plans = newest_plans(store, released.run_id, PLANS_READ)
    html = brief_html(Brief(released, found, layers, plans), language)
    content = one_page(html) if form == ".pdf" else html.encode()
    with written_whole(out) as half:
        half.write_bytes(content)
    Terminal(as_json=json).answer(f"Brief written to {out}.", written(out))
