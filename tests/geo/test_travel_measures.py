"""Travel times as factors: a river through two squares, whose minutes are kilometres over speed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.features import Factor, Region, feature_table
from geo.travel import Network, TravelRules, build_network
from tests.geo.shapes import NO_CAPITALS, NO_POINTS, at, capitals, geodesic_km, grid, layer, points
from tests.geo.travel.ways import RIVER, RULES, both, series, table
from tests.geo.worlds import SURFACES, first_of, metric_of
from vigia.errors import GeometryError

WEST, MIDDLE, EAST = at(0, 0.5), at(1, 0.5), at(2, 0.5)
LEFT, RIGHT = at(0.5, 0.5), at(1.5, 0.5)
DOWN, UP = (
    {"high": RIVER.down_high, "low": RIVER.down_low},
    {"high": RIVER.up_high, "low": RIVER.up_low},
)
WALKING = TravelRules(
    snap_m=100.0, walk_kmh=4.0, walk_limit_minutes=600.0, transfer_minutes=30.0, speeds=RULES.speeds
)


def river() -> Network:
    """From west to east, with a place to stop at each quarter."""
    path = shapely.LineString([WEST, LEFT, MIDDLE, RIGHT, EAST])
    return build_network(table(path), series([EAST]), None, RULES, metric_of(Region(
        grid(), NO_CAPITALS, NO_POINTS), SURFACES[0]))  # fmt: skip


def walked() -> Network:
    path = shapely.LineString([WEST, LEFT, MIDDLE, RIGHT, EAST])
    return build_network(table(path), series([EAST]), None, WALKING, metric_of(Region(
        grid(), NO_CAPITALS, NO_POINTS), SURFACES[0]))  # fmt: skip


RIVERS, WALKS = river(), walked()


def measured(
    where: Region,
    it: gpd.GeoDataFrame,
    factor: Factor,
    network: Network | None = RIVERS,
    surface: tuple[str, str] = SURFACES[0],
) -> list[float]:
    found = feature_table(
        where, {"it": it}, [factor], [2020], metric_of(where, surface), lambda *_: None,
        network=network,
    )  # fmt: skip
    return found.iloc[:, 0].tolist()


def minutes(one: Any, other: Any, kmh: float) -> float:
    return 60 * geodesic_km(one, other) / kmh


def close(*expected: float) -> Any:
    return pytest.approx(expected, rel=1e-4, nan_ok=True)


SEATS = Region(grid(), capitals(c010101=LEFT, c010102=RIGHT), NO_POINTS)


@pytest.mark.parametrize("surface", SURFACES[:2])
@pytest.mark.parametrize("season", ["high", "low"])
def test_with_the_current_and_against_it(season: Any, surface: tuple[str, str]) -> None:
    post = layer(EAST)
    to = Factor("it", "travel_time", "capital", season=season, direction="to")
    back = Factor("it", "travel_time", "capital", season=season, direction="from")
    down = [minutes(place, EAST, DOWN[season]) for place in (LEFT, RIGHT)]
    up = [minutes(place, EAST, UP[season]) for place in (LEFT, RIGHT)]
    assert measured(SEATS, post, to, surface=surface) == close(*down)
    assert measured(SEATS, post, back, surface=surface) == close(*up)
    assert min(up) > min(down)


def test_where_nothing_is_said_it_is_to_the_feature_at_high_water() -> None:
    said = Factor("it", "travel_time", "capital", season="high", direction="to")
    assert measured(SEATS, layer(EAST), Factor("it", "travel_time", "capital")) == measured(
        SEATS, layer(EAST), said
    )


def test_the_nearest_in_time_is_not_the_nearest_on_the_map() -> None:
    """One post is as far upstream as the other is downstream."""
    where = Region(grid(), capitals(c010101=MIDDLE), NO_POINTS)
    found = measured(where, layer(WEST, EAST), Factor("it", "travel_time", "capital"))
    assert found == close(minutes(MIDDLE, EAST, RIVER.down_high), np.nan)


def test_people_weigh_and_nine_tenths_of_them_must_have_a_way() -> None:
    lost = at(0.5, 0.9)  # 20 km off the river, where nobody walks
    post, factor = layer(EAST), Factor("it", "travel_time", "population")
    near, far = (minutes(place, EAST, RIVER.down_high) for place in (RIGHT, MIDDLE))
    homes = [RIGHT, MIDDLE, at(1.2, 0.9)]

    def east(people: list[float]) -> float:
        where = Region(grid(), NO_CAPITALS, points(homes, code=["010102"] * 3, people=people))
        return measured(where, post, factor)[1]

    assert east([300, 100, 0]) == pytest.approx((3 * near + far) / 4, rel=1e-4)
    assert east([300, 100, 44]) == pytest.approx((3 * near + far) / 4, rel=1e-4)
    assert np.isnan(east([300, 100, 45]))
    west = Region(grid(), NO_CAPITALS, points([lost], code=["010101"], people=[9]))
    assert np.isnan(measured(west, post, factor)).all()


def test_of_the_polygon_the_place_that_is_soonest_there() -> None:
    where = Region(
        grid(),
        capitals(c010101=WEST, c010102=RIGHT),
        points([LEFT, MIDDLE], code=["010101", "010102"], people=[1, 5000]),
    )
    found = measured(where, layer(EAST), Factor("it", "travel_time"))
    assert found == close(*(minutes(p, EAST, RIVER.down_high) for p in (LEFT, RIGHT)))
    only = Region(grid(), NO_CAPITALS, points([LEFT], code=["010101"], people=[1]))
    assert measured(only, layer(EAST), Factor("it", "travel_time")) == close(
        minutes(LEFT, EAST, RIVER.down_high), np.nan
    )


def test_the_share_that_is_walked() -> None:
    """A home a tenth of a square north of the river: first on foot, then by boat."""
    home = at(0.5, 0.55)
    where = Region(grid(), capitals(c010101=home), NO_POINTS)
    on_foot, afloat = minutes(home, LEFT, 4.0), minutes(LEFT, EAST, RIVER.down_high)
    for factor, expected in (
        (Factor("it", "travel_time", "capital"), on_foot + afloat),
        (Factor("it", "walked_share", "capital"), 100 * on_foot / (on_foot + afloat)),
        (Factor("it", "walked_share"), 100 * on_foot / (on_foot + afloat)),
    ):
        assert measured(where, layer(EAST), factor, WALKS) == close(expected, np.nan)
    assert np.isnan(measured(where, layer(EAST), Factor("it", "walked_share", "capital"))).all()


def test_posts_come_and_go() -> None:
    posts = layer(EAST, RIGHT, from_year=[2010, 2018], until_year=[None, 2020])
    factor = Factor("it", "travel_time", "capital")
    found = feature_table(
        SEATS, {"it": posts}, [factor], [2009, 2017, 2019, 2020],
        metric_of(SEATS, SURFACES[0]), lambda *_: None, network=RIVERS,
    )  # fmt: skip
    late, soon = (minutes(LEFT, place, RIVER.down_high) for place in (EAST, RIGHT))
    assert first_of(found, "010101") == close(np.nan, late, soon, late)


def test_when_no_post_stands_there_is_no_way() -> None:
    gone = layer(EAST, from_year=[2010], until_year=[2015])
    assert np.isnan(measured(SEATS, gone, Factor("it", "travel_time", "capital"))).all()


@pytest.mark.parametrize("measure", ["travel_time", "walked_share"])
def test_what_is_refused(measure: str) -> None:
    for network, where, said, hint in (
        (None, SEATS, "no network", "[travel]"),
        (RIVERS, Region(grid(), NO_CAPITALS, NO_POINTS), "No capitals", "[districts.capitals]"),
    ):
        with pytest.raises(GeometryError) as caught:
            measured(where, layer(EAST), Factor("it", measure), network)
        assert said in caught.value.message
        assert hint in str(caught.value.hint)
    with pytest.raises(GeometryError, match=f"{measure} takes no radius_km"):
        measured(SEATS, layer(EAST), Factor("it", measure, radius_km=3))
    with pytest.raises(GeometryError, match="No population points"):
        measured(SEATS, layer(EAST), Factor("it", measure, "population"))


def test_by_road_one_changes_at_the_port() -> None:
    """A road from the river's middle to the north; the change costs half an hour."""
    top = at(1, 0.9)
    path = shapely.LineString([WEST, LEFT, MIDDLE, RIGHT, EAST])
    ways = both(table(path), table(shapely.LineString([MIDDLE, top]), mode="road"))
    net = build_network(ways, series([EAST]), gpd.GeoDataFrame(geometry=[MIDDLE], crs=4326), RULES,
                        metric_of(SEATS, SURFACES[0]))  # fmt: skip
    where = Region(grid(), capitals(c010101=LEFT), NO_POINTS)
    found = measured(where, layer(top), Factor("it", "travel_time", "capital"), net)
    expected = minutes(LEFT, MIDDLE, RIVER.down_high) + 30 + minutes(MIDDLE, top, 30.0)
    assert found == close(expected, np.nan)
