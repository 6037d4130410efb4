"""Settlements, people, posts, mining: where they are and how they live."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from data.synthetic import Region, SyntheticParams, simulate
from data.synthetic.plane import to_degrees

CENTIMETRES = 1e-4  # km


def check_places(region: Region) -> None:
    districts, network = region.districts, region.network
    places = districts.settlements
    points = shapely.points(places.xy)
    away = shapely.distance(points, network.lines[places.edge])
    assert away.max() < CENTIMETRES  # all stand on a river or a road
    at = shapely.points(to_degrees(places.xy, region.params))
    assert shapely.intersects(at, districts.polygons[districts.district_of]).all()
    assert np.array_equal(np.unique(districts.district_of), np.arange(len(districts)))
    assert (places.people > 0).all()
    assert np.array_equal(districts.people, region.people[:, 0])
    assert districts.people.sum() == places.people.sum()
    biggest = pd.Series(places.people).groupby(districts.district_of).max()
    assert np.array_equal(places.people[districts.capital], biggest)
    assert (region.people > 0).all()
    assert ((region.poverty >= 0) & (region.poverty <= 100)).all()
    for posts in vars(region.posts).values():
        assert len(posts)
        assert len(np.unique(posts.settlement)) == len(posts)
    assert len(region.mining.year)


def test_the_places_of_the_demo(region: Region) -> None:
    check_places(region)


def test_few_towns_and_many_hamlets(region: Region) -> None:
    people = np.sort(region.districts.settlements.people)[::-1]
    assert people[:20].sum() > 0.4 * people.sum()
    assert np.median(people) < 500
    assert people[0] < 0.2 * people.sum()


def test_hamlets_stand_on_rivers_and_on_roads(region: Region) -> None:
    places = region.districts.settlements
    on_river = region.network.is_river[places.edge[~places.is_town]]
    assert abs(on_river.mean() - (1 - region.params.on_roads)) < 0.05


def test_districts_are_small_near_towns_and_big_in_the_east(region: Region) -> None:
    polygons = region.districts.polygons
    x = shapely.get_x(shapely.centroid(polygons))
    east = x > np.median(x)
    assert np.median(shapely.area(polygons[east])) > 1.2 * np.median(shapely.area(polygons[~east]))


def test_every_province_has_police_and_prosecutors(region: Region) -> None:
    districts = region.districts
    for posts in (region.posts.police, region.posts.prosecutors):
        served = districts.province_code[districts.district_of[posts.open_in(2005)]]
        assert set(served) == set(districts.province_code)
    every_capital = set(districts.capital.tolist())
    assert every_capital <= set(region.posts.sites.settlement.tolist())


def test_ports_lie_on_rivers_and_crossings_near_the_border(region: Region) -> None:
    places = region.districts.settlements
    assert region.network.is_river[places.edge[region.posts.ports.settlement]].all()
    points = shapely.points(places.xy[region.posts.crossings.settlement])
    width = region.districts.settlements.xy.max() - region.districts.settlements.xy.min()
    assert np.median(shapely.distance(points, region.border)) < 0.05 * width


def test_mining_fronts_appear_move_and_close(region: Region) -> None:
    mining, params = region.mining, region.params
    years = range(params.first_year - 1, params.first_year + params.years)
    assert all(mining.active(year).any() for year in years)  # also before the first counts
    assert (mining.until > mining.year).all()
    assert (mining.until - mining.year <= params.patch_years).all()
    rows = pd.DataFrame({"front": mining.front, "year": mining.year, "until": mining.until})
    fronts = rows.groupby("front").agg(first=("year", "min"), last=("until", "max"))
    counted = set(params.counted_years)
    assert fronts["first"].isin(counted).sum() >= 3  # appear
    assert fronts["last"].isin(counted).sum() >= 3  # close
    moved = []
    for front in fronts.index:
        mine = mining.front == front
        first, last = mining.year[mine].min(), mining.year[mine].max()
        if last - first >= 4:
            begin = mining.xy[mine & (mining.year == first)].mean(axis=0)
            end = mining.xy[mine & (mining.year == last)].mean(axis=0)
            moved.append(np.linalg.norm(end - begin) / (last - first))
    assert len(moved) >= 3
    assert 1 < np.median(moved) < params.front_step_km + 1  # km a year


def test_one_part_changed_leaves_the_others() -> None:
    base = simulate(SyntheticParams(districts=30))
    other = simulate(SyntheticParams(districts=30, fronts_per_district=0.3))
    assert len(base.mining.year) != len(other.mining.year)
    assert np.array_equal(base.districts.polygons, other.districts.polygons)
    assert np.array_equal(base.people, other.people)
    assert np.array_equal(base.posts.police.settlement, other.posts.police.settlement)
    recruitment = "recruitment"  # moved by no mine
    assert np.array_equal(base.recorded.true[recruitment], other.recorded.true[recruitment])
