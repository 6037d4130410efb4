"""OGC API - Features: landing page, conformance, collections and their features."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.deps import GEOJSON, CallerDep, FreshDep, ServiceDep, get_serving
from api.ogc import jsonfg, openapi, pages
from api.ogc.catalogue import collections_of
from api.ogc.collection import Collection, described, said_of
from api.ogc.formats import FORMS, as_file, with_links
from api.ogc.forms import FEATURE, FEATURES, HTML, JSON, OPENAPI, SCHEMA, language_of, wanted_form
from api.ogc.links import CRS84, base_of, here_of, link
from api.ogc.opened import CollectionDep, opened
from api.ogc.query import DEFAULT_LIMIT, MOST, described_query, item_query, items_query
from api.ogc.select import Selection, select
from api.ogc.tiles import CONFORMANCE as TILES_CONFORMANCE
from api.ogc.tiles import TILESETS, TILING_SCHEMES
from api.service import Serving
from maps.payload import as_block
from maps.words import Language
from vigia.errors import NotFoundError

PART_1, PART_2, PART_3, CQL2 = (
    f"http://www.opengis.net/spec/{name}/1.0/conf/"
    for name in ("ogcapi-features-1", "ogcapi-features-2", "ogcapi-features-3", "cql2")
)
CONFORMANCE = (
    *(f"{PART_1}{name}" for name in ("core", "geojson", "html", "oas30")),
    f"{PART_2}crs",
    *(f"{PART_3}{name}" for name in ("queryables", "filter", "features-filter")),
    *(f"{CQL2}{name}" for name in ("cql2-text", "cql2-json", "basic-cql2")),
    *(f"{CQL2}{name}" for name in ("advanced-comparison-operators", "property-property")),
    *(f"{CQL2}{name}" for name in ("case-insensitive-comparison", "accent-insensitive-comparison")),
    *(f"{CQL2}{name}" for name in ("basic-spatial-functions", "basic-spatial-functions-plus")),
    *(f"{CQL2}{name}" for name in ("spatial-functions", "array-functions", "arithmetic")),
)
router = APIRouter(prefix="/ogc", tags=["ogc"])
AS_HTML: dict[int | str, dict[str, Any]] = {200: {"content": {JSON: {}, HTML: {}}}}
AS_FEATURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in FEATURE.values()}}
}
AS_FEATURES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in FEATURES.values()}}
}
Json = dict[str, Any]


@router.get("", summary="Landing page", response_class=Response, responses=AS_HTML)
def landing(request: Request, serving: FreshDep) -> Response:
    """Where everything of OGC API - Features is."""
    described_query(request.query_params)
    base = base_of(request)
    return _told(
        request,
        {
            "title": f"vigia: {serving.released.area_name(language_of(request))}",
            "attribution": serving.released.boundaries["attribution"],
            "links": [
                *_selves(request),
                link(f"{base}/ogc/api", "service-desc", OPENAPI),
                link(f"{base}/ogc/api?f=html", "service-doc", HTML),
                link(f"{base}/ogc/conformance", "conformance"),
                link(f"{base}/ogc/collections", "data"),
                link(f"{base}/ogc/tileMatrixSets", TILING_SCHEMES),
            ],
        },
        pages.landing,
    )


@router.get(
    "/conformance",
    summary="Classes of the standard that are kept",
    response_class=Response,
    responses=AS_HTML,
)
def conformance(request: Request) -> Response:
    """Only what is tested."""
    described_query(request.query_params)
    return _told(request, {"conformsTo": [*CONFORMANCE, *TILES_CONFORMANCE]}, pages.conformance)


@router.get(
    "/api",
    summary="What can be asked, as OpenAPI 3.0",
    response_class=Response,
    responses={200: {"content": {OPENAPI: {}, HTML: {}}}},
)
def definition(
    request: Request, serving: FreshDep, service: ServiceDep, caller: CallerDep
) -> Response:
    """The addresses under ``/ogc`` alone; ``/openapi.json`` has all."""
    described_query(request.query_params)
    found = [one for one in collections_of(serving, service).values() if one.open_to(caller)]
    return _told(request, openapi.document(found, base_of(request)), pages.definition, OPENAPI)


@router.get("/collections", summary="Collections", response_class=Response, responses=AS_HTML)
def collections(
    request: Request, serving: FreshDep, service: ServiceDep, caller: CallerDep
) -> Response:
    """Those that are open to the caller."""
    described_query(request.query_params)
    base = base_of(request)
    found = collections_of(serving, service).values()
    return _told(
        request,
        {
            "links": _selves(request),
            "crs": list(next(iter(found)).systems) if found else [CRS84],
            "collections": [
                _about(one, base, language_of(request)) for one in found if one.open_to(caller)
            ],
        },
        pages.collections,
    )


@router.get(
    "/collections/{collection}",
    summary="One collection",
    response_class=Response,
    responses=AS_HTML,
)
def one_collection(found: CollectionDep, request: Request) -> Response:
    """Its extent in space and time, and where its features are."""
    described_query(request.query_params)
    about = _about(found, base_of(request), language_of(request))
    return _told(request, about, pages.collection)


@router.get(
    "/collections/{collection}/queryables",
    summary="Properties that filters may name",
    response_class=Response,
    responses={200: {"content": {SCHEMA: {}, HTML: {}}}},
)
def queryables(found: CollectionDep, request: Request) -> Response:
    """As JSON Schema."""
    described_query(request.query_params)
    here = f"{base_of(request)}{request.url.path}"
    language = language_of(request)
    properties = {name: one.schema(language) for name, one in found.features.columns.items()}
    if found.features.shapes is not None:
        properties["geometry"] = {"format": "geometry-any", "x-ogc-role": "primary-geometry"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": here,
        "title": found.titles[language],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return _told(request, schema, pages.queryables, SCHEMA)


@router.get(
    "/collections/{collection}/items",
    summary="Features of a collection",
    response_class=Response,
    responses=AS_FEATURES,
    openapi_extra={"parameters": openapi.ITEMS},
)
def items(collection: str, request: Request, service: ServiceDep, caller: CallerDep) -> Response:
    """A page of features; ``next`` stays with the run that it began with."""
    run = request.query_params.get("run")
    serving = get_serving(request, service) if run is None else service.kept(run)
    request.state.run = serving.released.run_id
    found = opened(request, serving, service, collection, caller)
    wanted, form = items_query(request.query_params, found), wanted_form(request, FEATURES)
    selection = select(found, wanted, MOST if form in FORMS else DEFAULT_LIMIT)
    head = _head(request, serving, selection)
    if form in FORMS:
        answer = as_file(selection.table(), form, said_of(serving, found), found.id)
        answer.headers["Content-Crs"] = f"<{wanted.crs}>"
        return with_links(answer, head["links"])
    if form == "html":
        about = {"id": found.id, "title": found.titles[language_of(request)]}
        return _html(request, head | about, pages.items, selection)
    fg = form == "jsonfg"
    content = b'%s,"features":[%s]}' % (
        as_block(head | (jsonfg.members(found.id, wanted.crs) if fg else {})).encode()[:-1],
        b",".join(one + b"}" for one in _written(selection, fg=fg)),
    )
    return _geojson(content, wanted.crs, fg=fg)


@router.get(
    "/collections/{collection}/items/{code}",
    summary="One feature",
    response_class=Response,
    responses=AS_FEATURE,
    openapi_extra={"parameters": openapi.ITEM},
)
def one_item(found: CollectionDep, code: str, request: Request) -> Response:
    """One feature by its id: of districts, their code."""
    crs, names = item_query(request.query_params, found)
    place = found.features.places.get(code)
    if place is None:
        raise NotFoundError(f"There is no feature {code!r} in {found.id!r}.")
    here = f"{base_of(request)}/ogc/collections/{found.id}"
    links = [*_selves(request, FEATURE), link(here, "collection")]
    form = wanted_form(request, FEATURE)
    if form == "html":
        (record,) = found.features.records(pages.one(place), names or tuple(found.features.columns))
        told = {"id": code, "collection": found.id, "properties": record, "links": links}
        return _html(request, told, pages.item)
    fg = form == "jsonfg"
    (feature,) = found.features.written(pages.one(place), crs, names, fg=fg)
    more = {"links": links} | (jsonfg.members(found.id, crs) if fg else {})
    return _geojson(feature + b"," + as_block(more).encode()[1:], crs, fg=fg)


def _head(request: Request, serving: Serving, selection: Selection) -> Json:
    found = selection.collection
    here = f"{base_of(request)}/ogc/collections/{found.id}"
    links = [*_selves(request, FEATURES), link(here, "collection")]
    if selection.more:
        more = {"run": serving.released.run_id, "after": selection.last}
        asked = urlencode({**request.query_params, **more})
        form = wanted_form(request, FEATURES)
        links.append(link(f"{here}/items?{asked}", "next", FEATURES[form]))
    return {
        "type": "FeatureCollection",
        "run": serving.released.run_id,
        "licence": found.licence,
        "attribution": found.attribution,
        "numberMatched": selection.matched,
        "numberReturned": len(selection.rows),
        "links": links,
    }


def _written(selection: Selection, *, fg: bool) -> list[bytes]:
    wanted = selection.wanted
    return selection.collection.features.written(selection.rows, wanted.crs, wanted.names, fg=fg)


def _about(found: Collection, base: str, language: Language) -> Json:
    here = f"{base}/ogc/collections/{found.id}"
    links = [
        link(here, "self"),
        link(f"{here}?f=html", "alternate", HTML),
        link(f"{here}/items", "items", GEOJSON),
        *(link(f"{here}/items?f={f}", "items", FEATURES[f]) for f in FEATURES if f != "json"),
        link(f"{here}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", SCHEMA),
    ]
    if found.outcome is not None:
        links.append(link(f"{here}/tiles", TILESETS))
    if found.licence.startswith(("http://", "https://")):
        links.append(link(found.licence, "license", HTML))
    return described(found, language) | {"links": links}


def _selves(request: Request, forms: Any = None) -> list[Json]:
    """The answer itself, and its other forms."""
    offered = forms or {"json": JSON, "html": HTML}
    form = wanted_form(request, offered)
    others = [
        link(_in_form(request, other), "alternate", kind)
        for other, kind in offered.items()
        if other != form
    ]
    return [link(here_of(request), "self", offered[form]), *others]


def _in_form(request: Request, form: str) -> str:
    asked = urlencode({**request.query_params, "f": form})
    return f"{base_of(request)}{request.url.path}?{asked}"


def _told(request: Request, content: Json, page: pages.Maker, kind: str = JSON) -> Response:
    if wanted_form(request) == "html":
        return _html(request, content, page)
    return Response(as_block(content), media_type=kind, headers={"Vary": "Accept"})


def _html(request: Request, content: Json, page: pages.Maker, *more: Any) -> Response:
    made = pages.made(request, content, page, *more)
    headers = {"Content-Security-Policy": made.csp, "Vary": "Accept"}
    return Response(made.html, media_type=HTML, headers=headers)


def _geojson(content: bytes, crs: str, *, fg: bool) -> Response:
    headers = {"Content-Crs": f"<{crs}>", "Vary": "Accept"} | (jsonfg.PROFILE if fg else {})
    return Response(content, media_type=jsonfg.MEDIA_TYPE if fg else GEOJSON, headers=headers)
