"""OGC API - Tiles: the scores as vector tiles of WebMercatorQuad."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from api.deps import FreshDep
from api.ogc.links import CRS84, base_of, link, outcome_of
from api.ogc.opened import get_collection
from api.ogc.query import plain
from api.service import Serving
from maps.geometry import bounds_of
from maps.table import as_records
from maps.tiles import HALF_WORLD, MEDIA_TYPE, MOST_ZOOM, encode
from vigia.errors import NotFoundError

Json = dict[str, Any]
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
)
TMS = "WebMercatorQuad"
TMS_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{TMS}"
MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
TILING_SCHEMES = f"{TILING_SCHEME}s"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILEJSON = "application/vnd.mapbox.tilejson+json"  # as maplibre and QGIS read it
DEFINED_ZOOMS = 25  # of WebMercatorQuad, in the register
PIXEL = 0.00028  # metres, in the standard
TOLD = {  # attributes, with their type in TileJSON
    "code": "String",
    "name": "String",
    "province": "String",
    "department": "String",
    "level": "String",
    "no_data_reason": "String",
    "no_records": "Boolean",
    "rate": "Number",
    "rate_low": "Number",
    "rate_high": "Number",
    "rank": "Number",
    "rank_low": "Number",
    "rank_high": "Number",
    "score": "Number",
    "run": "String",
    "target_year": "Number",
    "warnings": "String",
}
OPENED = [Depends(get_collection)]
router = APIRouter(prefix="/ogc", tags=["ogc"])
_SETS = "/collections/{collection}/tiles"
_TILE: dict[int | str, Json] = {
    200: {"content": {MEDIA_TYPE: {}}},
    204: {"description": "Nothing is there."},
}


@router.get("/tileMatrixSets", summary="Tile matrix sets")
def matrix_sets(request: Request) -> Json:
    """There is one."""
    plain(request.query_params)
    about = {"id": TMS, "title": TMS, "uri": TMS_URI, "crs": MERCATOR}
    return {"tileMatrixSets": [{**about, "links": [link(_tms(request), "self")]}]}


@router.get("/tileMatrixSets/{tileMatrixSet}", summary="One tile matrix set")
def matrix_set(request: Request, tileMatrixSet: str) -> Json:  # noqa: N803 - as the standard
    """Its matrices, zoom by zoom."""
    plain(request.query_params)
    _known(tileMatrixSet)
    return {
        "id": TMS,
        "title": "Google Maps Compatible for the World",
        "uri": TMS_URI,
        "crs": MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(DEFINED_ZOOMS)],
    }


@router.get(_SETS, summary="Tilesets of a collection", dependencies=OPENED)
def tilesets(collection: str, request: Request, serving: FreshDep) -> Json:
    """There is one, of vectors."""
    plain(request.query_params)
    outcome_of(serving, collection)
    here = f"{base_of(request)}/ogc/collections/{collection}/tiles"
    return {
        "links": [link(here, "self")],
        "tilesets": [_about(serving, collection, request)],
    }


@router.get(f"{_SETS}/{{tileMatrixSet}}", summary="A tileset", dependencies=OPENED)
def tileset(
    collection: str,
    tileMatrixSet: str,  # noqa: N803 - as the standard
    request: Request,
    serving: FreshDep,
) -> Json:
    """What its tiles are, and where; as TileJSON with ``f=tilejson``."""
    form = plain(request.query_params, forms=("json", "tilejson")).get("f")
    _known(tileMatrixSet)
    outcome = outcome_of(serving, collection)
    if form == "tilejson":
        return _tilejson(serving, outcome, collection, request)
    about = _about(serving, collection, request)
    more = [
        link(_template(request, collection), "item", MEDIA_TYPE, templated=True),
        link(f"{about['links'][0]['href']}?f=tilejson", "alternate", TILEJSON),
    ]
    limits = [
        {
            "tileMatrix": str(zoom),
            "minTileRow": 0,
            "maxTileRow": 2**zoom - 1,
            "minTileCol": 0,
            "maxTileCol": 2**zoom - 1,
        }
        for zoom in range(MOST_ZOOM + 1)
    ]
    return {
        **about,
        "license": serving.released.boundaries["licence"],
        "attribution": serving.released.boundaries["attribution"],
        "links": [*about["links"], *more],
        "tileMatrixSetLimits": limits,
        "layers": [
            {
                "id": collection,
                "title": serving.released.outcome(outcome).label,
                "dataType": "vector",
                "geometryDimension": 2,
                "propertiesSchema": {
                    "type": "object",
                    "properties": {name: {"type": kind.lower()} for name, kind in TOLD.items()},
                },
            }
        ],
    }


@router.get(
    f"{_SETS}/{{tileMatrixSet}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}",
    summary="A vector tile",
    dependencies=OPENED,
    response_class=Response,
    responses=_TILE,
)
def tile(
    collection: str,
    tileMatrixSet: str,  # noqa: N803 - as the standard
    tileMatrix: str,  # noqa: N803
    tileRow: str,  # noqa: N803
    tileCol: str,  # noqa: N803
    request: Request,
    serving: FreshDep,
) -> Response:
    """Districts with level, rate, rank and their intervals, and why there is none."""
    plain(request.query_params, forms=("mvt",))
    _known(tileMatrixSet)
    outcome = outcome_of(serving, collection)
    zoom = _number(tileMatrix, MOST_ZOOM)
    row, column = (_number(text, 2**zoom - 1) for text in (tileRow, tileCol))
    shapes = dict(serving.grid.cut(zoom, row, column))
    scores = serving.scores
    rows = scores[(scores["outcome"] == outcome) & scores["code"].isin(list(shapes))]
    features = [(_told(record), shapes[record["code"]]) for record in as_records(rows)]
    if not features:
        return Response(status_code=204)
    return Response(encode(collection, features), media_type=MEDIA_TYPE)


def _told(record: Json) -> Json:
    """A number goes with its interval, or not at all."""
    told = {name: record[name] for name in TOLD if name in record}
    return {**told, "warnings": " ".join(record["warnings"]) or None}


def _known(matrix_set_id: str) -> None:
    if matrix_set_id != TMS:
        raise NotFoundError(
            f"There are no tiles of {matrix_set_id!r}.", hint=f"There are of {TMS}."
        )


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) > most:
        raise NotFoundError(
            "There is no such tile.", hint=f"Tiles are of zoom 0 to {MOST_ZOOM}: zoom, row, column."
        )
    return int(text)


def _about(serving: Serving, collection: str, request: Request) -> Json:
    """A tileset as a list of them has it."""
    here = f"{base_of(request)}/ogc/collections/{collection}"
    outcome = outcome_of(serving, collection)
    about: Json = {
        "title": serving.released.outcome(outcome).label,
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": TMS_URI,
        "links": [
            link(f"{here}/tiles/{TMS}", "self"),
            link(_tms(request), TILING_SCHEME),
            link(f"{here}/items", "http://www.opengis.net/def/rel/ogc/1.0/geodata"),
        ],
    }
    bounds = bounds_of(serving.released.districts)
    if bounds is not None:
        west, south, east, north = bounds
        corners = {"lowerLeft": [west, south], "upperRight": [east, north]}
        about["boundingBox"] = {**corners, "crs": CRS84}
    return about


def _tilejson(serving: Serving, outcome: str, collection: str, request: Request) -> Json:
    released = serving.released
    places = {"{tileMatrix}": "{z}", "{tileRow}": "{y}", "{tileCol}": "{x}"}
    address = _template(request, collection)
    for ours, theirs in places.items():
        address = address.replace(ours, theirs)
    bounds = bounds_of(released.districts)
    return {
        "tilejson": "3.0.0",
        "name": released.outcome(outcome).label,
        "description": f"{released.area['name']}, {released.target_year}, run {released.run_id}",
        "attribution": _plain_text(str(released.boundaries["attribution"])),
        "scheme": "xyz",
        "tiles": [address],
        "minzoom": 0,
        "maxzoom": MOST_ZOOM,
        "vector_layers": [{"id": collection, "fields": TOLD}],
        **({"bounds": list(bounds)} if bounds else {}),
    }


def _plain_text(text: str) -> str:
    """Clients set the attribution as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _matrix(zoom: int) -> Json:
    tiles = 2**zoom
    cell = 2 * HALF_WORLD / 256 / tiles
    return {
        "id": str(zoom),
        "scaleDenominator": cell / PIXEL,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_WORLD, HALF_WORLD],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": tiles,
        "matrixHeight": tiles,
    }


def _tms(request: Request) -> str:
    return f"{base_of(request)}/ogc/tileMatrixSets/{TMS}"


def _template(request: Request, collection: str) -> str:
    here = f"{base_of(request)}/ogc/collections/{collection}/tiles/{TMS}"
    return f"{here}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
