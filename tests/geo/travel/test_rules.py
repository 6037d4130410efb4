"""What cannot be travelled by is refused with a sentence; what is open is filled by the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.travel import TravelRules, WaySpeeds
from tests.geo.travel.ways import RULES, at, both, km, line, minutes, network, ports, table
from vigia.errors import GeometryError

ROAD = line((0, 0), (0, 1))
PAGE = Path(__file__).parents[3] / "docs" / "travel.md"


def hours(
    way_class: Any, rules: TravelRules = RULES, season: str = "high", **columns: Any
) -> float:
    ways = table(ROAD, mode="road", way_class=[way_class], **columns)
    return minutes(network(ways, rules=rules), at(0, 0), at(0, 1), season) / 60


def test_speeds_are_of_the_column_then_the_class_then_the_mode_then_the_default() -> None:
    track = WaySpeeds(5.0, 5.0, 8.0, 8.0)
    rules = replace(RULES, speeds={**RULES.speeds, ("road", "track"): track})
    length = km((0, 0), (0, 1))
    own = {name: [9.0] for name in ("kmh_down_high", "kmh_up_high")}
    assert hours("track", rules, **own) == pytest.approx(length / 9, rel=1e-6)
    assert hours("track", rules, "low", **own) == pytest.approx(length / 8, rel=1e-6)
    assert hours("track", rules) == pytest.approx(length / 5, rel=1e-6)
    assert hours("paved", rules) == pytest.approx(length / 30, rel=1e-6)
    assert hours(None, rules) == pytest.approx(length / 30, rel=1e-6)
    bare = replace(RULES, speeds={})
    assert hours(None, bare) == pytest.approx(length / 25, rel=1e-6)


def test_the_defaults_are_slower_upstream_and_at_low_water() -> None:
    rules = TravelRules()
    river, road = (rules.speeds_of(mode, None) for mode in ("river", "road"))
    assert river.down_high > river.up_high
    assert river.down_low > river.up_low
    assert river.down_high > river.down_low
    assert road.down_high == road.up_high < road.down_low == road.up_low
    assert rules.walk_limit_minutes == 8 * 60


def test_the_page_has_the_defaults_of_the_code() -> None:
    rules, text = TravelRules(), PAGE.read_text(encoding="utf-8")
    river, road = (rules.speeds_of(mode, None) for mode in ("river", "road"))
    for row in (
        f"| river, downstream, high water | {river.down_high:g} km/h |",
        f"| river, upstream, high water | {river.up_high:g} km/h |",
        f"| river, low water | {river.down_low:g} and {river.up_low:g} km/h |",
        f"| road, dry / in the rains | {road.down_low:g} / {road.down_high:g} km/h |",
        f"| on foot, off the network | {rules.walk_kmh:g} km/h |",
        f"| longest walk | {rules.walk_limit_minutes / 60:g} hours |",
        f"| change between river and road | {rules.transfer_minutes:g} minutes |",
        f"| `snap_m` | {rules.snap_m:g} m |",
    ):
        assert row in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"snap_m": -1.0}, "snap_m is -1"),
        ({"snap_m": np.nan}, "snap_m is nan"),
        ({"walk_limit_minutes": np.inf}, "walk_limit_minutes is inf"),
        ({"transfer_minutes": -0.5}, "transfer_minutes is -0.5"),
        ({"walk_kmh": 0.0}, "walk_kmh is 0"),
        ({"speeds": {("rail", None): WaySpeeds(1, 1, 1, 1)}}, "mode 'rail'"),
        ({"speeds": {("road", "track"): WaySpeeds(1, -1, 1, 1)}}, "kmh_up_high of road track"),
    ],
)
def test_rules_that_make_no_sense_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(GeometryError, match=said) as refused:
        TravelRules(**change)
    assert refused.value.hint


def test_tables_that_make_no_sense_are_refused() -> None:
    lines = table(ROAD)
    wrong: list[tuple[gpd.GeoDataFrame, str]] = [
        (lines.drop(columns="mode"), "no column mode"),
        (lines.assign(mode="train"), "the mode 'train' in 1 rows"),
        (lines.assign(kmh_up_low=-3.0), "numbers in kmh_up_low"),
        (lines.assign(length_km=np.inf), "numbers in length_km"),
        (lines.iloc[:0], "no rivers and no roads"),
        (table(at(0, 0)), "no rivers and no roads"),
        (table(shapely.LineString([(500, 0), (501, 0)])), "not degrees"),
    ]
    for ways, said in wrong:
        with pytest.raises(GeometryError, match=said) as refused:
            network(ways)
        assert refused.value.hint


def test_an_outlet_far_from_every_river_is_refused_with_its_place() -> None:
    with pytest.raises(GeometryError, match=r"10 km of the outlet at -73\.0000, -4\.0000"):
        network(table(ROAD), [at(20, 20)])
    with pytest.raises(GeometryError, match="No river"):
        network(table(ROAD, mode="road"), [at(0, 0)])


@pytest.mark.parametrize(
    "port", [ports(ROAD), ports(at(0, 0), transfer_minutes=[-1.0])], ids=["a line", "below 0"]
)
def test_ports_that_make_no_sense_are_refused(port: gpd.GeoDataFrame) -> None:
    with pytest.raises(GeometryError, match="ports"):
        network(table(ROAD), port=port)


def test_seasons_and_directions_have_two_names_each() -> None:
    net = network(table(ROAD))
    with pytest.raises(GeometryError, match="no season 'wet'"):
        net.matrix([at(0, 0)], [at(0, 1)], "wet")  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match="no direction 'back'"):
        net.minutes_to_nearest([at(0, 0)], [at(0, 1)], "low", "back")  # type: ignore[arg-type]


def test_places_that_are_no_degrees_are_refused() -> None:
    net = network(table(ROAD))
    with pytest.raises(GeometryError, match="not defined"):
        net.matrix([shapely.Point(np.inf, 0)], [at(0, 1)], "low")


def test_the_report_is_plain_and_its_frames_are_maps() -> None:
    ways = both(
        table(line((0, 0), (0, 1)), line((0, 1), (0, 2)), fid=["a", "b"]),
        table(line((0, 1), (2, 1)), line((5, 0), (5, 1)), mode="road", fid=["c", "d"]),
    )
    net = network(ways, [at(0, 2)])
    told = json.loads(json.dumps(net.report.to_json()))
    assert told["components"]["count"] == 2
    assert told["dangles"] == {"river": 2, "road": 4}
    assert told["changes"] == 1
    assert told["km"]["road"] == pytest.approx(km((0, 1), (2, 1)) + km((5, 0), (5, 1)), abs=0.001)
    assert told["outlets"]["first"] == [{"lon": -74.0, "lat": -4.9, "how": "given"}]
    frames = net.report.frames()
    assert {name: len(frame) for name, frame in frames.items()} == {
        "dangles": 6, "gaps": 0, "outlets": 1,
    }  # fmt: skip
    assert all(frame.crs == "EPSG:4326" for frame in frames.values())
    edges = net.frame()
    assert sorted(edges["fid"]) == ["a", "b", "c", "d"]
    river = edges[edges["mode"] == "river"]
    assert (river["flow"] == 1).all()
    assert (river["minutes_back_high"] == 2 * river["minutes_along_high"]).all()
    assert river.geometry.map(lambda way: way.coords[-1][1] > way.coords[0][1]).all()
