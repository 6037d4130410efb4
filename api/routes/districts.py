"""Scores: of all districts that fit a filter, and of one with what lies behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, Response

from api.asof import AsOf, kept_asof
from api.callers import Caller
from api.deps import (
    GEOJSON,
    CallerDep,
    Format,
    FormatDep,
    FreshDep,
    ServiceDep,
    answers_from,
    get_serving,
)
from api.errors import BadQueryError
from api.filters import ScoreFilter, at_point, filtered, open_to, unknown_codes
from api.schemas import District, Scores
from api.service import Service
from api.told import Told, as_bytes
from maps.geometry import EXACT_DECIMALS, to_geojson
from maps.payload import as_block
from vigia.errors import NotFoundError

router = APIRouter(prefix="/v1/districts", tags=["districts"])
GEOJSON_TOO: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {}}}}
Limit = Annotated[int, Query(ge=1, le=10_000, description="Scores per page.")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="Scores to pass over.")]
OfRun = Annotated[str | None, Query(description="The run that the pages are of; `next` says it.")]
After = Annotated[
    str | None, Query(description="Where the page before ended: outcome and code, by a point.")
]
Json = dict[str, Any]


@router.get("", summary="Scores of districts", response_model=Scores, responses=GEOJSON_TOO)
def list_scores(
    request: Request,
    service: ServiceDep,
    form: FormatDep,
    caller: CallerDep,
    wanted: Annotated[ScoreFilter, Depends()],
    asof: AsOf = None,
    run: OfRun = None,
    after: After = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """One score per outcome and district, sorted by both. As GeoJSON, with boundaries."""
    if asof is not None:
        return _list_asof(request, service, caller, wanted, asof, run, after, limit, offset, form)
    serving = get_serving(request, service) if run is None else service.kept(run)
    answers_from(request, serving)
    if wanted.point is not None:
        wanted = _there(wanted, at_point(serving.released, wanted.point))
    fits = filtered(serving.scores, wanted, caller)
    page, about = _page(request, fits, serving.about["run"], after, limit, offset)
    told = {
        **serving.about,
        "published_at": serving.released.published_at,
        **about,
        "unknown": unknown_codes(serving.scores, wanted),
    }
    if form == "geojson":
        content = {"type": "FeatureCollection", **told, "features": features(serving, page)}
        return _geojson(content)
    return as_json(as_bytes({**told, "scores": serving.records(page)}))


@router.get("/{code}", summary="One district", response_model=District, responses=GEOJSON_TOO)
def get_district(
    request: Request,
    code: str,
    service: ServiceDep,
    serving: FreshDep,
    form: FormatDep,
    caller: CallerDep,
    asof: AsOf = None,
) -> Response:
    """Its score for every outcome, each with the factors that move it. As GeoJSON, a Feature."""
    if asof is not None:
        _json_alone(form)
        kept = kept_asof(service, serving, asof)
        request.state.run = kept.publication.run
        return as_json(narrowed(kept.district(code), caller, code))
    scores = open_to(caller, serving.scores)
    rows = scores[scores["code"] == code]
    if rows.empty:
        raise no_district(code)
    district = serving.district(rows)
    if form == "json":
        return as_json(as_bytes(district))
    geometry = to_geojson([rows.geometry.iloc[0]], EXACT_DECIMALS)[0]
    feature = {"type": "Feature", "id": code, "geometry": geometry}
    return _geojson({**feature, "properties": district.model_dump(mode="json")})


def narrowed(district: bytes | None, caller: Caller, code: str) -> bytes:
    """What was told of a district, as far as it is open to a caller.

    Raises
    ------
    NotFoundError
        When there was none, or nothing of it is open.
    """
    if district is None:
        raise no_district(code)
    if not caller.narrowed:
        return district
    told = json.loads(district)
    told["scores"] = [score for score in told["scores"] if caller.sees(score["stage"])]
    if not told["scores"]:
        raise no_district(code)
    return as_bytes(told)


def no_district(code: str) -> NotFoundError:
    """That there is none of this code."""
    return NotFoundError(
        f"There is no district {code!r} in this run.",
        hint="Codes are text: keep their leading zeros.",
    )


def features(told: Told, table: gpd.GeoDataFrame) -> list[Json]:
    """Scores as GeoJSON features; a district without a boundary has a null geometry."""
    shapes = to_geojson(table.geometry.to_numpy(), EXACT_DECIMALS)
    return [
        {
            "type": "Feature",
            "id": f"{row['outcome']}.{row['code']}",
            "geometry": shape,
            "properties": row,
        }
        for row, shape in zip(told.records(table), shapes, strict=True)
    ]


def as_json(content: bytes) -> Response:
    """Bytes that are JSON already."""
    return Response(content, media_type="application/json", headers={"Vary": "Accept"})


def _list_asof(
    request: Request,
    service: Service,
    caller: Caller,
    wanted: ScoreFilter,
    asof: str,
    run: str | None,
    after: str | None,
    limit: int,
    offset: int,
    form: Format,
) -> Response:
    _json_alone(form)
    if wanted.point is not None:
        raise BadQueryError(
            "A day and a point are not answered together.",
            hint="Ask for the district at the point first, then for its code by day.",
        )
    kept = kept_asof(service, answers_from(request, get_serving(request, service)), asof, run)
    request.state.run = kept.publication.run
    records = kept.records()
    table = pd.DataFrame(records)
    fits = filtered(table, wanted, caller)
    page, about = _page(request, fits, kept.publication.run, after, limit, offset)
    told = {
        **kept.about,
        "published_at": kept.publication.at,
        **about,
        "unknown": unknown_codes(table, wanted),
    }
    return as_json(as_bytes({**told, "scores": [records[row] for row in page.index]}))


def _json_alone(form: Format) -> None:
    if form != "json":
        raise BadQueryError("By day, answers are JSON alone: boundaries are not kept by day.")


def _there(wanted: ScoreFilter, code: str) -> ScoreFilter:
    """The same, of one district; of none where others are asked for."""
    if wanted.code is not None and code not in wanted.codes:
        raise BadQueryError(f"The point is in district {code!r}, which is not among the codes.")
    return replace(wanted, code=code)


def _page(
    request: Request, fits: pd.DataFrame, run: str, after: str | None, limit: int, offset: int
) -> tuple[pd.DataFrame, Json]:
    """Scores behind ``after``, and what is told of the page."""
    rest = fits if after is None else fits[behind(fits, after)]
    page = rest.iloc[offset : offset + limit]
    more = None
    if offset + limit < len(rest):
        last = page.iloc[-1]
        url = request.url.remove_query_params("offset").include_query_params(
            limit=limit, run=run, after=f"{last['outcome']}.{last['code']}"
        )
        more = f"{url.path}?{url.query}"
    return page, {"total": len(fits), "limit": limit, "offset": offset, "next": more}


def behind(table: pd.DataFrame, after: str) -> pd.Series:
    """Which rows come behind a place in the order of outcome and code."""
    outcome, _, code = after.partition(".")
    return (table["outcome"] > outcome) | ((table["outcome"] == outcome) & (table["code"] > code))


def _geojson(content: Json) -> Response:
    return Response(as_block(content), media_type=GEOJSON, headers={"Vary": "Accept"})
