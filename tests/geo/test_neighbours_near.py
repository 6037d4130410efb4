"""The graph of districts by distance and by travel, against one look at every pair."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.neighbours import (
    carry_km,
    carry_minutes,
    k_nearest_neighbours,
    places_of,
    travel_neighbours,
)
from tests.geo.shapes import (
    GEOD,
    at,
    geodesic_km,
)
from tests.geo.test_neighbours import cells, edges_of, graph
from vigia.errors import GeometryError

# Nearest


def spots(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    """Capitals with the codes 0, 1, 2 ..."""
    codes = [str(number) for number in range(len(places))]
    return gpd.GeoDataFrame({"code": codes}, geometry=[at(*place) for place in places], crs=4326)


def nowhere(count: int) -> gpd.GeoDataFrame:
    """Districts without boundaries."""
    codes = [str(number) for number in range(count)]
    return gpd.GeoDataFrame(
        {"code": codes}, geometry=gpd.GeoSeries([None] * count, crs=4326), crs=4326
    )


def test_a_remote_place_chooses_and_is_not_chosen() -> None:
    towns = spots((0, 0), (0.1, 0), (0.3, 0), (5, 0))
    assert edges_of(k_nearest_neighbours(nowhere(4), 1, towns)) == {
        ("0", "1"),
        ("1", "2"),
        ("2", "3"),
    }
    mutual = k_nearest_neighbours(nowhere(4), 1, towns, "both")
    assert edges_of(mutual) == {("0", "1")}
    assert mutual.report()["alone"] == ["2", "3"]


def test_of_two_equally_near_the_lower_code_is_chosen() -> None:
    """East and west of a place on its parallel are equally far, to the last bit or nearly."""
    towns = spots((1, 0), (0, 0), (2, 0))
    found = k_nearest_neighbours(nowhere(3), 1, towns)
    assert found.of("0") == ["1", "2"]
    same = k_nearest_neighbours(nowhere(4), 1, spots((0, 0), (0, 0), (0, 0), (3, 3)))
    assert edges_of(same) == {("0", "1"), ("0", "2"), ("0", "3")}
    assert same.km is not None
    assert same.km[0] == 0


lonlat = st.tuples(st.floats(-179, 179), st.floats(-85, 85))


@settings(deadline=None, max_examples=60)
@given(
    places=st.lists(lonlat, min_size=2, max_size=12),
    k=st.integers(1, 13),
    link=st.sampled_from(["either", "both"]),
    seed=st.integers(0, 99),
)
def test_the_nearest_are_the_nearest_anywhere_on_earth(
    places: list[tuple[float, float]], k: int, link: str, seed: int
) -> None:
    """Against all geodesics, one after the other."""
    codes = [f"{number:02}" for number in range(len(places))]
    towns = gpd.GeoDataFrame(
        {"code": codes}, geometry=[shapely.Point(*place) for place in places], crs=4326
    )
    districts = gpd.GeoDataFrame(
        {"code": codes}, geometry=gpd.GeoSeries([None] * len(places), crs=4326), crs=4326
    )
    order = np.random.default_rng(seed).permutation(len(places))
    found = k_nearest_neighbours(districts.iloc[order], k, towns.iloc[order[::-1]], link)  # type: ignore[arg-type]
    km = [[geodesic_km(one, other) for other in towns.geometry] for one in towns.geometry]
    chosen = set()
    for one in range(len(places)):
        others = sorted((km[min(one, o)][max(one, o)], o) for o in range(len(places)) if o != one)
        chosen |= {(one, other) for _, other in others[:k]}
    both = {(a, b) for a, b in chosen if (b, a) in chosen}
    expected = {tuple(sorted(pair)) for pair in (chosen if link == "either" else both)}
    assert set(map(tuple, found.edges.tolist())) == expected
    assert found.km == pytest.approx([km[a][b] for a, b in found.edges.tolist()])


def test_many_places_go_in_several_lots() -> None:
    places = np.random.default_rng(1).uniform((-75, -10), (-70, -5), (2500, 2))
    codes = [f"{number:04}" for number in range(len(places))]
    towns = gpd.GeoDataFrame({"code": codes}, geometry=shapely.points(places), crs=4326)
    districts = towns.set_geometry(gpd.GeoSeries([None] * len(places), crs=4326))
    found = k_nearest_neighbours(districts, 3, towns)
    for row in (0, 1999, 2000, 2499):
        same = np.full((len(places), 2), places[row])
        metres = GEOD.inv(*same.T, *places.T)[2]
        nearest_three = {codes[other] for other in np.argsort(metres)[1:4]}
        assert nearest_three <= set(found.of(codes[row]))


def test_a_place_is_the_capital_or_a_point_inside() -> None:
    districts = cells((0, 0), (1, 0), (2, 0))
    gone = districts.set_geometry(districts.geometry.where(districts["code"] != "2", None))
    places = places_of(gone, spots((0.9, 0.9)))
    assert places["0"].equals(at(0.9, 0.9))
    assert shapely.contains(districts.geometry[1], places["1"])
    assert places["2"] is None
    found = k_nearest_neighbours(gone, 5)
    assert found.unplaced == ("2",)
    assert edges_of(found) == {("0", "1")}


def test_one_place_or_none_has_no_neighbour() -> None:
    assert k_nearest_neighbours(nowhere(3), 2).edges.shape == (0, 2)
    assert k_nearest_neighbours(cells((0, 0)), 2).edges.shape == (0, 2)


def test_neighbours_by_border_carry_km_too() -> None:
    districts = cells((0, 0), (1, 0), (2, 0))
    towns = spots((0.5, 0.5), (1.5, 0.5))
    found = carry_km(graph(districts), places_of(districts, towns))
    matrix = found.lengths("km")
    assert matrix[0, 1] == matrix[1, 0] == pytest.approx(geodesic_km(at(0.5, 0.5), at(1.5, 0.5)))
    assert found.table().columns.tolist() == ["code", "other", "km"]
    nothing = carry_km(graph(districts), places_of(nowhere(3)))
    assert np.isnan(nothing.km).all()
    assert nothing.lengths("km").nnz == 0


@pytest.mark.parametrize(
    ("k", "towns", "link", "match"),
    [
        (0, spots((0, 0)), "either", "0 neighbours"),
        (1, spots((0, 0)), "neither", '"neither"'),
        (1, cells((0, 0)), "either", "no points"),
        (1, pd.concat([spots((0, 0)), spots((1, 0))]), "either", "more than once"),
    ],
)
def test_what_is_no_nearest_is_told(k: int, towns: gpd.GeoDataFrame, link: str, match: str) -> None:
    with pytest.raises(GeometryError, match=match):
        k_nearest_neighbours(cells((0, 0), (1, 0)), k, towns, link)  # type: ignore[arg-type]


# Travel

NAN = np.nan
# A river from a down to d, three times as slow back up; e is out of reach; f is only left.
RIVER = ("a", "b", "c", "d", "e", "f")
MINUTES = np.array(
    [
        [0, 10, 20, 30, NAN, NAN],
        [30, 0, 10, 20, NAN, NAN],
        [60, 30, 0, 10, NAN, NAN],
        [90, 60, 30, 0, NAN, NAN],
        [NAN, NAN, NAN, NAN, 0, NAN],
        [NAN, NAN, NAN, 15, np.inf, 0],
    ]
)


@pytest.mark.parametrize(
    ("within", "link", "expected"),
    [
        (9, "either", ""),
        (10, "either", "ab bc cd"),
        (20, "either", "ab bc cd ac bd df"),
        (29, "both", ""),
        (30, "both", "ab bc cd"),
        (60, "both", "ab bc cd ac bd"),
    ],
)
def test_reached_within_a_time(within: float, link: str, expected: str) -> None:
    found = travel_neighbours(RIVER, MINUTES, within_minutes=within, link=link)  # type: ignore[arg-type]
    assert edges_of(found) == {(pair[0], pair[1]) for pair in expected.split()}


def test_each_edge_carries_both_ways() -> None:
    found = travel_neighbours(RIVER, MINUTES, within_minutes=15)
    table = found.table().set_index(["code", "other"])
    assert table.loc[("a", "b")].tolist() == [10, 30]
    assert table.loc[("d", "f"), "minutes_back"] == 15
    assert np.isnan(table.loc[("d", "f"), "minutes"])  # nothing goes back up to f
    matrix = found.lengths("minutes")
    assert (matrix[0, 1], matrix[1, 0]) == (10, 30)
    assert matrix.nnz == 7
    assert found.report()["alone"] == ["e"]
    assert found.component.tolist() == [0, 0, 0, 0, 1, 0]


def test_no_time_at_all_is_a_way() -> None:
    """A port on each bank of one border: 0 minutes are known, and not missing."""
    matrix = travel_neighbours(["a", "b"], np.zeros((2, 2)), k=1).lengths("minutes")
    assert matrix.nnz == 2
    assert matrix.toarray().tolist() == [[0, 0], [0, 0]]


def test_the_k_soonest() -> None:
    found = travel_neighbours(RIVER, MINUTES, k=1)
    assert edges_of(found) == {("a", "b"), ("b", "c"), ("c", "d"), ("d", "f")}
    assert edges_of(travel_neighbours(RIVER, MINUTES, k=1, link="both")) == {("c", "d")}
    assert edges_of(travel_neighbours(RIVER, MINUTES, k=9)) == edges_of(
        travel_neighbours(RIVER, MINUTES, within_minutes=1e9)
    )
    assert edges_of(travel_neighbours(RIVER, MINUTES, k=1, within_minutes=12)) == {
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    }


@settings(deadline=None, max_examples=60)
@given(
    cells=st.lists(st.sampled_from([NAN, 0, 1, 2, 3, 5]), min_size=36, max_size=36),
    k=st.one_of(st.none(), st.integers(1, 7)),
    within=st.one_of(st.none(), st.sampled_from([0, 2, 3])),
    link=st.sampled_from(["either", "both"]),
    order=st.permutations(range(6)),
)
def test_any_matrix_in_any_order_against_one_look_at_each_pair(
    cells: list[float], k: int | None, within: float | None, link: str, order: list[int]
) -> None:
    assume(k is not None or within is not None)
    limit = np.inf if within is None else within
    minutes = np.array(cells, dtype=float).reshape(6, 6)
    shuffled = [RIVER[row] for row in order]
    found = travel_neighbours(
        shuffled,
        minutes[np.ix_(order, order)],
        k=k,
        within_minutes=within,
        link=link,  # type: ignore[arg-type]
    )
    chosen = set()
    for row, own in enumerate(RIVER):
        known = [(minutes[row, o], other) for o, other in enumerate(RIVER) if o != row]
        known = [(time, other) for time, other in known if time <= limit]
        chosen |= {(own, other) for _, other in sorted(known)[: k or 6]}
    both = {(a, b) for a, b in chosen if (b, a) in chosen}
    expected = {tuple(sorted(pair)) for pair in (chosen if link == "either" else both)}
    assert edges_of(found) == expected
    at_row = {code: row for row, code in enumerate(RIVER)}
    for code, other, there, back in found.table().itertuples(index=False):
        assert there == pytest.approx(minutes[at_row[code], at_row[other]], nan_ok=True)
        assert back == pytest.approx(minutes[at_row[other], at_row[code]], nan_ok=True)


def test_neighbours_by_border_carry_minutes_too() -> None:
    by_border = graph(cells((0, 0), (1, 0), (2, 0)))
    minutes = np.array([[0, 7], [21, 0]])
    found = carry_minutes(by_border, ["1", "0"], minutes)
    assert found.table()["minutes"].tolist()[0] == 21
    assert found.table()["minutes_back"].tolist()[0] == 7
    assert np.isnan(found.table()["minutes"].tolist()[1])  # nothing is known of 2
    assert found.lengths("minutes").nnz == 2


@pytest.mark.parametrize(
    ("codes", "minutes", "asked", "match"),
    [
        (["a", "b"], np.zeros((2, 3)), {"k": 1}, "shape"),
        (["a", "a"], np.zeros((2, 2)), {"k": 1}, "more than once"),
        (["a", "b"], np.array([[0, -1], [1, 0]]), {"k": 1}, "From 'a' to 'b' it takes -1"),
        (["a", "b"], np.zeros((2, 2)), {}, "Nothing says"),
        (["a", "b"], np.zeros((2, 2)), {"k": 0}, "0 neighbours"),
        (["a", "b"], np.zeros((2, 2)), {"within_minutes": -5}, "within_minutes"),
        (["a", "b"], np.zeros((2, 2)), {"within_minutes": NAN}, "within_minutes"),
    ],
)
def test_what_is_no_travel_is_told(
    codes: list[str], minutes: np.ndarray, asked: dict[str, float], match: str
) -> None:
    with pytest.raises(GeometryError, match=match):
        travel_neighbours(codes, minutes, **asked)  # type: ignore[arg-type]
