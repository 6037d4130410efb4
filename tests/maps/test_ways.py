from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString

from data.publish import way_key
from data.records import PublishedRun
from maps.layers import COLOURS
from maps.page import offline_page
from maps.payload import payload
from maps.released import release
from maps.ways import drawn_ways, way_lines, ways_group
from maps.words import words
from tests.maps.region import FACTORS, IMG, MODELLED, RIVER, TRAVEL, layers, published_run, ways

DRAWABLE = {way_key("rivers"): RIVER}


def listed(drawable: dict[str, gpd.GeoDataFrame], factors: Any = MODELLED) -> list[dict[str, Any]]:
    found = ways_group(TRAVEL, drawable, factors, words("es"))
    return [entry for group in found for entry in group["layers"]]


def read(written: dict[str, Any]) -> list[np.ndarray]:
    """Lines in degrees, as the page reads them."""
    arcs, at, place, found = written["arcs"], 0, np.zeros(2), []
    while at < len(arcs):
        end = at + 1 + 2 * arcs[at]
        steps = np.reshape(arcs[at + 1 : end], (-1, 2))
        found.append(place + np.cumsum(steps, axis=0))
        place, at = found[-1][-1], end
    return [np.array(written["corner"]) + written["step"] * line for line in found]


def test_ways_are_written_as_borders_are() -> None:
    (line,) = read(way_lines(RIVER))
    assert np.allclose(line, RIVER.geometry.iloc[0].coords, atol=2.9 / 2**14)
    two = ways(LineString([(0, 0), (1, 0)]), LineString([(3, 1), (2, 1)]))
    assert [len(line) for line in read(way_lines(two))] == [2, 2]


def test_nothing_to_draw_is_no_error() -> None:
    assert way_lines(ways(LineString([(0, 0), (0, 0)])))["arcs"] == []
    assert way_lines(RIVER[:0])["arcs"] == []


def test_the_longest_stay_where_there_are_too_many() -> None:
    apart = ways(*(LineString([(n, 0), (n, 1 + n)]) for n in range(20)))
    left = read(way_lines(apart, most_points=10))
    assert sorted(round(line[0][0]) for line in left) == [15, 16, 17, 18, 19]


def test_what_travel_times_rest_on_is_credited(run: PublishedRun) -> None:
    way = {"id": "roads", "mode": "road", "licence": "", "attribution": IMG, "note": ["Partial."]}
    travel = {"ways": [way | {"source": "Ministry of <roads>", "date": "2022"}]}
    (group,) = ways_group(travel, {}, FACTORS, words("es"))
    (entry,) = group["layers"]
    assert (entry["label"], entry["drawn"]) == ("Caminos de los viajes", False)
    assert "licencia" in entry["hidden"]
    assert dict(entry["credit"]) == {
        "Fuente": "Ministry of <roads>",
        "Fecha": "2022",
        "Licencia": "no declarada",
        "Crédito": IMG,
        "Nota": "Partial.",
    }
    record = replace(run.record, settings=dict(run.record.settings) | {"travel": travel})
    page = offline_page(release(replace(run, record=record)), {}).html
    assert "Ministry of &lt;roads&gt;" in page
    assert IMG not in page
    assert ways_group(travel, {}, MODELLED, words("es")) == []  # there, but nothing travels
    assert ways_group(None, {}, FACTORS, words("es")) == []


def test_ways_with_a_licence_are_drawn_whether_or_not_anything_travels() -> None:
    (river,) = listed(DRAWABLE)
    assert (river["label"], river["drawn"], river["on"]) == ("Ríos, de fondo", True, True)
    assert [entry["drawn"] for entry in listed(DRAWABLE, FACTORS)] == [True, False]
    assert drawn_ways(layers() | DRAWABLE) == ["travel.ways/rivers"]


def test_two_of_one_kind_are_told_apart() -> None:
    roads = {"ways": [TRAVEL["ways"][1] | {"id": name} for name in ("main_roads", "tracks")]}
    (group,) = ways_group(roads, {}, FACTORS, words("es"))
    labels = [entry["label"] for entry in group["layers"]]
    assert labels == ["Caminos de los viajes (main roads)", "Caminos de los viajes (tracks)"]


@pytest.mark.parametrize("mode", ["river", "road"])
def test_a_way_has_a_colour_of_its_own(run: PublishedRun, mode: str) -> None:
    travel = {"ways": [TRAVEL["ways"][0] | {"mode": mode}]}
    (group,) = ways_group(travel, DRAWABLE, MODELLED, words("es"))
    colour = payload(release(run), words("es"))["layerColours"][group["layers"][0]["colour"]]
    assert colour not in COLOURS


def test_one_file_holds_them() -> None:
    run = published_run()
    record = replace(run.record, settings=dict(run.record.settings) | {"travel": TRAVEL})
    page = offline_page(release(replace(run, record=record)), layers() | DRAWABLE).html
    block = page.split('id="layer-travel.ways/rivers">')[1].split("</script>")[0]
    assert shapely.LineString(read(json.loads(block))[0]).length > 3
