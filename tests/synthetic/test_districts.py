"""Districts fit without gap or overlap, belong together, and have the sizes of the real thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.synthetic import Region, SyntheticParams, simulate
from data.synthetic.params import FEWEST, MOST
from tests.synthetic.test_places import check_places
from tests.synthetic.test_rivers import check_rivers
from vigia.errors import ProjectError

KM_PER_DEGREE = 111.195


def areas_km2(polygons: np.ndarray) -> np.ndarray:
    """On a sphere, by parallels: how narrow a degree is where each polygon lies."""
    narrow = np.cos(np.radians(shapely.get_y(shapely.centroid(polygons))))
    return shapely.area(polygons) * narrow * KM_PER_DEGREE**2


def pieces(region: Region, group: np.ndarray) -> int:
    """Connected parts when only borders inside a group can be crossed."""
    pairs = touching(region.districts.polygons)
    pairs = pairs[group[pairs[:, 0]] == group[pairs[:, 1]]]
    ones = np.ones(len(pairs))
    size = len(region.districts)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return int(connected_components(graph, directed=False)[0])


def touching(polygons: np.ndarray) -> np.ndarray:
    """Pairs that share a line, as shapely sees it."""
    a, b = shapely.STRtree(polygons).query(polygons, predicate="touches")
    a, b = a[a < b], b[a < b]
    line = shapely.length(shapely.intersection(polygons[a], polygons[b])) > 0
    return np.column_stack([a[line], b[line]])


def check(region: Region) -> None:
    """What holds for a region of any size and seed."""
    districts, params = region.districts, region.params
    assert len(districts) == params.districts
    assert shapely.is_valid(districts.polygons).all()
    assert (shapely.get_type_id(districts.polygons) == shapely.GeometryType.POLYGON).all()
    assert shapely.coverage_is_valid(districts.polygons)
    whole = shapely.coverage_union_all(districts.polygons)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert len(np.unique(districts.province_code)) == params.provinces
    assert len(np.unique(districts.department_code)) == params.departments
    assert pieces(region, districts.province_code) == params.provinces
    assert pieces(region, districts.department_code) == params.departments
    assert (districts.code == np.sort(districts.code)).all()
    assert len(np.unique(districts.code)) == len(districts)


def test_the_region_of_the_demo(region: Region) -> None:
    check(region)
    districts = region.districts
    assert len(districts) >= 150
    assert region.params.departments == 3
    assert region.params.provinces == 15
    assert len(districts.settlements) >= 1500
    assert set(districts.department_code) == {"01", "02", "03"}


def test_neighbours_are_those_that_share_a_line(region: Region) -> None:
    pairs = {tuple(pair) for pair in region.districts.neighbours.tolist()}
    assert pairs == {tuple(pair) for pair in touching(region.districts.polygons).tolist()}


def test_codes_nest_and_names_are_unique(region: Region) -> None:
    districts = region.districts
    for code, province, department in zip(
        districts.code, districts.province_code, districts.department_code, strict=True
    ):
        assert len(code) == 6
        assert code.isdigit()
        assert code.startswith(province)
        assert province.startswith(department)
    assert len(set(districts.name)) == len(districts)
    names = zip(districts.province_code, districts.province, strict=True)
    assert len(set(names)) == len(set(districts.province)) == 15


def test_the_area_is_what_was_asked_for(region: Region) -> None:
    total = areas_km2(region.districts.polygons).sum()
    assert total == pytest.approx(region.params.area_km2, rel=0.03)


@pytest.mark.peru
def test_sizes_are_mixed_as_in_the_real_amazon(region: Region, peru: Path) -> None:
    """Spread and skew of areas and people, in log units, near those of three real departments."""
    real = pd.read_csv(peru / "district_attributes.csv")
    real = real[real["department"].str.upper().isin(["LORETO", "UCAYALI", "MADRE DE DIOS"])]
    ours = {
        "area_km2": areas_km2(region.districts.polygons),
        "population_2020_derived": region.districts.people,
    }
    for column, values in ours.items():
        theirs = np.log(real[column].dropna())
        assert np.log(values).std() == pytest.approx(theirs.std(), rel=0.35), column
        share = np.sort(values)[-len(values) // 5 :].sum() / values.sum()
        real_values = np.sort(real[column].dropna())
        real_share = real_values[-len(real_values) // 5 :].sum() / real_values.sum()
        assert share == pytest.approx(real_share, abs=0.15), column


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(districts=st.integers(FEWEST, 60), seed=st.integers(0, 10**9))
def test_any_small_region_holds_together(districts: int, seed: int) -> None:
    made = simulate(SyntheticParams(districts=districts, seed=seed))
    check(made)
    check_places(made)
    check_rivers(made)


def test_a_bigger_region_grows_in_everything() -> None:
    small = simulate(SyntheticParams(districts=150, seed=3))
    big = simulate(SyntheticParams(districts=2000, seed=3))
    check(big)
    assert areas_km2(big.districts.polygons).sum() > 10 * areas_km2(small.districts.polygons).sum()
    assert len(big.rivers.nodes) > 10 * len(small.rivers.nodes)
    assert len(big.districts.settlements) > 10 * len(small.districts.settlements)
    assert big.params.provinces > 10 * small.params.provinces
    assert len(big.mining.year) > 8 * len(small.mining.year)
    assert len(big.posts.crossings) > 2 * len(small.posts.crossings)


def test_no_region_outgrows_the_basin() -> None:
    assert SyntheticParams(districts=MOST).area_km2 == SyntheticParams(districts=20_000).area_km2
    assert SyntheticParams(districts=20_000).area_km2 <= 6e6


@pytest.mark.parametrize(
    "wrong",
    [{"districts": FEWEST - 1}, {"districts": MOST + 1}, {"seed": -1}, {"bias": "much"}],
)
def test_impossible_regions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProjectError):
        SyntheticParams(**wrong)  # type: ignore[arg-type]
