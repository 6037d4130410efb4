from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, Point, box

from data.records import PublishedRun
from maps.assets import SCRIPTS, STYLES, assets, inline_style
from maps.folium_map import folium_parts
from maps.geometry import bounds_of, parts_of, to_geojson
from maps.layers import (
    display_layer,
    drawn_layers,
    exact_layer,
    groups,
    standing,
    yearly_layer,
)
from maps.page import offline_page
from maps.released import Released, release
from maps.topology import display_districts
from maps.words import words
from tests.maps.region import (
    FACTORS,
    LAYERS,
    NO_BOUNDARY,
    districts,
    layer_table,
    layers,
)


def listed(drawable: dict[str, gpd.GeoDataFrame]) -> dict[str, dict[str, Any]]:
    found = groups(LAYERS, drawable, FACTORS, words("es"))
    return {entry["id"]: entry for group in found for entry in group["layers"]}


def test_layers_stand_by_role() -> None:
    titles = [group["title"] for group in groups(LAYERS, layers(), FACTORS, words("es"))]
    assert titles == ["Factores de riesgo", "Detección", "Contexto"]
    assert set(listed(layers())) == {credit.id for credit in LAYERS}


def test_only_layers_with_a_licence_are_offered() -> None:
    everything = layers() | {"roads": layers()["rivers"], "poverty": layers()["rivers"]}
    offered = {name for name, entry in listed(everything).items() if entry["drawn"]}
    assert offered == {"mining", "rivers", "police", "frontier"}
    assert offered == set(drawn_layers(LAYERS, everything))
    assert "licencia" in listed(everything)["roads"]["hidden"]
    assert "no se dibuja" in listed(everything)["poverty"]["hidden"]


def test_credits_and_notes_come_along() -> None:
    mining = dict(listed(layers())["mining"]["credit"])
    assert mining["Fuente"] == "Invented source of mining"
    assert mining["Licencia"] == "CC-BY-4.0"
    assert "Nota" in mining
    assert mining["Vigencia en años"] == "3"
    assert "Vigencia en años" not in dict(listed(layers())["rivers"]["credit"])
    assert dict(listed(layers())["roads"]["credit"])["Licencia"] == "no declarada"


def test_what_is_measured_of_a_layer_is_said() -> None:
    told = {id_: dict(entry["credit"]).get("Qué se mide") for id_, entry in listed({}).items()}
    assert told["police"] == "tiempo de viaje desde donde vive la gente, con aguas bajas"
    assert told["mining"] == "distancia en km desde la capital del distrito"
    assert told["frontier"] is told["poverty"] is None


def test_a_layer_is_drawn_as_it_stood() -> None:
    mining = layers()["mining"]
    assert standing(mining, 2025)["fid"].tolist() == [1]
    assert standing(mining, 2018)["fid"].tolist() == [3]
    assert standing(mining, 2020)["fid"].tolist() == [1]
    assert standing(mining, 2031)["fid"].tolist() == [1, 2]


def test_features_of_several_years_come_with_their_years() -> None:
    drawn = yearly_layer(layers()["mining"], 2015, 2025)["features"]
    years = [tuple(feature["properties"].values()) for feature in drawn]
    assert years == [(2019, None), (2015, 2020)]  # what begins in 2030 is in none of them
    assert json.dumps(years) == "[[2019, null], [2015, 2020]]"
    assert len(yearly_layer(layers()["mining"], 2020, 2030)["features"]) == 2


def test_features_without_a_geometry_are_not_drawn() -> None:
    layer = layer_table(Point(0, 0), None)
    assert len(display_layer(layer, 2025)["features"]) == 1
    assert exact_layer(layer)["features"][1]["geometry"] is None


def test_a_tiny_feature_does_not_vanish() -> None:
    layer = layer_table(box(0, 0, 1e-4, 1e-4))
    assert display_layer(layer, 2025)["features"][0]["geometry"]["coordinates"]


def test_an_exact_layer_says_from_when_to_when() -> None:
    first = exact_layer(layers()["mining"])["features"][0]["properties"]
    assert first == {"fid": 1, "code": None, "from_year": 2019, "until_year": None}


def test_geojson_is_rounded_and_turns_the_right_way() -> None:
    hole = box(0, 0, 3, 3).difference(box(1, 1, 2, 2))
    shapes = to_geojson(np.array([hole, None, LineString([(0.12345678, 1), (2, 3)])]), 4)
    rings = [shapely.LinearRing(ring) for ring in shapes[0]["coordinates"]]  # type: ignore[index]
    assert [ring.is_ccw for ring in rings] == [True, False]
    assert shapes[1] is None
    assert shapes[2]["coordinates"][0] == [0.1235, 1.0]  # type: ignore[index]


def test_display_keeps_rows_and_gaps() -> None:
    table = districts()
    drawn = display_districts(table)
    assert drawn["code"].tolist() == table["code"].tolist()
    assert drawn.geometry.isna().tolist() == table.geometry.isna().tolist()
    assert drawn.geometry.iloc[NO_BOUNDARY] is None


def test_a_part_is_named_within_it() -> None:
    table = districts()
    parts = parts_of(table, "department")
    for name, at in parts:
        own = table[(table["department"] == name) & table.geometry.notna()]
        outline = shapely.union_all(own.geometry.to_numpy())
        assert shapely.contains_xy(outline, *at)
        assert shapely.hausdorff_distance(shapely.Point(at), outline.centroid) < 0.6
    areas = [
        shapely.area(table[table["department"] == name].geometry.to_numpy()) for name, _ in parts
    ]
    assert np.nansum(areas[0]) >= np.nansum(areas[1])


def test_boundaries_that_do_not_fit_have_a_map(run: PublishedRun) -> None:
    """Overlaps, and a bow tie: the map is no judge of boundaries."""
    table = run.districts.copy()
    tie = shapely.Polygon([(-74, -8), (-73, -7), (-73, -8), (-74, -7)])
    table.loc[[0, 1, 2], "geometry"] = [tie, box(-75, -9, -73, -7), box(-74, -8.5, -72, -7.5)]
    page = offline_page(release(replace(run, districts=table)), {}).html
    assert '"undrawn":[4]' in page


def test_an_area_without_any_geometry_has_a_map_all_the_same(released: Released) -> None:
    table = released.districts
    empty = table.set_geometry(gpd.GeoSeries([None] * len(table), crs="EPSG:4326"))
    assert bounds_of(empty) is None
    assert "vigia.start(" in folium_parts(None).script


def test_folium_repeats_itself_and_loads_nothing() -> None:
    bounds = (-75.0, -9.0, -71.0, -6.0)
    first, second = folium_parts(bounds), folium_parts(bounds)
    assert first == second
    assert "http" not in first.html + first.script
    assert "[[-9.0, -75.0], [-6.0, -71.0]]" in first.script
    assert first.script.count("L.map(") == 1


def test_assets_are_ours_or_leaflets() -> None:
    found = assets()
    assert set(STYLES) | set(SCRIPTS) <= set(found)
    assert all(b"sourceMappingURL" not in asset.content for asset in found.values())
    assert found["leaflet/leaflet.js"].content.startswith(b"/* @preserve")
    assert found["map.css"].url.startswith("/static/map.css?v=")
    assert "url(images/" not in inline_style("leaflet/leaflet.css")


def test_no_script_of_ours_writes_markup() -> None:
    own = [asset for name, asset in assets().items() if "/" not in name and name.endswith(".js")]
    assert own
    for asset in own:
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in asset.text, asset.name


def test_no_inline_block_of_ours_ends_itself() -> None:
    for name in SCRIPTS:
        assert "</script" not in assets()[name].text.lower()
        assert "<!--" not in assets()[name].text
