"""What is measured: from a project and its store to plain tables for ``geo``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from data.store import Snapshot, Store
from geo.crs import MetricCRS, choose_metric_crs
from geo.features import Factor, LayerData, Region, unit_of
from geo.measures import measure_named
from geo.measures.travel import Travel
from geo.stock import as_stock
from geo.travel import Network, TravelRules, WaySpeeds, build_network
from vigia.settings import FactorSettings, LayerInput, ProjectSettings, TravelSettings
from vigia.training_table import district_people


@dataclass(frozen=True)
class Measured:
    """Everything that the feature table is made of; see ``geo.features.feature_table``."""

    region: Region
    layers: dict[str, LayerData]
    factors: list[Factor]
    metric: MetricCRS
    network: Network | None


def what_is_measured(
    settings: ProjectSettings,
    store: Store,
    snapshot: Snapshot,
    factors: Sequence[Factor] | None = None,
    *,
    also: Sequence[Factor] = (),
) -> Measured:
    """Read from the store what the project's factors need, or some of them, and others ``also``."""
    districts = store.districts(snapshot)
    metric = metric_of(settings, districts)
    people = district_people(store.population(snapshot))
    wanted = [f for _, _, f in factors_of(settings) if factors is None or f in factors]
    wanted += [factor for factor in also if factor not in wanted]
    asked = {factor.layer for factor in wanted}
    return Measured(
        Region(districts, store.capitals(snapshot), store.points(snapshot), people),
        {
            layer.id: layer_data(store, snapshot, layer)
            for layer in settings.layers
            if layer.id in asked
        },
        wanted,
        metric,
        network_of(settings, store, snapshot, districts, metric)
        if any(map(travels, wanted))
        else None,
    )


def metric_of(settings: ProjectSettings, districts: gpd.GeoDataFrame) -> MetricCRS:
    """The plane for the area of the districts."""
    area = settings.area
    return choose_metric_crs(tuple(districts.total_bounds), area.metric_crs, area.measured)


def layer_data(store: Store, snapshot: Snapshot, layer: LayerInput) -> LayerData:
    """What factors of a layer are measured of."""
    if layer.kind == "raster":
        return store.rasters(snapshot, layer.id)
    return measured_table(layer, store.layer(snapshot, layer.id))


def measured_table(layer: LayerInput, table: pd.DataFrame) -> pd.DataFrame:
    """A layer's table as its factors look at it."""
    return as_stock(table) if layer.series == "stock" else table


def network_of(
    settings: ProjectSettings,
    store: Store,
    snapshot: Snapshot,
    districts: gpd.GeoDataFrame,
    metric: MetricCRS,
    *,
    ways: Mapping[str, gpd.GeoDataFrame] | None = None,
    ports: gpd.GeoDataFrame | None = None,
) -> Network | None:
    """The network to travel on, if the project has one.

    ``ways``, by id, and ``ports`` take the place of what is stored.
    """
    travel = settings.travel
    if travel is None:
        return None
    stored = ways or ways_of(settings, store, snapshot)
    lines = pd.concat([_named(stored[way.id], way.id) for way in travel.ways], ignore_index=True)
    outlets = gpd.GeoSeries(shapely.points(travel.outlets), crs=4326) if travel.outlets else None
    if ports is None and travel.ports is not None:
        ports = store.layer(snapshot, travel.ports)
    area = shapely.union_all(districts.geometry[districts.geometry.notna()].to_numpy())
    return build_network(lines, outlets, ports, travel_rules(travel), metric, area)


def ways_of(
    settings: ProjectSettings, store: Store, snapshot: Snapshot
) -> dict[str, gpd.GeoDataFrame]:
    """Rivers and roads by the id of their section, as they are stored."""
    ways = () if settings.travel is None else settings.travel.ways
    return {way.id: store.ways(snapshot, way.id) for way in ways}


def _named(ways: gpd.GeoDataFrame, file: str) -> gpd.GeoDataFrame:
    """Rows of several files told apart in the report."""
    return ways.assign(fid=file + ":" + ways["fid"].astype(str))


def travels(factor: Factor) -> bool:
    """Whether the factor hangs on the network."""
    return isinstance(measure_named(factor.measure), Travel)


def travel_rules(travel: TravelSettings) -> TravelRules:
    """``[travel]`` in the words of ``geo``; what it leaves open is as it is there."""
    rules = {field.name for field in fields(TravelRules)} - {"speeds"}
    said = travel.model_dump(include=rules, exclude_defaults=True)
    speeds = dict(TravelRules().speeds)
    speeds |= {(one.mode, one.way_class): WaySpeeds(*one.kmh()) for one in travel.speeds}
    return TravelRules(speeds=speeds, **said)


def ways_of_measuring(settings: ProjectSettings) -> dict[str, Any]:
    """What the project file says of measuring, beyond its files and factors."""
    travel = settings.travel
    return {
        "metric_crs": settings.area.metric_crs,
        "measured": settings.area.measured,
        "stock": [layer.id for layer in settings.layers if layer.series == "stock"],
        "travel": None
        if travel is None
        else travel.model_dump(mode="json", exclude={"ways"})
        | {"ways": [way.id for way in travel.ways]},
    }


def network_in_short(report: dict[str, Any]) -> list[tuple[str, str]]:
    """What a network's report says (``geo.travel.NetworkReport.to_json``), in a few lines."""
    km, loose = report["km"], report["dangles"]
    unknown = report["direction_unknown"]
    return [
        ("km of river and of road", f"{km['river']:,.0f} and {km['road']:,.0f}"),
        ("parts that are not connected", f"{report['components']['count']:,}"),
        ("loose ends of rivers and of roads", f"{loose['river']:,} and {loose['road']:,}"),
        ("ends joined to another way", f"{report['snapped']['count']:,}"),
        ("gaps too wide to be joined", f"{report['gaps']['count']:,}"),
        ("outlets", f"{report['outlets']['count']:,}"),
        ("km of river in loops", f"{unknown['loops']['km']:,.0f}"),
        ("km of river without an outlet", f"{unknown['no_outlet']['km']:,.0f}"),
        ("rows left out", f"{sum(why['count'] for why in report['dropped'].values()):,}"),
    ]


def factors_of(settings: ProjectSettings) -> Iterator[tuple[LayerInput, FactorSettings, Factor]]:
    """Every factor of the project file, in its order, with what the file says of it."""
    for layer in settings.layers:
        for spec in layer.factors:
            yield layer, spec, Factor(layer=layer.id, **spec.model_dump(exclude={"sign", "weight"}))


def factor_list(settings: ProjectSettings) -> list[dict[str, Any]]:
    """Every factor of the project file, with what a reader must know of it."""
    return [
        {
            "id": factor.id,
            **asdict(factor),
            "classes": list(factor.classes),
            "unit": unit_of(factor),
            "role": layer.role,
            "sign": spec.sign,
            "weight": spec.weight,
            "label": layer.label,
            "label_en": layer.label_en,
        }
        for layer, spec, factor in factors_of(settings)
    ]
