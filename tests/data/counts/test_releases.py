"""Releases one after another: who has them all finds no count that was not told."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.counts.recorded import Counted, Period
from data.counts.releases import Release, audit, digest, freeze
from data.counts.trees import WHOLE, Tree
from tests.data.counts.attacker import bounds
from tests.data.counts.test_trees import country
from vigia.errors import PublicationRefusedError

K = 5
THEN, LATER = Period(2020, 2020), Period(2021, 2021)
SMALL, LARGE = "district:0.0.0", "district:0.0.3"


def of(tree: Tree, numbers: list[int], period: Period = THEN) -> Counted:
    leaves = dict(zip(sorted(tree.leaves), numbers, strict=True))
    return Counted("trafficking", period, tree, tree.sums(leaves))


@pytest.fixture
def tree() -> Tree:
    return country([[4], [2]])


def test_it_is_kept_as_it_is(tree: Tree) -> None:
    release = freeze([of(tree, [2, 9, 7, 30, 8, 9])], K, [])
    assert Release.from_json(release.to_json()) == release


def test_a_count_that_was_not_told_never_is(tree: Tree) -> None:
    first = freeze([of(tree, [2, 9, 7, 30, 8, 9])], K, [])
    second = freeze([of(tree, [22, 19, 17, 40, 18, 19])], K, [first])
    assert SMALL not in first.tables[0].told
    assert second.tables[0].told.keys() == first.tables[0].told.keys()
    assert second.tables[0].told[LARGE] == 40
    audit([first, second])


@pytest.mark.parametrize(
    ("changed", "followed"),
    [
        ([2, 9, 7, 30, 8, 9], True),
        ([2, 9, 7, 33, 8, 9], False),  # one told count by less than k
        ([2, 9, 7, 35, 8, 9], True),
        ([3, 9, 7, 30, 8, 9], False),  # a rest by less than k
        ([7, 9, 7, 30, 8, 9], True),
        ([0, 9, 4, 30, 8, 9], False),  # a rest of less than k
        ([2, 9, 7, 2, 8, 9], False),  # a told count of less than k
    ],
)
def test_small_changes_are_not_told(tree: Tree, changed: list[int], followed: bool) -> None:
    first = freeze([of(tree, [2, 9, 7, 30, 8, 9])], K, [])
    second = freeze([of(tree, changed)], K, [first])
    kept = second.tables == first.tables
    assert kept is not followed or changed == [2, 9, 7, 30, 8, 9]
    assert (second.tables[0].told[WHOLE] == sum(changed)) is followed
    audit([first, second])


def test_districts_that_changed_their_province_leave_a_period_as_it_was(tree: Tree) -> None:
    first = freeze([of(tree, [2, 9, 7, 30, 8, 9])], K, [])
    moved = Tree({**tree.parents, SMALL: "province:1.0"})
    second = freeze([of(moved, [2, 9, 7, 30, 8, 9]), of(moved, [9] * 6, LATER)], K, [first])
    assert second.tables[0] == first.tables[0]
    assert second.tables[1].tree == digest(moved)
    audit([first, second])


def test_periods_that_share_years_with_earlier_ones_are_not_told(tree: Tree) -> None:
    first = freeze([of(tree, [9] * 6)], K, [])
    wide = of(tree, [20] * 6, Period(2020, 2024))
    assert freeze([wide], K, [first]).tables == ()
    assert freeze([wide], K, []).tables


def test_partners_are_told_all_that_everybody_is(tree: Tree) -> None:
    counts = [of(tree, [2, 9, 7, 30, 12, 13])]
    partner = freeze(counts, K, [])
    public = freeze(counts, 11, [], partner)
    assert set(public.tables[0].told) < set(partner.tables[0].told)
    audit([public], [partner])
    with pytest.raises(PublicationRefusedError, match="trafficking"):
        audit([partner], [public])


def test_what_was_changed_by_hand_is_refused(tree: Tree) -> None:
    release = freeze([of(tree, [2, 9, 7, 30, 8, 9])], K, [])
    table = release.tables[0]
    more = replace(table, told={**table.told, SMALL: 2})
    for broken in (
        [Release(release.trees, (more,))],
        [release, Release(release.trees, (more,))],
        [release, Release(release.trees, (replace(table, period=Period(2019, 2020)),))],
        [release, Release(release.trees, (replace(table, told={**table.told, LARGE: 32}),))],
    ):
        with pytest.raises(PublicationRefusedError) as refused:
            audit(broken)
        assert not any(number in str(refused.value) for number in ("30", "32", "2 "))


@st.composite
def histories(draw: st.DrawFn) -> list[list[int]]:
    size = 6
    first = draw(st.lists(st.integers(0, 25), min_size=size, max_size=size))
    steps = draw(
        st.lists(
            st.lists(st.sampled_from([0, 0, 0, 1, -1, 5, 12]), min_size=size, max_size=size),
            min_size=1,
            max_size=3,
        )
    )
    found = [first]
    for step in steps:
        found.append([max(0, a + b) for a, b in zip(found[-1], step, strict=True)])
    return found


@settings(max_examples=25, deadline=None)
@given(histories())
def test_all_releases_together_bound_no_count_that_was_not_told(history: list[list[int]]) -> None:
    """The attacker takes what is told of each release, and of the changes between them."""
    tree = country([[4], [2]])
    releases: list[Release] = []
    for numbers in history:
        releases.append(freeze([of(tree, numbers)], K, releases))
        audit(releases)
    told = [release.tables[0].told for release in releases]
    untold = set(tree.children) - set(told[0])
    for before, after in itertools.pairwise(told):
        changes = {area: after[area] - before[area] for area in before}
        assert all(one == 0 or abs(one) >= K for one in changes.values())
    for area in untold:
        each = [bounds(tree.parents, one.items(), area) for one in told]
        low, high = max(low for low, _ in each), min(high for _, high in each)
        assert high - low >= K or not np.isfinite(high)
