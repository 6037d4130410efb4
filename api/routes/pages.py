"""The map, and the files beside it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from api.deps import FreshDep, LanguageQuery, ServiceDep, answers_from
from data.publish import way_key
from maps.against import against, comparable
from maps.assets import assets
from maps.csp import in_header
from maps.district import Districts
from maps.payload import as_block, beside_block, rows_block
from maps.released import Released
from maps.settlements import settlements_block
from maps.ways import way_lines
from maps.words import words
from vigia.errors import NotFoundError

FOREVER = "public, max-age=31536000, immutable"  # the address changes with the content
PRIVATE_FOREVER = FOREVER.replace("public", "private")  # of a service that may be closed
router = APIRouter(tags=["map"])


@router.get("/", summary="The map", response_class=HTMLResponse)
def map_page(serving: FreshDep, lang: LanguageQuery = "es") -> HTMLResponse:
    """The map of the published run, which asks no other service for anything."""
    page = serving.page(lang)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": page.csp})


@router.get("/map/shapes/{digest}", summary="What the map draws", response_class=Response)
def shapes(serving: FreshDep, digest: str) -> Response:
    """Shapes of the districts, quantised; ``digest`` is of the content, which so never changes."""
    if digest != serving.shapes.digest:
        raise NotFoundError("These shapes are drawn no longer.", hint="Load the map again.")
    kept = {"Cache-Control": PRIVATE_FOREVER}
    return Response(serving.shapes.text, media_type="application/json", headers=kept)


@router.get("/map/rows/{run}/{outcome}", summary="What the map says", response_class=Response)
def rows(
    request: Request, service: ServiceDep, run: str, outcome: str, lang: LanguageQuery = "es"
) -> Response:
    """What is said of each district for an outcome, in the order of the map's."""
    released = answers_from(request, service.kept(run)).released
    _refuse_unknown(outcome, released)
    content = rows_block(Districts(released, words(lang)), outcome)
    return Response(content, media_type="application/json")


@router.get("/map/beside/{run}", summary="Services and contacts", response_class=Response)
def beside(request: Request, service: ServiceDep, run: str, lang: LanguageQuery = "es") -> Response:
    """What is said of each district whatever the outcome, in the order of the map's."""
    released = answers_from(request, service.kept(run)).released
    content = beside_block(Districts(released, words(lang)))
    return Response(content, media_type="application/json")


@router.get("/map/settlements/{run}", summary="Names to search by", response_class=Response)
def settlements(request: Request, service: ServiceDep, run: str) -> Response:
    """Settlements by name, each with its district as its place in the order of the map's."""
    released = answers_from(request, service.kept(run)).released
    return Response(settlements_block(released), media_type="application/json")


@router.get("/map/against/{run}/{other}/{outcome}", summary="Two runs", response_class=Response)
def another_run(
    request: Request,
    service: ServiceDep,
    run: str,
    other: str,
    outcome: str,
    lang: LanguageQuery = "es",
) -> Response:
    """Levels of another published run in the map's districts, and where and why they differ."""
    serving = answers_from(request, service.kept(run))
    _refuse_unknown(outcome, serving.released)
    beside = service.other(serving, other)
    if other not in {one.run for one in comparable(serving.released, outcome)}:
        raise NotFoundError(f"The runs cannot be compared by {outcome!r}.")
    content = against(serving.released, beside, outcome, words(lang))
    return Response(as_block(content), media_type="application/json")


@router.get("/map/ways/{way}", summary="Rivers or roads of the map", response_class=Response)
def ways(serving: FreshDep, way: str) -> Response:
    """Lines of ``[[travel.ways]]`` as the map draws them, where their licence is stated."""
    key = way_key(way)
    if key not in serving.layers:
        raise NotFoundError(f"There are no ways {way!r} to draw.")
    content = serving.once(key, lambda: as_block(way_lines(serving.layers[key])))
    return Response(content, media_type="application/json")


@router.get("/map/year/{run}", summary="The map of a year", response_class=HTMLResponse)
def year_page(
    serving: FreshDep, service: ServiceDep, run: str, lang: LanguageQuery = "es"
) -> HTMLResponse:
    """The map of the run that was published last for another year, whole in itself."""
    page = service.year_page(serving, run, lang)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": in_header(page.csp)})


@router.get("/plan", summary="The planning page", response_class=HTMLResponse)
def planning_page(serving: FreshDep, lang: LanguageQuery = "es") -> HTMLResponse:
    """A form for ``/v1/plans``, and what comes of it on a map and in words."""
    page = serving.plan_page(lang)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": page.csp})


def _refuse_unknown(outcome: str, released: Released) -> None:
    if outcome not in {one.id for one in released.outcomes}:
        raise NotFoundError(f"There is no outcome {outcome!r} in this run.")


@router.get("/static/{name:path}", summary="Files of the map", response_class=Response)
def static_file(
    name: Annotated[str, Path(examples=["vigia.js", "leaflet/leaflet.js"])],
) -> Response:
    """Scripts, styles and pictures: ours, and Leaflet's from its package."""
    asset = assets().get(name)
    if asset is None:
        raise NotFoundError("There is no such file.")
    return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": FOREVER})
