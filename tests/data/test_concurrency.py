"""Readers and writers beside each other, and writers that die."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from data import engine
from data.store import Store
from data.versions import take_in
from tests.data import example
from tests.data.inputs import cases, districts, input_table
from vigia.errors import StoreError

ROOT = Path(__file__).parents[2]


@contextmanager
def dying(url: str) -> Iterator[Callable[[int], int]]:
    """A writer that dies at the statement it is told; the signal that ended it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.data.dying_writer", url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def write(deadly: int) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{deadly}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield write


def test_a_writer_that_dies_leaves_the_store_as_it_was(store_url: str) -> None:
    with Store.open(store_url) as store, dying(store_url) as write:
        example.fill(store)
        was = example.contents(store)
        deadly = 1
        while (ended := write(deadly)) == signal.SIGKILL:
            assert example.contents(store) == was, deadly
            deadly += 4
        assert ended == 0
        assert deadly > 5 * 4
        assert len(store.districts(store.snapshot())) == 3


def test_readers_see_what_was_committed_while_another_writes(store_url: str) -> None:
    newer = [input_table("districts", districts(2))]
    with Store.open(store_url) as store, Store.open(store_url) as reader:
        example.fill(store)
        was = example.contents(reader)
        with store.writing() as connection:
            take_in(connection, newer)
            assert example.contents(reader) == was
        assert len(reader.districts(reader.snapshot())) == 2


def test_a_reader_stands_still_while_another_writes(postgis_url: str) -> None:
    with Store.open(postgis_url) as store, Store.open(postgis_url) as other:
        with store.reading() as connection:
            first = connection.exec_driver_sql("SELECT count(*) FROM inputs").scalar()
            other.ingest([input_table("districts", districts())])
            again = connection.exec_driver_sql("SELECT count(*) FROM inputs").scalar()
            assert first == again == 0
        assert store.snapshot().to_json()


def test_a_second_writer_is_refused_after_a_while(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    with Store.open(store_url) as first, Store.open(store_url) as second:
        with first.writing() as connection:
            take_in(connection, [input_table("districts", districts())])
            with pytest.raises(StoreError, match="busy: another command is writing"):
                second.ingest([input_table("districts", districts(1))])
        assert len(second.districts(second.snapshot())) == 4
        second.ingest([input_table("districts", districts(1))])
        assert len(first.districts(first.snapshot())) == 1


def test_many_writers_take_turns(store_url: str) -> None:
    def write(number: int) -> None:
        with Store.open(store_url) as store:  # the first to come makes the tables
            table = cases(("010101", 2000 + number, 2000 + number, 1.0))
            store.ingest([input_table("cases/a", table, (2000 + number,))])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    with Store.open(store_url) as store:
        assert store.cases(store.snapshot())["year_from"].tolist() == list(range(2000, 2012))
