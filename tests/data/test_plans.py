"""Plans are kept once, whole, as they were made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from data.plans import count_plans, find_plan, list_plans, newest_plans, plans_after, save_plan
from data.store import Store
from tests.data import example
from vigia.errors import NotFoundError


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        opened.ingest(example.inputs())
        example.save_run(opened, example.run_record(opened))
        yield opened


def test_a_plan_comes_back_as_it_was_made(store: Store) -> None:
    plan = example.plan()
    assert find_plan(store, plan.id) is None
    assert save_plan(store, plan) == plan
    assert find_plan(store, plan.id) == plan
    found = find_plan(store, plan.id)
    assert found is not None
    assert list(found.result) == ["z", "a"]  # the order is part of what was made


def test_halves_of_characters_survive_as_far_as_a_database_can(store: Store) -> None:
    half = example.plan(request={"name": "\ud800 and \udfff", "\udc00": 1})
    assert save_plan(store, half) == half


def test_a_plan_that_is_asked_for_again_is_the_stored_one(store: Store) -> None:
    first = save_plan(store, example.plan())
    again = replace(first, created_at="2027-01-01T00:00:00Z", result={"other": 1})
    assert save_plan(store, again) == first
    assert list_plans(store) == (first,)


def test_the_last_made_is_listed_first(store: Store) -> None:
    ids = ["a" * 16, "c" * 16, "b" * 16]
    for one in ids:
        save_plan(store, example.plan(id=one, kind="itineraries"))
    assert [plan.id for plan in list_plans(store)] == ids[::-1]


def test_the_newest_of_a_run_are_read_and_all_of_them_counted(store: Store) -> None:
    run = example.plan().run
    assert (newest_plans(store, run, 2), count_plans(store, run)) == ((), 0)
    ids = ["a" * 16, "c" * 16, "b" * 16]
    for one in ids:
        save_plan(store, example.plan(id=one))
    assert [plan.id for plan in newest_plans(store, run, 2)] == ["b" * 16, "c" * 16]
    assert count_plans(store, run) == 3
    assert (newest_plans(store, "nobody", 2), count_plans(store, "nobody")) == ((), 0)


def test_later_plans_are_read_in_the_order_in_which_they_were_made(store: Store) -> None:
    ids = ["c" * 16, "a" * 16, "b" * 16]
    for one in ids:
        save_plan(store, example.plan(id=one))
    found = list(plans_after(store, 0))
    assert [plan.id for _, plan in found] == ids
    assert found[0][1] == find_plan(store, ids[0])
    numbers = [number for number, _ in found]
    assert [plan.id for _, plan in plans_after(store, numbers[0])] == ids[1:]
    assert list(plans_after(store, numbers[-1])) == []


def test_a_plan_rests_on_a_run_that_is_there(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no run"):
        save_plan(store, example.plan(run="nobody"))
    assert list_plans(store) == ()


NO_IDS = ("", "d" * 15, "D" * 16, "d" * 16 + "\n", "\0" * 16, "\ud800" * 16)


@pytest.mark.parametrize("name", NO_IDS)
def test_what_is_no_id_is_asked_of_no_database(store: Store, name: str) -> None:
    save_plan(store, example.plan())
    assert find_plan(store, name) is None
    with pytest.raises(ValueError, match="sixteen"):
        save_plan(store, example.plan(id=name))
