"""OGC API - Features: landing page, conformance, collections and their features."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import geopandas as gpd
import pandas as pd
import shapely
from fastapi import APIRouter, Request, Response

from api.deps import GEOJSON, FreshDep, ServiceDep, answers_from, get_serving
from api.ogc.formats import FORMS, JSON, NAMES, as_file, form_of, with_links
from api.ogc.links import CRS84, PREFIX, base_of, link, outcome_of
from api.ogc.query import (
    DEFAULT_LIMIT,
    MOST,
    PARAMETERS,
    Box,
    ItemsQuery,
    form_parameter,
    items_query,
    plain,
    text_parameter,
)
from api.ogc.tiles import CONFORMANCE as TILES_CONFORMANCE
from api.ogc.tiles import TILESETS, TILING_SCHEMES
from api.service import Serving
from maps.geometry import EXACT_DECIMALS, bounds_of, to_geojson
from maps.payload import as_block
from maps.table import as_records
from vigia.errors import NotFoundError

CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")
)
FIELDS = ("code", "province_code", "department_code", "level", "province", "department")
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
router = APIRouter(prefix="/ogc", tags=["ogc"])
Json = dict[str, Any]


@router.get("", summary="Landing page")
def landing(request: Request, serving: FreshDep) -> Json:
    """Where everything of OGC API - Features is."""
    plain(request.query_params)
    base = base_of(request)
    return {
        "title": f"vigia: {serving.released.area['name']}",
        "attribution": serving.released.boundaries["attribution"],
        "links": [
            link(f"{base}/ogc", "self"),
            link(f"{base}/openapi.json", "service-desc", OPENAPI),
            link(f"{base}/ogc/conformance", "conformance"),
            link(f"{base}/ogc/collections", "data"),
            link(f"{base}/ogc/tileMatrixSets", TILING_SCHEMES),
        ],
    }


@router.get("/conformance", summary="Classes of the standard that are kept")
def conformance(request: Request) -> Json:
    """Only what is tested."""
    plain(request.query_params)
    return {"conformsTo": [*CONFORMANCE, *TILES_CONFORMANCE]}


@router.get("/collections", summary="Collections")
def collections(request: Request, serving: FreshDep) -> Json:
    """One of scores for each outcome."""
    plain(request.query_params)
    base = base_of(request)
    return {
        "links": [link(f"{base}/ogc/collections", "self")],
        "collections": [_about(serving, one.id, base) for one in serving.released.outcomes],
    }


@router.get("/collections/{collection}", summary="One collection")
def one_collection(collection: str, request: Request, serving: FreshDep) -> Json:
    """Its extent in space and time, and where its features are."""
    plain(request.query_params)
    return _about(serving, outcome_of(serving, collection), base_of(request))


@router.get(
    "/collections/{collection}/items",
    summary="Features of a collection",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}} | {one.media_type: {} for one in FORMS.values()}}},
    openapi_extra={
        "parameters": [
            *PARAMETERS,
            form_parameter(NAMES),
            *map(text_parameter, (*FIELDS, "run", "after")),
        ]
    },
)
def items(collection: str, request: Request, service: ServiceDep) -> Response:
    """A page of features by code; ``next`` stays with the run that it began with."""
    wanted = items_query(request.query_params, FIELDS, NAMES)
    form = form_of(wanted.form, request.headers.get("accept", ""))
    serving = get_serving(request, service) if wanted.run is None else service.kept(wanted.run)
    answers_from(request, serving)
    outcome = outcome_of(serving, collection)
    fits = _fitting(serving, outcome, wanted)
    rest = fits if wanted.after is None else fits[fits["code"] > wanted.after]
    page = rest.iloc[: wanted.limit or (DEFAULT_LIMIT if form == JSON else MOST)]
    here = f"{base_of(request)}/ogc/collections/{collection}"
    links = [
        link(f"{base_of(request)}{request.url.path}{_asked(request)}", "self", GEOJSON),
        link(here, "collection"),
    ]
    if len(page) < len(rest):
        more = {"run": serving.released.run_id, "after": page["code"].iloc[-1]}
        query = urlencode({**request.query_params, **more})
        links.append(link(f"{here}/items?{query}", "next", GEOJSON))
    if form != JSON:
        return with_links(as_file(page, form, serving, collection), links)
    return _geojson(
        {
            "type": "FeatureCollection",
            "run": serving.released.run_id,
            "licence": serving.released.boundaries["licence"],
            "attribution": serving.released.boundaries["attribution"],
            "numberMatched": len(fits),
            "numberReturned": len(page),
            "links": links,
            "features": _features(page),
        }
    )


@router.get(
    "/collections/{collection}/items/{code}",
    summary="One feature",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def one_item(collection: str, code: str, request: Request, serving: FreshDep) -> Response:
    """The score of one district, by its code."""
    plain(request.query_params)
    table = _table(serving, outcome_of(serving, collection))
    rows = table[table["code"] == code]
    if rows.empty:
        raise NotFoundError(f"There is no district {code!r} in {collection!r}.")
    here = f"{base_of(request)}/ogc/collections/{collection}"
    links = [
        link(f"{base_of(request)}{request.url.path}", "self", GEOJSON),
        link(here, "collection"),
    ]
    return _geojson({**_features(rows)[0], "links": links})


def _fitting(serving: Serving, outcome: str, wanted: ItemsQuery) -> gpd.GeoDataFrame:
    table = _table(serving, outcome)
    fits = pd.Series(data=True, index=table.index)
    if wanted.years is not None:
        fits &= wanted.years[0] <= serving.released.target_year <= wanted.years[1]
    for name, value in wanted.fields.items():
        fits &= (table[name] == value).fillna(value=False)
    if wanted.box is not None:
        fits &= _touching(table, wanted.box)
    return table[fits.astype(bool)]


def _touching(table: gpd.GeoDataFrame, box: Box) -> pd.Series:
    """A box whose west is east of its east crosses the antimeridian."""
    west, south, east, north = box
    parts = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    touched = pd.Series(data=False, index=table.index)
    for left, right in parts:
        area = shapely.box(left, south, right, north)
        touched |= shapely.intersects(table.geometry.to_numpy(), area)
    return touched


def _table(serving: Serving, outcome: str) -> gpd.GeoDataFrame:
    return serving.scores[serving.scores["outcome"] == outcome]


def _features(table: gpd.GeoDataFrame) -> list[Json]:
    shapes = to_geojson(table.geometry.to_numpy(), EXACT_DECIMALS)
    return [
        {"type": "Feature", "id": row["code"], "geometry": shape, "properties": row}
        for row, shape in zip(as_records(table), shapes, strict=True)
    ]


def _about(serving: Serving, outcome: str, base: str) -> Json:
    released, here = serving.released, f"{base}/ogc/collections/{PREFIX}{outcome}"
    year, bounds = released.target_year, bounds_of(released.districts)
    ends = [f"{year}-01-01T00:00:00Z", f"{year}-12-31T23:59:59Z"]
    extent: Json = {"temporal": {"interval": [ends]}}
    if bounds is not None:
        extent["spatial"] = {"bbox": [list(bounds)], "crs": CRS84}
    return {
        "id": f"{PREFIX}{outcome}",
        "title": released.outcome(outcome).label,
        "attribution": released.boundaries["attribution"],
        "license": released.boundaries["licence"],
        "itemType": "feature",
        "crs": [CRS84],
        "extent": extent,
        "links": [
            link(here, "self"),
            link(f"{here}/items", "items", GEOJSON),
            *(
                link(f"{here}/items?f={name}", "items", form.media_type)
                for name, form in FORMS.items()
            ),
            link(f"{here}/tiles", TILESETS),
        ],
    }


def _asked(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""


def _geojson(content: Json) -> Response:
    return Response(as_block(content), media_type=GEOJSON, headers={"Vary": "Accept"})
