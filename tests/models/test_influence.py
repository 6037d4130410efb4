"""Bands and continuous factors against what they should be by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.forecast import Floats
from models.influence import Influence, band_name, bands, edges_of
from tests.models.checks import checks_of
from vigia.errors import ModelError

KINDS = {"mine_km": "bands", "ports": "log", "border_h": "bands"}
GROUPS = {"mine_km": "mining", "mine_share": "mining"}


@pytest.mark.parametrize(("estimator", "check"), checks_of(Influence()))
def test_scikit_learn_takes_it_for_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def simulated(rows: int = 200, seed: int = 1) -> tuple[pd.DataFrame, Floats]:
    random = np.random.default_rng(seed)
    factors = pd.DataFrame(
        {
            "mine_km": random.exponential(40, rows),
            "mine_share": random.uniform(0, 1, rows),
            "ports": random.exponential(3, rows) * (random.random(rows) < 0.6),
            "border_h": random.uniform(0, 30, rows),
        }
    )
    return factors, random.uniform(1e3, 1e5, rows)


def test_edges_part_the_people_by_hand() -> None:
    """Of 8 people, 5 live at 30: thirds are reached there and only there."""
    assert edges_of([10, 20, 30, 40], 3).tolist() == [10, 20, 30]
    assert edges_of([10, 20, 30, 40], 2, [1, 1, 5, 1]).tolist() == [30]
    assert edges_of([40, np.nan, 20, 10, 30], 1).tolist() == [20]
    assert edges_of([10, 20, 30], 2, [0, 1, 1]).tolist() == [20]


def test_an_edge_that_parts_nobody_is_none() -> None:
    assert edges_of([7, 7, 7], 3).tolist() == []
    assert edges_of([np.nan, np.nan], 3).tolist() == []
    assert edges_of([0, 0, 0, 5], 3).tolist() == [0]


def test_edges_are_round_unless_that_makes_them_the_same() -> None:
    assert edges_of([12.3456, 98.7654, 200], 2).tolist() == [12.4, 98.8]
    assert edges_of([-12.3456, 0.29, 0.3], 2).tolist() == [-12.3, 0.29]
    assert edges_of([24.96, 24.97, 24.98], 1).tolist() == [24.97]
    assert edges_of([1000.1, 1000.2, 1000.3], 2).tolist() == [1000.1, 1000.2]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.floats(1, 1e5)), min_size=2, max_size=60, unique_by=id
    ),
    st.integers(1, 8),
)
def test_each_edge_parts_the_rows_and_they_rise(
    rows: list[tuple[float, float]], count: int
) -> None:
    values, people = np.array(rows).T
    edges = edges_of(values, count, people)
    assert len(edges) <= count
    assert (np.diff(edges) > 0).all()
    inside = bands(values, edges)
    assert (inside.sum(axis=0) > 0).all()
    assert (inside.sum(axis=0) < len(values)).all()
    assert (np.diff(inside, axis=1) >= 0).all()  # within 25 is within 50


def test_as_many_people_live_between_any_two_edges() -> None:
    factors, people = simulated(2000)
    inside = bands(factors["mine_km"], edges_of(factors["mine_km"], 4, people))
    np.testing.assert_allclose(people @ inside / people.sum(), [0.2, 0.4, 0.6, 0.8], atol=0.005)


def test_bands_by_hand() -> None:
    found = bands([10, 25, 26, np.nan], [25, 50])
    np.testing.assert_array_equal(found, [[1, 1], [1, 1], [0, 1], [np.nan, np.nan]])


@pytest.mark.parametrize(
    ("edge", "name"),
    [(25.0, "m<=25"), (0.5, "m<=0.5"), (1234567.0, "m<=1234567"), (1e-7, "m<=0.0000001")],
)
def test_names_say_the_edge(edge: float, name: str) -> None:
    assert band_name("m", edge) == name


def test_columns_know_their_layer() -> None:
    factors, people = simulated()
    edges = {"mine_km": [10, 25.5, 100]}
    model = Influence(KINDS, groups=GROUPS, edges=edges, count=2)
    columns = model.set_output(transform="pandas").fit_transform(factors, sample_weight=people)
    border = [band_name("border_h", edge) for edge in edges_of(factors["border_h"], 2, people)]
    assert list(columns) == [
        *("mine_km<=10", "mine_km<=25.5", "mine_km<=100", "mine_share", "ports"),
        *border,
    ]
    assert model.groups_ == ("mining",) * 4 + ("ports", "border_h", "border_h")
    np.testing.assert_array_equal(columns["mine_km<=25.5"], factors["mine_km"] <= 25.5)


def test_continuous_factors_are_standardised_by_people() -> None:
    factors, people = simulated()
    columns = Influence(KINDS).fit(factors, sample_weight=people).transform(factors)
    names = list(Influence(KINDS).fit(factors, sample_weight=people).get_feature_names_out())
    for name in ("mine_share", "ports"):
        column = columns[:, names.index(name)]
        assert np.average(column, weights=people) == pytest.approx(0, abs=1e-12)
        assert np.average(column**2, weights=people) == pytest.approx(1)
    ports = factors["ports"].to_numpy()
    log = np.log1p(ports / np.median(ports[ports > 0]))
    assert np.corrcoef(log, columns[:, names.index("ports")])[0, 1] == pytest.approx(1)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3))
def test_the_unit_of_continuous_factors_does_not_matter(unit: float) -> None:
    factors, people = simulated()
    kinds = {"ports": "log"}
    one = Influence(kinds).fit(factors, sample_weight=people).transform(factors)
    other = Influence(kinds).fit(factors * unit, sample_weight=people).transform(factors * unit)
    np.testing.assert_allclose(other, one, atol=1e-9)


def test_what_is_learnt_is_of_the_training_rows_alone() -> None:
    factors, people = simulated()
    model = Influence(KINDS).fit(factors[:100], sample_weight=people[:100])
    alone = model.transform(factors[100:110])
    more = factors[100:].assign(mine_km=1e9, mine_share=1e9)
    model.transform(more)
    np.testing.assert_array_equal(model.transform(factors[100:110]), alone)
    held = model.transform(more.assign(mine_share=factors["mine_share"][:100].max()))
    np.testing.assert_array_equal(model.transform(more), held)  # its line is not drawn on


def test_missing_stays_missing_and_teaches_nothing() -> None:
    factors, people = simulated()
    holes = factors.mask(np.random.default_rng(1).random(factors.shape) < 0.2)
    model = Influence(KINDS).fit(holes, sample_weight=people)
    columns = pd.DataFrame(model.transform(holes), columns=model.get_feature_names_out())
    for column in columns:
        factor = str(column).split("<=")[0]
        assert (columns[column].isna() == holes[factor].isna()).all()
    known = holes["mine_km"].notna().to_numpy()
    np.testing.assert_array_equal(
        model.edges_["mine_km"], edges_of(holes["mine_km"][known], 4, people[known])
    )


def test_what_is_the_same_everywhere_tells_nothing() -> None:
    same = pd.DataFrame({"mine_km": [0.1] * 3, "mine_share": [0.1] * 3, "ports": [0.1] * 3})
    model = Influence(KINDS | {"border_h": "bands"})
    with pytest.raises(ModelError, match="border_h"):
        model.fit(same)
    model = Influence({"mine_km": "bands", "ports": "log"}).fit(same)
    assert model.get_feature_names_out().tolist() == ["mine_share", "ports"]
    np.testing.assert_array_equal(model.transform(same * 2), np.zeros((3, 2)))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Influence({"mien": "bands"}), "No factor is called mien, which kinds names"),
        (Influence(groups={"mien": "mining"}), "which groups names"),
        (Influence(edges={"mien": [1.0]}), "which edges names"),
        (Influence({"ports": "band"}), "ports is to be 'band'"),
        (Influence(edges={"ports": [1.0]}), "not in bands"),
        (Influence({"ports": "bands"}, edges={"ports": [2.0, 1.0]}), "edges of ports do not rise"),
        (Influence({"ports": "bands"}, edges={"ports": []}), "edges of ports do not rise"),
        (Influence(count=0), "count is 0"),
        (Influence({"ports": "log"}), "ports is negative somewhere"),
    ],
)
def test_what_makes_no_sense_is_refused(model: Influence, said: str) -> None:
    factors, _ = simulated()
    with pytest.raises(ModelError, match=said):
        model.fit(factors.assign(ports=-1.0))
