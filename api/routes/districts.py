"""Scores: of all districts that fit a filter, and of one with what lies behind it."""

from __future__ import annotations

from typing import Annotated, Any

import geopandas as gpd
from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import GEOJSON, CallerDep, FormatDep, FreshDep
from api.filters import ScoreFilter, filtered, open_to
from api.schemas import District, ExplainedScore, Factor, FactorWeight, Score, Scores
from api.service import Serving
from maps.geometry import EXACT_DECIMALS, to_geojson
from maps.payload import as_block
from maps.table import as_records
from vigia.errors import NotFoundError

router = APIRouter(prefix="/v1/districts", tags=["districts"])
GEOJSON_TOO: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {}}}}
Limit = Annotated[int, Query(ge=1, le=10_000, description="Scores per page.")]
Offset = Annotated[int, Query(ge=0, description="Scores to pass over.")]


@router.get("", summary="Scores of districts", response_model=Scores, responses=GEOJSON_TOO)
def list_scores(
    request: Request,
    serving: FreshDep,
    form: FormatDep,
    caller: CallerDep,
    wanted: Annotated[ScoreFilter, Depends()],
    limit: Limit = 100,
    offset: Offset = 0,
) -> Scores | Response:
    """One score per outcome and district, sorted by both. As GeoJSON, with boundaries."""
    table = filtered(serving, wanted, caller)
    page = table.iloc[offset : offset + limit]
    about = {
        **_about(serving),
        "published_at": serving.released.published_at,
        "total": len(table),
        "limit": limit,
        "offset": offset,
        "next": _next(request, limit, offset, len(table)),
    }
    if form == "geojson":
        return _geojson({"type": "FeatureCollection", **about, "features": features(page)})
    return Scores(**about, scores=[Score(**row) for row in as_records(page)])


@router.get("/{code}", summary="One district", response_model=District, responses=GEOJSON_TOO)
def get_district(
    code: str, serving: FreshDep, form: FormatDep, caller: CallerDep
) -> District | Response:
    """Its score for every outcome, each with the factors that move it. As GeoJSON, a Feature."""
    scores = open_to(caller, serving.scores)
    rows = scores[scores["code"] == code]
    if rows.empty:
        raise NotFoundError(
            f"There is no district {code!r} in this run.",
            hint="Codes are text: keep their leading zeros.",
        )
    district = _district(serving, rows)
    if form == "json":
        return district
    geometry = to_geojson(rows.geometry.iloc[:1].to_numpy(), EXACT_DECIMALS)[0]
    feature = {"type": "Feature", "id": code, "geometry": geometry}
    return _geojson({**feature, "properties": district.model_dump(mode="json")})


def features(table: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Scores as GeoJSON features; a district without a boundary has a null geometry."""
    shapes = to_geojson(table.geometry.to_numpy(), EXACT_DECIMALS)
    return [
        {
            "type": "Feature",
            "id": f"{row['outcome']}.{row['code']}",
            "geometry": shape,
            "properties": row,
        }
        for row, shape in zip(as_records(table), shapes, strict=True)
    ]


def _about(serving: Serving) -> dict[str, Any]:
    released = serving.released
    return {
        "run": released.run_id,
        "target_year": released.target_year,
        "attribution": released.boundaries["attribution"],
        "licence": released.boundaries["licence"],
    }


def _district(serving: Serving, rows: gpd.GeoDataFrame) -> District:
    records = as_records(rows)
    place = {name: records[0][name] for name in ("code", "name", "province", "department")}
    scores = [
        ExplainedScore(**row, factors=_factors(serving, row["outcome"], row["code"]))
        for row in records
    ]
    return District(**place, **_about(serving), scores=scores)


def _factors(serving: Serving, outcome: str, code: str) -> list[FactorWeight]:
    table = serving.released.contributions
    table = table[(table["outcome"] == outcome) & (table["code"] == code)]
    table = table.assign(size=table["contribution"].abs())
    table = table.sort_values(["size", "factor"], ascending=[False, True], kind="stable")
    known = {factor["id"]: factor for factor in serving.released.facts["factors"]}
    plain = table.astype(object).where(table.notna(), None)
    return [
        _weight(known[row["factor"]], serving.factors[row["factor"]], row)
        for row in plain.to_dict("records")
    ]


def _weight(factor: dict[str, Any], told: Factor, row: dict[Any, Any]) -> FactorWeight:
    moved = row["contribution"] or 0.0
    return FactorWeight(
        **dict(told),
        label=factor["label"],
        label_en=factor["label_en"],
        value=row["value"],
        contribution=row["contribution"],
        direction="up" if moved > 0 else "down" if moved < 0 else "none",
    )


def _next(request: Request, limit: int, offset: int, total: int) -> str | None:
    if offset + limit >= total:
        return None
    url = request.url.include_query_params(limit=limit, offset=offset + limit)
    return f"{url.path}?{url.query}"


def _geojson(content: dict[str, Any]) -> Response:
    return Response(as_block(content), media_type=GEOJSON, headers={"Vary": "Accept"})
