"""OGC API - Tiles: the scores as vector tiles of WebMercatorQuad."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Request, Response

from api.deps import FreshDep
from api.ogc.collection import Collection
from api.ogc.links import CRS84, base_of, link
from api.ogc.opened import CollectionDep
from api.ogc.query import plain
from api.service import Serving
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


def with_scores(found: CollectionDep) -> Collection:
    """Only scores are drawn as tiles."""
    if found.outcome is None:
        raise NotFoundError(f"There are no tiles of {found.id!r}.", hint="There are of scores.")
    return found


ScoresDep = Annotated[Collection, Depends(with_scores)]


@router.get(_SETS, summary="Tilesets of a collection")
def tilesets(found: ScoresDep, request: Request) -> Json:
    """There is one, of vectors."""
    plain(request.query_params)
    here = f"{base_of(request)}/ogc/collections/{found.id}/tiles"
    return {"links": [link(here, "self")], "tilesets": [_about(found, request)]}


@router.get(f"{_SETS}/{{tileMatrixSet}}", summary="A tileset")
def tileset(
    found: ScoresDep,
    tileMatrixSet: str,  # noqa: N803 - as the standard
    request: Request,
    serving: FreshDep,
) -> Json:
    """What its tiles are, and where; as TileJSON with ``f=tilejson``."""
    form = plain(request.query_params, forms=("json", "tilejson")).get("f")
    _known(tileMatrixSet)
    if form == "tilejson":
        return _tilejson(serving, found, request)
    about = _about(found, request)
    more = [
        link(_template(request, found.id), "item", MEDIA_TYPE, templated=True),
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
        "license": found.licence,
        "attribution": found.attribution,
        "links": [*about["links"], *more],
        "tileMatrixSetLimits": limits,
        "layers": [
            {
                "id": found.id,
                "title": found.titles["es"],
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
    response_class=Response,
    responses=_TILE,
)
def tile(
    found: ScoresDep,
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
    zoom = _number(tileMatrix, MOST_ZOOM)
    row, column = (_number(text, 2**zoom - 1) for text in (tileRow, tileCol))
    shapes = dict(serving.grid.cut(zoom, row, column))
    features = found.features
    rows = np.array([features.places[code] for code in shapes], dtype=int)
    told = zip(features.records(rows, list(TOLD)), shapes.values(), strict=True)
    if not shapes:
        return Response(status_code=204)
    tiled = [(_told(record), shape) for record, shape in told]
    return Response(encode(found.id, tiled), media_type=MEDIA_TYPE)


def _told(record: Json) -> Json:
    return {**record, "warnings": " ".join(record["warnings"]) or None}


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


def _about(found: Collection, request: Request) -> Json:
    """A tileset as a list of them has it."""
    here = f"{base_of(request)}/ogc/collections/{found.id}"
    about: Json = {
        "title": found.titles["es"],
        "dataType": "vector",
        "crs": MERCATOR,
        "tileMatrixSetURI": TMS_URI,
        "links": [
            link(f"{here}/tiles/{TMS}", "self"),
            link(_tms(request), TILING_SCHEME),
            link(f"{here}/items", "http://www.opengis.net/def/rel/ogc/1.0/geodata"),
        ],
    }
    if found.bounds is not None:
        west, south, east, north = found.bounds
        corners = {"lowerLeft": [west, south], "upperRight": [east, north]}
        about["boundingBox"] = {**corners, "crs": CRS84}
    return about


def _tilejson(serving: Serving, found: Collection, request: Request) -> Json:
    released = serving.released
    places = {"{tileMatrix}": "{z}", "{tileRow}": "{y}", "{tileCol}": "{x}"}
    address = _template(request, found.id)
    for ours, theirs in places.items():
        address = address.replace(ours, theirs)
    return {
        "tilejson": "3.0.0",
        "name": found.titles["es"],
        "description": f"{released.area['name']}, {released.target_year}, run {released.run_id}",
        "attribution": _plain_text(found.attribution),
        "scheme": "xyz",
        "tiles": [address],
        "minzoom": 0,
        "maxzoom": MOST_ZOOM,
        "vector_layers": [{"id": found.id, "fields": TOLD}],
        **({"bounds": list(found.bounds)} if found.bounds else {}),
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
