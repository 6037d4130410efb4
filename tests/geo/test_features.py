"""The feature table: years, missing answers, order, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import choose_metric_crs
from geo.features import Factor, Region, feature_table, unit_of
from geo.geodesy import Floats
from geo.layer import Layer
from geo.measures import MEASURES, Measure
from geo.region import Ground
from tests.geo.shapes import (
    at,
    attributes,
    capitals,
    grid,
    layer,
    line,
    metric_of,
    points,
    region,
    square,
)
from vigia.errors import GeometryError

POLYGON_MEASURES = ("distance", "share_of_area", "count_density")


def table(
    where: Region,
    layers: Mapping[str, pd.DataFrame],
    factors: list[tuple[str, str, str]],
    years: list[int],
    progress: Any = lambda *_: None,
) -> pd.DataFrame:
    metric = metric_of(where.districts)
    return feature_table(where, layers, [Factor(*f) for f in factors], years, metric, progress)


def by_year(it: pd.DataFrame, measure: str, years: list[int]) -> dict[int, float]:
    """Of the western square of two."""
    result = table(region(), {"it": it}, [("it", measure, "polygon")], years)
    return result.xs("010101").iloc[:, 0].to_dict()


# Form


def test_a_row_for_each_code_and_year_and_a_column_for_each_factor() -> None:
    where = region(grid(2, 2).iloc[[3, 0, 2, 1]])
    layers = {"posts": layer(at(0.5, 0.5)), "mines": layer(square(0, 0))}
    factors = [
        ("posts", "distance", "polygon"),
        ("mines", "share_of_area", "polygon"),
        ("posts", "count_density", "polygon"),
    ]
    result = table(where, layers, factors, [2021, 2019])
    assert result.columns.tolist() == [
        "posts__distance__polygon",
        "mines__share_of_area__polygon",
        "posts__count_density__polygon",
    ]
    codes = ["010101", "010102", "010201", "010202"]
    assert result.index.tolist() == [(code, year) for code in codes for year in (2019, 2021)]
    assert result.index.names == ["code", "year"]
    assert set(map(str, result.dtypes)) == {"float64"}


def test_codes_are_sorted_byte_by_byte() -> None:
    codes = ["Ñ1", "a1", "B2", "É3"]
    districts = grid(2, 2).assign(code=codes)
    result = table(region(districts), {"it": layer(at(0, 0))}, [("it", "distance", "polygon")], [1])
    expected = sorted(codes, key=lambda code: code.encode())
    assert result.index.get_level_values("code").tolist() == expected


def test_factors_have_ids_and_units() -> None:
    assert Factor("mines", "share_of_area", "polygon").id == "mines__share_of_area__polygon"
    assert Factor("mines", "count_density", "capital", 2.5, "people", True).id == (
        "mines__count_density__capital__2.5km__per_people__weighted"
    )
    posts = Factor("posts", "travel_time", "capital", season="low", direction="from")
    assert posts.id == "posts__travel_time__capital__low__from"
    forest = Factor("cover", "zonal", statistic="share", classes=(3, 4))
    assert forest.id == "cover__zonal__polygon__share__3_4"
    units = {name: unit_of(Factor("x", name)) for name in MEASURES}
    assert units == {
        "distance": "km",
        "share_of_area": "%",
        "length_density": "km/km²",
        "count_density": "per 1,000 km²",
        "kernel_density": "per 1,000 km²",
        "zonal": "",
        "travel_time": "min",
        "walked_share": "%",
        "attribute": "",
    }
    assert unit_of(Factor("x", "count_density", per="people")) == "per 10,000 people"
    assert unit_of(Factor("x", "zonal", statistic="share", classes=(1,))) == "%"


def test_every_measure_says_its_source_and_what_is_missing() -> None:
    for measure in MEASURES.values():
        text = type(measure).__doc__ or ""
        assert "Missing:" in text
        assert "Source:" in text


def test_progress_reaches_its_end() -> None:
    told: list[tuple[str, int, int]] = []
    factors = [("it", "distance", "polygon"), ("it", "count_density", "polygon")]
    where = region(grid(30, 20))
    table(where, {"it": layer(at(0, 0))}, factors, [2020], lambda *step: told.append(step))
    assert [step[1:] for step in told] == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_no_factors_and_no_years() -> None:
    assert table(region(), {}, [], [2020]).shape == (2, 0)
    assert table(region(), {"it": layer(at(0, 0))}, [("it", "distance", "polygon")], []).empty


# Years


def test_a_feature_stands_from_its_first_year_until_its_last() -> None:
    it = layer(square(0, 0), square(5, 5), from_year=[2018, 2016], until_year=[2020, None])
    shares = by_year(it, "share_of_area", [2016, 2017, 2018, 2019, 2020, 2021])
    assert shares == {2016: 0, 2017: 0, 2018: 100, 2019: 100, 2020: 0, 2021: 0}


def test_a_feature_without_years_always_stands() -> None:
    assert by_year(layer(square(0, 0)), "share_of_area", [1900, 2100]) == {1900: 100, 2100: 100}


@pytest.mark.parametrize("measure", POLYGON_MEASURES)
def test_before_its_first_year_a_layer_says_nothing(measure: str) -> None:
    it = layer(square(0, 0), square(5, 5), from_year=[2018, 2019])
    values = by_year(it, measure, [2017, 2018])
    assert np.isnan(values[2017])
    assert not np.isnan(values[2018])


def test_one_feature_without_a_first_year_and_the_layer_speaks_of_every_year() -> None:
    it = layer(square(0, 0), square(5, 5), from_year=[2018, None])
    assert by_year(it, "share_of_area", [2017, 2018]) == {2017: 0, 2018: 100}


def test_when_all_is_gone_there_is_none_and_its_distance_has_no_answer() -> None:
    it = layer(square(0, 0), from_year=[2010], until_year=[2015])
    assert by_year(it, "share_of_area", [2015]) == {2015: 0}
    assert by_year(it, "count_density", [2015]) == {2015: 0}
    assert np.isnan(by_year(it, "distance", [2015])[2015])


@pytest.mark.parametrize("measure", POLYGON_MEASURES)
def test_a_layer_without_features_says_nothing(measure: str) -> None:
    assert np.isnan(by_year(layer(), measure, [2020])[2020])


def test_attributes_have_years_too() -> None:
    it = attributes(["010101", "010101"], [1, 2], from_year=[2018, 2020], until_year=[2020, None])
    values = by_year(it, "attribute", [2017, 2018, 2019, 2020])
    assert np.isnan(values.pop(2017))
    assert values == {2018: 1, 2019: 1, 2020: 2}


def test_columns_of_years_codes_and_values_may_be_absent() -> None:
    bare = gpd.GeoDataFrame(geometry=[square(0, 0)], crs=4326)
    assert by_year(bare, "share_of_area", [2020]) == {2020: 100}


class Counting(Measure):
    """Counts how often it is asked.

    Missing: never. Source: this test.
    """

    name = "counting"
    takes = frozenset({0})
    asked: ClassVar[list[int]] = []

    def unit(self, factor: Factor) -> str:
        return "features"

    def values(self, ground: Ground, layer: Layer, factor: Factor, year: int) -> Floats:
        count = len(layer.near(None).standing(year))
        if len(ground) > 1:  # the first district is asked of first, to make what all need
            self.asked.append(count)
        return np.full(len(ground), float(count))


def test_years_in_which_nothing_changed_are_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEASURES, "counting", Counting())
    Counting.asked.clear()
    it = layer(at(0, 0), at(1, 1), from_year=[None, 2018], until_year=[None, 2020])
    values = by_year(it, "counting", [2015, 2016, 2018, 2019, 2020, 2021])
    assert values == {2015: 1, 2016: 1, 2018: 2, 2019: 2, 2020: 1, 2021: 1}
    assert sorted(Counting.asked) == [1, 1, 2]  # before, between and after the changes


# The order of rows


def everything() -> tuple[Region, dict[str, pd.DataFrame], list[tuple[str, str, str]]]:
    rng = np.random.default_rng(3)
    places = [at(*place) for place in rng.uniform(0, 3, (60, 2))]
    districts = grid(3, 3)
    codes = districts["code"].tolist()
    homes = points(
        places + places[:20],  # twice in the same place
        code=[codes[i % 9] if i % 3 else None for i in range(80)],
        people=rng.integers(1, 500, 80).astype(float) / 7,
    )
    seats = capitals(**{f"c{code}": at(*rng.uniform(0, 3, 2)) for code in codes[:8]})
    years = rng.integers(2015, 2022, 30).tolist()
    mines = layer(*(p.buffer(0.1) for p in places[:30]), from_year=years)
    posts = layer(at(1, 1), at(1, 1), *places[:9], at(0.5, 3.5), at(2.5, 3.5))
    roads = layer(*(line((0, y), (1.3, 1), (3, y)) for y in (0.2, 1, 2.7)))
    poverty = attributes([*codes[:5], "01"], [1, 2, 3, 4, 5, 6])
    layers = {"mines": mines, "posts": posts, "roads": roads, "poverty": poverty}
    factors = [
        ("mines", "distance", "population"),
        ("mines", "share_of_area", "polygon"),
        ("mines", "count_density", "polygon"),
        ("posts", "distance", "polygon"),
        ("posts", "distance", "capital"),
        ("posts", "count_density", "polygon"),
        ("roads", "length_density", "polygon"),
        ("roads", "distance", "population"),
        ("poverty", "attribute", "polygon"),
    ]
    return Region(districts, seats, homes), layers, factors


WHERE, LAYERS, FACTORS = everything()
YEARS = [2014, 2018, 2021]


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return table(WHERE, LAYERS, FACTORS, YEARS)


def test_every_factor_of_it_has_answers_that_differ(expected: pd.DataFrame) -> None:
    assert (expected.nunique() > 2).all()


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 2**31))
def test_the_order_of_rows_changes_no_byte(expected: pd.DataFrame, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def shuffled(frame: Any) -> Any:
        return frame.iloc[rng.permutation(len(frame))]

    where = Region(*(shuffled(t) for t in (WHERE.districts, WHERE.capitals, WHERE.points)))
    layers = {name: shuffled(it) for name, it in LAYERS.items()}
    again = table(where, layers, FACTORS, YEARS[::-1])
    assert again.index.equals(expected.index)
    assert again.to_numpy().tobytes() == expected.to_numpy().tobytes()


def test_the_tables_are_not_changed(expected: pd.DataFrame) -> None:
    before = {name: it.copy() for name, it in LAYERS.items()}
    table(WHERE, LAYERS, FACTORS, YEARS)
    for name, it in LAYERS.items():
        pd.testing.assert_frame_equal(pd.DataFrame(it), pd.DataFrame(before[name]))


# Refused

POSTS, ROADS, MINES = layer(at(0.5, 0.5)), layer(line((0, 0), (1, 1))), layer(square(0, 0))
POVERTY = attributes(["010101"], [1])
BOW_TIE = shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])


@pytest.mark.parametrize(
    ("it", "measure", "support", "said", "hint"),
    [
        (POSTS, "share_of_area", "polygon", "has points", "another measure in vigia.toml"),
        (ROADS, "share_of_area", "polygon", "has lines", "another measure in vigia.toml"),
        (POSTS, "length_density", "polygon", "has points", "another measure"),
        (MINES, "length_density", "polygon", "has polygons", "another measure"),
        (MINES, "count_density", "population", "needs a radius", 'support = "polygon"'),
        (ROADS, "length_density", "capital", "needs a radius", "radius_km = 25"),
        (MINES, "kernel_density", "polygon", "needs a bandwidth", "radius_km = 25"),
        (MINES, "zonal", "polygon", "has geometry", "another kind"),
        (MINES, "travel_time", "capital", "no network", "[travel]"),
        (POVERTY, "attribute", "capital", "no meaning", 'support = "polygon"'),
        (MINES, "distance", "moon", "no meaning", '"polygon" or "capital" or "population"'),
        (POVERTY, "distance", "polygon", "a table joined by code", 'measure = "attribute"'),
        (MINES, "attribute", "polygon", "has geometry", "measure of features"),
        (POSTS, "distance", "capital", "No capitals", "[districts.capitals]"),
        (POSTS, "distance", "population", "No population points", "[population.points]"),
        (POSTS, "distanse", "polygon", 'no measure "distanse"', 'mean "distance"'),
        (POSTS, "zzz", "polygon", 'no measure "zzz"', "share_of_area"),
        (layer(BOW_TIE), "distance", "polygon", "1 invalid", "repair"),
        (layer(shapely.Point(5e5, 9e6)), "distance", "polygon", "not degrees", "CRS"),
        (attributes(["01", "01"], [1, 2]), "attribute", "polygon", "'01'", "until_year"),
    ],
)
def test_what_has_no_meaning_is_refused(
    it: pd.DataFrame, measure: str, support: str, said: str, hint: str
) -> None:
    with pytest.raises(GeometryError) as caught:
        table(region(), {"it": it}, [("it", measure, support)], [2020])
    assert said in caught.value.message
    assert hint in str(caught.value.hint)


def test_a_layer_that_is_not_there() -> None:
    with pytest.raises(GeometryError, match='layer "mines", which is not there'):
        table(region(), {}, [("mines", "distance", "polygon")], [2020])


def test_a_layer_of_several_kinds_says_which() -> None:
    mixed = layer(at(0, 0), line((0, 0), (1, 1)), square(0, 0))
    with pytest.raises(GeometryError, match="has points and lines: share_of_area is of polygons"):
        table(region(), {"it": mixed}, [("it", "share_of_area", "polygon")], [2020])


def test_a_factor_that_is_asked_for_twice() -> None:
    twice = [("it", "distance", "polygon")] * 2
    with pytest.raises(GeometryError, match="it__distance__polygon is asked for twice"):
        table(region(), {"it": POSTS}, twice, [2020])
    near = [Factor("it", "count_density", "capital", km) for km in (25, 25.0000001)]
    assert near[0].id != near[1].id


@pytest.mark.parametrize("measured", ["geodesic", "plane"])
def test_districts_in_wkb_give_the_same_bytes(measured: str) -> None:
    districts = grid(3, 2)
    districts.loc[4, "geometry"] = None
    layers = {"posts": layer(at(0.2, 0.4), at(2.5, 1.5)), "mines": layer(square(0.5, 0.5))}
    factors = [Factor("posts", m) for m in ("distance", "count_density")]
    factors.append(Factor("mines", "share_of_area"))
    wkb = shapely.to_wkb(districts.geometry.to_numpy())
    packed = pd.DataFrame(districts.drop(columns="geometry")).assign(geometry=wkb)
    west, south, east, north = districts.total_bounds
    metric = choose_metric_crs((west, south, east, north), measured=measured)
    found = [
        feature_table(region(some), layers, factors, [2024], metric, lambda *_: None)
        for some in (districts, packed)
    ]
    pd.testing.assert_frame_equal(*found, check_exact=True)
    assert found[0].isna().any(axis=1).sum() == 1


def test_districts_that_are_not_wkb_either() -> None:
    nonsense = pd.DataFrame(grid().drop(columns="geometry")).assign(geometry=b"no polygon")
    with pytest.raises(GeometryError, match="not WKB"):
        feature_table(region(nonsense), {}, [], [2024], metric_of(grid()), lambda *_: None)


def test_two_figures_for_the_people_of_a_district_in_one_year() -> None:
    people = pd.DataFrame({"code": ["010101"] * 2, "year": [2019] * 2, "people": [5.0, 7.0]})
    where = Region(grid(), capitals(), points([]), people)
    with pytest.raises(GeometryError, match="two figures for '010101' in 2019"):
        table(where, {"it": POSTS}, [("it", "distance", "polygon")], [2020])


def test_two_districts_or_capitals_of_one_code() -> None:
    twice = grid().assign(code="010101")
    with pytest.raises(GeometryError, match=r"\[districts\] has the code '010101' more than once"):
        table(region(twice), {"it": POSTS}, [("it", "distance", "polygon")], [2020])
    seats = pd.concat([capitals(c010101=at(0, 0)), capitals(c010101=at(1, 1))])
    where = region(capitals=seats)
    with pytest.raises(GeometryError, match=r"\[districts.capitals\] has the code"):
        table(where, {"it": POSTS}, [("it", "distance", "capital")], [2020])


def test_districts_that_are_no_areas() -> None:
    dots = grid().set_geometry(grid().geometry.representative_point())
    with pytest.raises(GeometryError, match="no polygons"):
        feature_table(region(dots), {}, [], [2020], metric_of(grid()), lambda *_: None)


def test_a_table_of_attributes_may_come_with_a_column_of_nothing() -> None:
    empty = gpd.GeoSeries([None], crs=4326)
    it = gpd.GeoDataFrame(attributes(["010101"], [7]), geometry=empty)
    assert by_year(it, "attribute", [2020]) == {2020: 7}
