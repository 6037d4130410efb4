"""Travel factors over years in which posts open and close; what is found once is found right."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.features import Factor, Region, feature_table
from geo.travel import Network, TravelRules, build_network
from geo.travel import network as network_module
from geo.travel.kept import OfEach
from tests.geo.shapes import NO_CAPITALS, NO_POINTS, at, capitals, grid, layer, points
from tests.geo.travel.ways import RULES, both, ports, series, table
from tests.geo.worlds import SURFACES, metric_of

YEARS = range(2010, 2016)
PLACES = [at(x, y) for x in (0.1, 0.5, 1.0, 1.3, 1.9) for y in (0.5, 0.52, 0.8)]
WHERE = Region(
    grid(),
    capitals(c010101=at(0.4, 0.5), c010102=None),
    points(PLACES[3:12], code=["010101"] * 4 + ["010102"] * 5, people=range(1, 10)),
)
FACTORS = [
    Factor("posts", measure, support, season=season, direction=direction)
    for measure in ("travel_time", "walked_share")
    for support in ("polygon", "capital", "population")
    for season in ("high", "low")
    for direction in ("to", "from")
]
year = st.none() | st.sampled_from(YEARS)
posts = st.lists(st.tuples(st.sampled_from(PLACES), year, year), min_size=1, max_size=6)


@cache
def world() -> Network:
    """A river from west to east, a road from its middle to the north, and walks of two hours."""
    river = shapely.LineString([at(x, 0.5) for x in (0, 0.5, 1, 1.5, 2)])
    road = shapely.LineString([at(1, 0.5), at(1, 0.9)])
    rules = TravelRules(
        snap_m=100.0,
        walk_kmh=4.0,
        walk_limit_minutes=120.0,
        transfer_minutes=5.0,
        speeds=RULES.speeds,
    )
    ways = both(table(river), table(road, mode="road"))
    return build_network(ways, series([at(2, 0.5)]), ports(at(1, 0.5)), rules, metric())


def metric(surface: tuple[str, str] = SURFACES[0]) -> Any:
    return metric_of(Region(grid(), NO_CAPITALS, NO_POINTS), surface)


def measured(
    posts: gpd.GeoDataFrame,
    years: Any,
    surface: tuple[str, str] = SURFACES[0],
    factors: list[Factor] = FACTORS,
) -> pd.DataFrame:
    """On a network that was never asked before."""
    return feature_table(
        WHERE, {"posts": posts}, factors, list(years), metric(surface), lambda *_: None,
        network=replace(world()),
    )  # fmt: skip


@pytest.mark.parametrize("surface", SURFACES[:2])
@settings(deadline=None, max_examples=12)
@given(posts, st.sampled_from(["high", "low"]), st.sampled_from(["to", "from"]))
def test_years_together_are_as_each_year_alone(
    surface: tuple[str, str],
    some: list[tuple[Any, int | None, int | None]],
    season: str,
    direction: str,
) -> None:
    """Alone: one season and direction, the posts of that year turned round, and no years there."""
    places, opened, closed = zip(*some, strict=True)
    together = measured(
        layer(*places, from_year=list(opened), until_year=list(closed)), YEARS, surface
    )
    factors = [one for one in FACTORS if (one.season, one.direction) == (season, direction)]
    begin = min(-np.inf if first is None else first for first in opened)
    for now in YEARS:
        standing = [
            place
            for place, first, last in some
            if (first is None or first <= now) and (last is None or now < last)
        ]
        found = together.xs(now, level="year")[[one.id for one in factors]].to_numpy()
        if begin > now or not standing:
            assert np.isnan(found).all()
        else:
            alone = measured(layer(*standing[::-1]), [now], surface, factors).to_numpy()
            assert found.tobytes() == alone.tobytes()


def test_the_way_there_changes_when_posts_do() -> None:
    """Else the years above might agree in saying nothing."""
    near, far = at(0.5, 0.5), at(2, 0.5)
    some = layer(near, far, from_year=[2012, 2010], until_year=[2014, None])
    found = measured(some, YEARS)
    minutes = found.xs("010101", level="code")[FACTORS[4].id].to_numpy()
    assert minutes[0] == minutes[1] == minutes[4] == minutes[5]
    assert minutes[2] == minutes[3] < minutes[0]


def test_places_and_posts_are_set_on_the_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the seasons and directions, and the years in which the same posts stand."""
    asked = []

    def counted(places: Any, *others: Any) -> Any:
        asked.append(len(places))
        return access(places, *others)

    access = network_module.access
    monkeypatch.setattr(network_module, "access", counted)
    some = layer(*PLACES[:4], from_year=[2010, 2010, 2013, 2013])
    measured(some, YEARS)
    assert sorted(asked) == [2, 2, 4, 9]  # capitals; posts, before 2013 and then; homes


def test_what_is_kept_of_a_thing_is_no_other_things() -> None:
    """Also where a new thing lies in memory where one has been that is gone."""
    kept: OfEach[int] = OfEach()
    for number in range(100):
        thing = np.array([number])
        made = [kept.of(thing, lambda number=number: number) for _ in range(2)]
        assert made == [number, number]
    stays = np.zeros(1)
    assert [kept.of(stays, lambda: 1), kept.of(stays, lambda: 2)] == [1, 1]
    assert [kept.of(np.zeros(1), lambda: 3), kept.of(stays, lambda: 4)] == [3, 1]
