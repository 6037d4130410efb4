from __future__ import annotations

import folium
import geopandas as gpd
import pytest
from shapely.geometry import box

from maps import risk_map
from maps.levels import COLOURS, LEVELS, MUTED, NO_DATA
from maps.notebook import (
    Legend,
    doubt_layer,
    panel,
    risk_layer,
    risk_style,
    shown_districts,
)
from maps.released import release
from maps.words import words
from tests.maps.region import IMG, SCRIPT, published_run
from vigia.errors import ProjectError

SPANISH = words("es")


def own_data() -> gpd.GeoDataFrame:
    """Three squares of nobody's, in metres, with what a notebook may have."""
    squares = [box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)]
    table = {
        "name": ["Uno", IMG, None],
        "level": ["very_high", "low", None],
        "rate": [12.34, 1.5, None],
        "rate_low": [8.0, 0.5, None],
        "rate_high": [20.0, 3.0, None],
        "sure": [2, 1, 0],
    }
    return gpd.GeoDataFrame(table, geometry=squares, crs=32718).rename_geometry("shape")


def written(made: folium.Map) -> str:
    return str(made.get_root().render())


def test_a_run_becomes_a_folium_map_that_anything_can_be_added_to() -> None:
    run = published_run()
    made = risk_map(run.districts[["code", "name", "geometry"]], run, outcome="recruitment")
    folium.Marker([-9, -75]).add_to(made)
    page = written(made)
    assert isinstance(made, folium.Map)
    scores = release(run).scores_of("recruitment")
    for level in set(scores["level"]):
        assert SPANISH(f"level.{level}") in page
    first = scores["rate"].dropna().iloc[0]
    assert SPANISH.number(float(first)) in page


def test_no_text_from_data_is_markup() -> None:
    run = published_run()
    page = written(risk_map(run.districts, run))
    assert IMG not in page
    assert SCRIPT not in page
    assert "onerror=alert" in page  # it is there, as text
    assert IMG not in written(risk_map(own_data()))


def test_pieces_are_of_use_alone_with_data_of_ones_own() -> None:
    shown = shown_districts(own_data(), SPANISH)
    assert shown.crs == 4326
    assert shown["level"].tolist() == ["very_high", "low", NO_DATA]
    made = folium.Map()
    for piece in (risk_layer(shown, "Riesgo"), doubt_layer(shown, "Duda"), Legend("en")):
        piece.add_to(made)
    page = written(made)
    assert "Very high" in page
    covered = doubt_layer(shown, "Duda").data["features"]
    assert len(covered) == 1  # the one that is less sure; nothing is known of the last
    assert "12 (intervalo del 95%: de 8.0 a 20)" in panel(own_data().iloc[0].to_dict(), SPANISH)


def test_what_nobody_said_is_sure_is_not_drawn_as_sure() -> None:
    shown = shown_districts(own_data().drop(columns="sure"), SPANISH)
    assert set(shown["sure"]) == {0}
    assert len(doubt_layer(shown, "Duda").data["features"]) == 2  # all of which anything is known


def test_style_says_level_and_doubt() -> None:
    for level in LEVELS:
        assert risk_style(level)["fillColor"] == COLOURS[level]
    for level, colour in MUTED.items():
        assert risk_style(level, 1)["fillColor"] == colour
    assert risk_style(NO_DATA)["dashArray"]


def test_what_cannot_be_drawn_is_refused_by_name() -> None:
    data = own_data()
    with pytest.raises(ProjectError, match="'level'"):
        risk_map(data.drop(columns="level"))
    with pytest.raises(ProjectError, match="CRS"):
        risk_map(data.set_crs(None, allow_override=True))
    with pytest.raises(ProjectError, match="enormous"):
        risk_map(data.assign(level="enormous"))
    run = published_run()
    with pytest.raises(ProjectError, match="'code'"):
        risk_map(data, run)
    with pytest.raises(ProjectError, match="piracy"):
        risk_map(run.districts, run, outcome="piracy")
