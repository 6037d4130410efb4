"""The map, and the files beside it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from api.deps import FreshDep, LanguageQuery
from maps.assets import assets
from vigia.errors import NotFoundError

FOREVER = "public, max-age=31536000, immutable"  # the address changes with the content
router = APIRouter(tags=["map"])


@router.get("/", summary="The map", response_class=HTMLResponse)
def map_page(serving: FreshDep, lang: LanguageQuery = "es") -> HTMLResponse:
    """The map of the published run, which asks no other service for anything."""
    page = serving.page(lang)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": page.csp})


@router.get("/plan", summary="The planning page", response_class=HTMLResponse)
def planning_page(serving: FreshDep, lang: LanguageQuery = "es") -> HTMLResponse:
    """A form for ``/v1/plans``, and what comes of it on a map and in words."""
    page = serving.plan_page(lang)
    return HTMLResponse(page.html, headers={"Content-Security-Policy": page.csp})


@router.get("/static/{name:path}", summary="Files of the map", response_class=Response)
def static_file(
    name: Annotated[str, Path(examples=["map.js", "leaflet/leaflet.js"])],
) -> Response:
    """Scripts, styles and pictures: ours, and Leaflet's from its package."""
    asset = assets().get(name)
    if asset is None:
        raise NotFoundError("There is no such file.")
    return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": FOREVER})
