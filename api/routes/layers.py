"""Layers: whose they are, and their geometry where the licence allows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import geopandas as gpd
from fastapi import APIRouter, Query, Response

from api.deps import GEOJSON, FreshDep
from api.errors import LayerWithheldError
from api.factors import of_layer
from api.schemas import Layer, Layers
from api.service import Serving
from data.disclosure import may_be_served
from data.records import LayerCredit
from maps.layers import display_layer, exact_layer, yearly_layer
from maps.payload import as_block
from vigia.errors import NotFoundError

router = APIRouter(prefix="/v1/layers", tags=["layers"])
Detail = Annotated[
    Literal["full", "display", "years"],
    Query(
        description="`display`: light geometry of the features that stood behind this run; "
        "`years`: of those of any year that the map can show, with their years."
    ),
]


@router.get("", summary="Credits of all layers")
def list_layers(serving: FreshDep) -> Layers:
    """Whose every layer that the run rests on is, how old, and what is to be known of it."""
    layers = [_credit(credit, serving) for credit in serving.released.layers]
    return Layers(run=serving.released.run_id, layers=layers)


@router.get(
    "/{layer_id}",
    summary="Geometry of a layer",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def get_layer(layer_id: str, serving: FreshDep, detail: Detail = "full") -> Response:
    """A GeoJSON FeatureCollection; 403 where the layer's licence is not stated."""
    credit = next((one for one in serving.released.layers if one.id == layer_id), None)
    if credit is None:
        raise NotFoundError(f"There is no layer {layer_id!r} in this run.", hint="See /v1/layers.")
    withheld = _withheld(credit, serving)
    if withheld == "no_licence":
        raise LayerWithheldError(
            f"The geometry of {layer_id!r} is not handed on: its licence is not stated."
        )
    if withheld:
        raise NotFoundError(f"Layer {layer_id!r} has no geometry to show.")
    layer = serving.layers[layer_id]
    content = _content(serving, layer, detail)
    content |= {"licence": credit.licence, "attribution": credit.attribution}
    return Response(as_block(content), media_type=GEOJSON)


def _content(serving: Serving, layer: gpd.GeoDataFrame, detail: str) -> dict[str, Any]:
    if detail == "full":
        return exact_layer(layer)
    if detail == "display":
        return display_layer(layer, serving.released.layers_year)
    years = serving.layer_years
    return yearly_layer(layer, years.first, years.last)


def _withheld(credit: LayerCredit, serving: Serving) -> Literal["no_licence", "no_geometry"] | None:
    if not may_be_served(credit.licence):
        return "no_licence"
    return None if credit.id in serving.layers else "no_geometry"


def _credit(credit: LayerCredit, serving: Serving) -> Layer:
    withheld = _withheld(credit, serving)
    return Layer(
        id=credit.id,
        label=credit.label,
        label_en=credit.label_en,
        role=credit.role,
        source=credit.source,
        date=credit.date,
        licence=credit.licence,
        attribution=credit.attribution,
        shelf_life_years=credit.shelf_life_years,
        note=list(credit.note),
        factors=of_layer(credit.id, serving.released.facts["factors"], serving.factors),
        geometry=None if withheld else f"/v1/layers/{credit.id}",
        withheld=withheld,
    )
