"""Real files of Peru: the figures they must give, and distances held to plain geodesics."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.crs import ERROR_ALLOWED, choose_metric_crs
from geo.features import Factor, Region, feature_table
from geo.locate import locate, outside_km
from geo.nearest import nearest
from geo.neighbours import queen_neighbours
from geo.simplify import simplify_for_display
from geo.validity import repair
from maps.geometry import DISPLAY_DECIMALS, to_geojson
from tests.geo.shapes import GEOD, NO_CAPITALS, NO_POINTS

pytestmark = pytest.mark.peru

WITHOUT_BOUNDARY = (
    "010204",
    "010523",
    "020602",
    "070105",
    "150137",
    "190203",
    "200602",
    "210103",
)
NAMES = {
    "IDDIST": "code",
    "NOMBDIST": "name",
    "IDPROV": "province_code",
    "IDDPTO": "department_code",
}


@pytest.fixture(scope="module")
def districts(peru: Path) -> gpd.GeoDataFrame:
    table = gpd.read_file(peru / "districts.geojson").rename(columns=NAMES)
    return table[[*NAMES.values(), "geometry"]]


@pytest.fixture(scope="module")
def centres(peru: Path) -> gpd.GeoDataFrame:
    table = pd.read_parquet(peru / "populated_centres.parquet")
    places = gpd.points_from_xy(table["longitude"], table["latitude"])
    return gpd.GeoDataFrame(
        {"code": table["ubigeo_inei"], "name": table["name"], "people": np.nan},
        geometry=places,
        crs=4326,
    )


@pytest.fixture(scope="module")
def mining(peru: Path) -> gpd.GeoDataFrame:
    table = gpd.read_file(peru / "mining_detections.gpkg")
    return table.assign(from_year=table["year"].astype("Int64"))


@pytest.fixture(scope="module")
def roads(peru: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(peru / "roads_mtc_partial.gpkg")


def shortest_km(points: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """From each point to the nearest vertex, along geodesics, one point after the other."""
    found = []
    for lon, lat in points:
        same = np.full(len(vertices), lon), np.full(len(vertices), lat)
        found.append(GEOD.inv(*same, vertices[:, 0], vertices[:, 1])[2].min() / 1000)
    return np.array(found)


def test_the_boundaries_are_valid_but_for_eight_that_are_not_there(
    districts: gpd.GeoDataFrame,
) -> None:
    assert len(districts) == 1834
    result = repair(districts.geometry)
    assert (result.reason == "").all()
    assert tuple(sorted(districts["code"][result.geometries.isna()])) == WITHOUT_BOUNDARY


def test_one_plane_serves_peru_and_a_utm_zone_does_not(districts: gpd.GeoDataFrame) -> None:
    bounds = tuple(districts.total_bounds)
    chosen, zone = (choose_metric_crs(bounds, wanted) for wanted in ("auto", "EPSG:32718"))
    assert chosen.distance_error == pytest.approx(0.0031, abs=5e-5)  # as docs/measures.md has it
    assert zone.distance_error == pytest.approx(0.0058, abs=5e-5)
    assert chosen.distance_error < ERROR_ALLOWED < zone.distance_error
    assert chosen.fit_for_distances
    assert not zone.fit_for_distances


@pytest.fixture(scope="module")
def sampled_km(
    centres: gpd.GeoDataFrame, mining: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Some centres, and the shortest geodesic from each to a vertex of mining, one every 200 m."""
    sample = centres.geometry.iloc[::1500].to_numpy()
    vertices = shapely.get_coordinates(shapely.segmentize(mining.geometry.to_numpy(), 0.002))
    return sample, shortest_km(shapely.get_coordinates(sample), vertices)


def test_distances_are_geodesics(
    mining: gpd.GeoDataFrame, sampled_km: tuple[np.ndarray, np.ndarray]
) -> None:
    """The zone's plane would be off by 0.6 % in the east and west; no distance is."""
    sample, expected = sampled_km
    found = nearest(sample, mining.geometry.to_numpy()).km
    assert len(found) > 60
    assert found == pytest.approx(expected, rel=1e-3, abs=0.1)


def test_centres_lie_in_their_districts_or_close_by(
    districts: gpd.GeoDataFrame, centres: gpd.GeoDataFrame
) -> None:
    """Borders are heavily simplified, 8 districts have none, and newer ones are not on the map."""
    found = locate(centres.geometry, districts)
    outside = found.isna()
    assert 0.9 < (found == centres["code"]).mean() < 1
    away = outside_km(centres.geometry, districts)
    assert (away[~outside] == 0).all()
    assert (away[outside] > 0).all()
    assert away.max() < 15


def test_there_is_one_island(districts: gpd.GeoDataFrame) -> None:
    found = queen_neighbours(districts, choose_metric_crs(tuple(districts.total_bounds)))
    assert [island.code for island in found.attached] == ["211302"]  # Anapia, in Titicaca
    assert found.unplaced == WITHOUT_BOUNDARY
    parts = np.bincount(found.component)
    assert sorted(parts.tolist()) == [1] * 8 + [1826]


def test_borders_for_the_screen_are_light_and_all_there(districts: gpd.GeoDataFrame) -> None:
    light = simplify_for_display(districts)
    assert tuple(sorted(light["code"][light.geometry.isna()])) == WITHOUT_BOUNDARY
    sent = to_geojson(light.geometry.to_numpy(), DISPLAY_DECIMALS)
    assert len(json.dumps(sent)) < 0.8e6
    drawn = light.geometry.dropna().to_numpy()
    rounded = shapely.transform(drawn, lambda xy: np.round(xy, DISPLAY_DECIMALS))
    assert shapely.is_valid(rounded).all()
    assert (shapely.area(rounded) > 0).all()
    assert shapely.coverage_is_valid(rounded)


@pytest.fixture(scope="module")
def features(
    peru: Path,
    districts: gpd.GeoDataFrame,
    centres: gpd.GeoDataFrame,
    mining: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
) -> pd.DataFrame:
    table = pd.read_csv(peru / "district_attributes.csv", dtype={"ubigeo_inei": str})
    poverty = table.dropna(subset=["ubigeo_inei"]).rename(columns={"ubigeo_inei": "code"})
    poverty = poverty[["code"]].assign(value=poverty["total_poverty_pct"])
    factors = [
        Factor("mining", "distance", "population"),
        Factor("mining", "share_of_area", "polygon"),
        Factor("mining", "count_density", "polygon"),
        Factor("roads", "length_density", "polygon"),
        Factor("poverty", "attribute", "polygon"),
    ]
    return feature_table(
        Region(districts, NO_CAPITALS, centres),
        {"mining": mining, "roads": roads, "poverty": poverty},
        factors,
        [2017, 2018, 2024],
        choose_metric_crs(tuple(districts.total_bounds)),
        lambda *_: None,
    )


def test_only_districts_without_a_boundary_lack_an_answer(features: pd.DataFrame) -> None:
    year = features.xs(2024, level="year")
    drawn = [name for name in year if str(name).endswith("__polygon")]
    for name in drawn[:-1]:
        assert tuple(year.index[year[name].isna()]) == WITHOUT_BOUNDARY
    assert year["mining__distance__population"].notna().all()  # their centres are known by code


def test_mining_says_nothing_before_its_first_year(features: pd.DataFrame) -> None:
    silent = features.xs(2017, level="year").filter(like="mining__")
    assert silent.isna().all(axis=None)
    assert features.xs(2018, level="year").filter(like="mining__").notna().any(axis=None)


def test_mining_only_grows(features: pd.DataFrame) -> None:
    early, late = (features.xs(year, level="year").dropna() for year in (2018, 2024))
    grown = late["mining__share_of_area__polygon"] - early["mining__share_of_area__polygon"]
    assert (grown >= -1e-9).all()
    assert (grown > 1).sum() > 5
    nearer = early["mining__distance__population"] - late["mining__distance__population"]
    assert (nearer >= -1e-6).all()


def test_shares_add_up_to_the_area_mined_in_peru(
    features: pd.DataFrame, districts: gpd.GeoDataFrame, mining: gpd.GeoDataFrame
) -> None:
    """A second way: one union of all, in an equal-area plane of the country."""
    equal_area = "+proj=laea +lat_0=-9 +lon_0=-75 +datum=WGS84 +units=m"
    plane = districts.to_crs(equal_area).set_index("code").geometry
    mined = mining[mining["year"] <= 2024].to_crs(equal_area).geometry.union_all()
    share = features.xs(2024, level="year")["mining__share_of_area__polygon"]
    total = (share.loc[plane.index] / 100 * plane.area).sum()
    expected = mined.intersection(plane.union_all()).area
    assert total == pytest.approx(expected, rel=1e-3)


def test_road_lengths_add_up_to_those_in_peru(
    features: pd.DataFrame, districts: gpd.GeoDataFrame, roads: gpd.GeoDataFrame
) -> None:
    """A second way: clipped by the country as a whole, where no border is shared."""
    equal_area = "+proj=laea +lat_0=-9 +lon_0=-75 +datum=WGS84 +units=m"
    plane = districts.to_crs(equal_area).set_index("code").geometry
    density = features.xs(2024, level="year")["roads__length_density__polygon"]
    total = (density.loc[plane.index] * plane.area).sum() / 1e6
    country = shapely.union_all(districts.geometry.dropna().to_numpy())
    clipped = shapely.intersection(roads.geometry.to_numpy(), country)
    expected = sum(GEOD.geometry_length(line) for line in clipped) / 1000
    assert total == pytest.approx(expected, rel=1e-3)


def test_a_tables_value_is_the_districts_own(features: pd.DataFrame, peru: Path) -> None:
    table = pd.read_csv(peru / "district_attributes.csv", dtype={"ubigeo_inei": str})
    own = table.dropna(subset=["ubigeo_inei"]).set_index("ubigeo_inei")["total_poverty_pct"]
    year = features.xs(2018, level="year")["poverty__attribute__polygon"]
    assert year.equals(own.reindex(year.index).rename(year.name))


def test_a_region_without_points_is_measured_too(
    districts: gpd.GeoDataFrame, roads: gpd.GeoDataFrame
) -> None:
    loreto = districts[districts["department_code"] == "16"]
    table = feature_table(
        Region(loreto, NO_CAPITALS, NO_POINTS),
        {"roads": roads},
        [Factor("roads", "distance", "polygon")],
        [2020],
        choose_metric_crs(tuple(loreto.total_bounds)),
        lambda *_: None,
    )
    assert table.notna().all(axis=None)
