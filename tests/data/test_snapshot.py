"""What stands after newer inputs came: held against a model of one owner per year."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.snapshot import Entry, Snapshot, input_id, take_over

YEARS = st.frozensets(st.integers(2000, 2006), min_size=1)
IDS = st.sampled_from("abcdef")
GROUPS = st.lists(st.lists(st.tuples(YEARS, IDS), max_size=3), max_size=6)


def entries(group: list[tuple[frozenset[int], str]]) -> list[Entry]:
    return [Entry(tuple(sorted(years)), name) for years, name in group]


@given(GROUPS)
def test_every_year_is_answered_by_the_last_that_spoke_of_it(
    groups: list[list[tuple[frozenset[int], str]]],
) -> None:
    owner: dict[int, str] = {}
    standing: tuple[Entry, ...] = ()
    for group in groups:
        standing = take_over(standing, entries(group))
        for years, name in group:
            owner |= dict.fromkeys(years, name)
        found = [(year, entry.input_id) for entry in standing for year in entry.years]
        assert sorted(found) == sorted(owner.items())
        assert len({entry.input_id for entry in standing}) == len(standing)


@given(GROUPS, st.lists(st.tuples(YEARS, IDS), min_size=1, max_size=3))
def test_the_same_again_changes_nothing(
    groups: list[list[tuple[frozenset[int], str]]], last: list[tuple[frozenset[int], str]]
) -> None:
    standing: tuple[Entry, ...] = ()
    for group in [*groups, last]:
        standing = take_over(standing, entries(group))
    assert take_over(standing, entries(last)) == standing


def test_what_knows_no_years_replaces_all_and_is_replaced() -> None:
    old = (Entry((2000,), "a"), Entry((2001,), "b"))
    timeless = take_over(old, [Entry((), "c"), Entry((2002,), "d")])
    assert timeless == (Entry((), "c"), Entry((), "d"))
    assert take_over(timeless, [Entry((2003,), "e")]) == (Entry((2003,), "e"),)
    assert take_over(old, []) == old


@given(st.dictionaries(st.text(min_size=1), st.lists(st.tuples(YEARS, IDS), max_size=4)))
def test_a_snapshot_survives_json(content: dict[str, list[tuple[frozenset[int], str]]]) -> None:
    snapshot = Snapshot({key: tuple(entries(group)) for key, group in content.items()})
    assert Snapshot.from_json(snapshot.to_json()) == snapshot
    assert list(snapshot.to_json()) == sorted(content)
    backwards = Snapshot(
        {key: tuple(entries(group)[::-1]) for key, group in reversed(list(content.items()))}
    )
    assert backwards == snapshot
    assert backwards.to_json() == snapshot.to_json()


def test_an_id_depends_on_key_file_and_settings() -> None:
    ids = {input_id(*parts) for parts in (("k", "a", "b"), ("k2", "a", "b"), ("k", "a2", "b"))}
    assert len(ids | {input_id("k", "a", "b2")}) == 4
    assert input_id("k", "a", "b") == input_id("k", "a", "b")
