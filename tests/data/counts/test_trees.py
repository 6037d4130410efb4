"""What is told of counts, held to an attacker who solves for all the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counts.trees import WHOLE, Tree, is_safe, rests, tellable
from tests.data.counts.attacker import bounds

K = 5


def country(departments: list[list[int]]) -> Tree:
    """Departments of provinces, each of so many districts."""
    parents = {}
    for d, provinces in enumerate(departments):
        parents[f"department:{d}"] = WHOLE
        for p, districts in enumerate(provinces):
            parents[f"province:{d}.{p}"] = f"department:{d}"
            for n in range(districts):
                parents[f"district:{d}.{p}.{n}"] = f"province:{d}.{p}"
    return Tree(parents)


@st.composite
def counted(draw: st.DrawFn) -> tuple[Tree, dict[str, int | None]]:
    shape = st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3)
    tree = country(draw(shape))
    count = st.one_of(st.integers(0, 6), st.integers(0, 30), st.just(0))
    unknown = draw(st.booleans())
    one = st.one_of(st.none(), count) if unknown else count
    return tree, tree.sums({leaf: draw(one) for leaf in tree.leaves})


def told_of(tree: Tree, counts: dict[str, int | None], areas: set[str]) -> dict[str, int]:
    return {area: count for area in areas if (count := counts[area]) is not None}


def test_sums_are_of_everything_within() -> None:
    tree = country([[2, 1], [1]])
    counts = tree.sums(dict(zip(sorted(tree.leaves), (3, 4, 5, 6), strict=True)))
    assert counts[WHOLE] == 18
    assert counts["department:0"] == 12
    assert counts["province:0.0"] == 7
    unknown = tree.sums({"district:0.0.0": 3, "district:0.1.0": 5, "district:1.0.0": 6})
    assert unknown[WHOLE] is unknown["department:0"] is unknown["province:0.0"] is None
    assert unknown["province:0.1"] == 5


def test_one_small_count_takes_the_smallest_large_one_along() -> None:
    tree = country([[4]])
    leaves = dict(zip(sorted(tree.leaves), (2, 9, 7, 30), strict=True))
    told = tellable(tree, tree.sums(leaves), K)
    assert told == {
        WHOLE, "department:0", "province:0.0", "district:0.0.1", "district:0.0.3"
    }  # fmt: skip
    assert rests(tree, told_of(tree, tree.sums(leaves), told)) == {
        "province:0.0": (9, ("district:0.0.0", "district:0.0.2"))
    }


def test_two_zeros_are_not_told_to_be_zeros() -> None:
    tree = country([[4]])
    leaves = dict(zip(sorted(tree.leaves), (0, 0, 7, 30), strict=True))
    counts = tree.sums(leaves)
    told = tellable(tree, counts, K)
    assert "district:0.0.2" not in told
    assert bounds(tree.parents, told_of(tree, counts, told).items(), "district:0.0.0") == (0, 7)


@settings(max_examples=60, deadline=None)
@given(counted())
def test_no_attacker_comes_closer_than_k(made: tuple[Tree, dict[str, int | None]]) -> None:
    tree, counts = made
    told = told_of(tree, counts, tellable(tree, counts, K))
    assert is_safe(tree, told, K)
    assert tellable(tree, counts, K) == set(told)
    for area in set(tree.children) - set(told):
        low, high = bounds(tree.parents, told.items(), area)
        assert high - low >= K, area
        if (count := counts[area]) is not None:
            assert low <= count <= high


@settings(max_examples=60, deadline=None)
@given(counted())
def test_who_knows_more_comes_no_closer_by_what_others_are_told(
    made: tuple[Tree, dict[str, int | None]],
) -> None:
    tree, counts = made
    partner = tellable(tree, counts, K)
    public = tellable(tree, counts, 2 * K, within=partner)
    assert public <= partner
    assert is_safe(tree, told_of(tree, counts, public), 2 * K)
    for area in set(tree.children) - public:
        low, high = bounds(tree.parents, told_of(tree, counts, public).items(), area)
        assert high - low >= 2 * K


def test_without_complementary_suppression_the_attacker_finds_what_is_left() -> None:
    tree = country([[4], [1, 1]])
    leaves = dict(zip(sorted(tree.leaves), (2, 9, 7, 30, 1, 20), strict=True))
    counts = tree.sums(leaves)
    told = told_of(tree, counts, tellable(tree, counts, K, complementary=False))
    for area, count in (("district:0.0.0", 2), ("district:1.0.0", 1), ("province:1.0", 1)):
        assert area not in told
        assert bounds(tree.parents, told.items(), area) == (count, count)
    assert not is_safe(tree, told, K)
    safe = told_of(tree, counts, tellable(tree, counts, K))
    low, high = bounds(tree.parents, safe.items(), "district:0.0.0")
    assert high - low >= K


@pytest.mark.parametrize("seed", range(3))
def test_a_whole_country_is_told_at_once(seed: int) -> None:
    import numpy as np  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    tree = country([list(rng.integers(1, 16, 8)) for _ in range(25)])
    leaves = {leaf: int(rng.poisson(rng.lognormal(0, 1.5))) for leaf in tree.leaves}
    counts = tree.sums(leaves)
    told = told_of(tree, counts, tellable(tree, counts, 11))
    assert is_safe(tree, told, 11)
    assert len(told) > 25
    shared = sum(counts[area] or 0 for area in told if area.startswith("department"))
    assert shared > 0.9 * (counts[WHOLE] or 0)
