"""Which settlements may be found by name: on both databases, and never without a licence."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from data.beside import SETTLEMENTS
from data.settlements import settlements
from data.store import Store
from tests.data.inputs import input_table
from tests.maps import region

CODES = sorted(region.districts()["code"])


def found(url: str, population: Any, *, points: bool = True) -> pd.DataFrame:
    with Store.open(url) as store:
        store.ingest([input_table("districts", region.districts())])
        if points:
            store.ingest([input_table("points", region.points(CODES))])
        settings = region.settings() | {"population": population}
        inputs = store.provenance(store.snapshot())
        return settlements(store, region.record(settings=settings, inputs=inputs))


def test_named_ones_of_enough_people_are_found_the_largest_first(store_url: str) -> None:
    told = found(store_url, {"points": {"licence": "CC0-1.0"}})
    assert_frame_equal(told, region.settlements(CODES), check_dtype=False)


@pytest.mark.parametrize("population", [{"points": {"licence": " "}}, {"points": None}, None])
def test_without_a_stated_licence_no_name_is_told(population: Any, tmp_path: Any) -> None:
    told = found(f"sqlite:///{tmp_path / 'store.sqlite'}", population)
    assert (len(told), tuple(told)) == (0, SETTLEMENTS)


def test_a_run_without_points_has_none(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    assert found(url, {"points": {"licence": "CC0-1.0"}}, points=False).empty
