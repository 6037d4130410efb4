"""Rasters and ways in the store: the same bits back, by year, and told where damaged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.grids import Cells, CellType, Grid, packed, strip_rows, unpacked
from data.records import InputTable
from data.store import Store
from tests.data import example
from tests.data.inputs import input_table, layer
from vigia.errors import StoreError


def grid(cells: Cells, rows: int = 2) -> Grid:
    strips = tuple(packed(cells[first : first + rows]) for first in range(0, len(cells), rows))
    kind: CellType = "float32" if cells.dtype == np.float32 else "float64"
    height, width = cells.shape
    return Grid(1, kind, height, width, rows, -74.0, -8.0, 0.1, 0.2, "EPSG:4326", strips)


def forest(year: int | None, cells: Cells, file: str = "f.tif") -> InputTable:
    table = pd.DataFrame(layer((0, 0), from_year=[year]).drop(columns="geometry"))
    years = () if year is None else (year,)
    more = {"file": file, "content": cells.tobytes().hex(), "grid": grid(cells)}
    return input_table("layers/forest", table.assign(value=float(cells.mean())), years, **more)


@given(
    kind=st.sampled_from([np.float32, np.float64]),
    shape=st.tuples(st.integers(1, 9), st.integers(1, 5)),
    rows=st.integers(1, 10),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_cells_come_back_to_the_last_bit(
    kind: type, shape: tuple[int, int], rows: int, data: st.DataObject
) -> None:
    given_cells = data.draw(arrays(kind, shape))
    made = grid(given_cells, rows)
    back = unpacked(made.strips, made)
    assert back.dtype == given_cells.dtype
    assert back.tobytes() == given_cells.tobytes()


def test_a_strip_is_never_without_rows() -> None:
    assert strip_rows(10**9, "float64") == 1
    assert strip_rows(1024, "float32") == 1024


CELLS = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda g: replace(g, strips=g.strips[:-1]),
        lambda g: replace(g, strips=(*g.strips, g.strips[0])),
        lambda g: replace(g, strips=(g.strips[0][:-5], g.strips[1])),
        lambda g: replace(g, strips=(b"no strip at all", g.strips[1])),
        lambda g: replace(g, width=2),
        lambda g: replace(g, width=4),
        lambda g: replace(g, strips=(packed(np.zeros((200, 3))), g.strips[1])),
    ],
)
def test_what_is_not_whole_is_told(change: object, store_url: str) -> None:
    item = replace(forest(None, CELLS), grid=change(grid(CELLS)))  # type: ignore[operator]
    with Store.open(store_url) as store:
        store.ingest([item])
        with pytest.raises(StoreError, match="not whole"):
            store.rasters(store.snapshot(), "forest")


def test_rasters_stand_by_year_and_old_ones_stay_readable(store_url: str) -> None:
    with Store.open(store_url) as store:
        store.ingest([forest(2021, CELLS), forest(2019, CELLS + 1)])
        before = store.snapshot()
        found = store.rasters(before, "forest")
        assert [one.from_year for one in found] == [2019, 2021]
        assert [one.values[0, 0] for one in found] == [1, 0]
        (report,) = store.ingest([forest(2021, CELLS + 5)])
        assert report.changes == {"added": 1, "changed": 0, "removed": 1}
        now = store.rasters(store.snapshot(), "forest")
        assert [one.values[0, 0] for one in now] == [1, 5]
        assert [one.values[0, 0] for one in store.rasters(before, "forest")] == [1, 0]
        assert store.ingest([forest(2021, CELLS + 5)])[0].unchanged


def test_a_raster_without_a_year_says_so(store_url: str) -> None:
    with Store.open(store_url) as store:
        store.ingest([forest(None, CELLS.astype(np.float32))])
        (found,) = store.rasters(store.snapshot(), "forest")
        assert np.isnan(found.from_year)
        assert found.values.dtype == np.float32
        assert (found.west, found.north, found.cell_width, found.cell_height) == (
            *(-74.0, -8.0),
            *(0.1, 0.2),
        )
        assert found.crs == "EPSG:4326"
        assert store.rasters(store.snapshot(), "nothing") == []


def test_other_layers_have_no_rasters_and_other_ways_no_rows(store_url: str) -> None:
    with Store.open(store_url) as store:
        example.fill(store)
        snapshot = store.snapshot()
        assert store.rasters(snapshot, "rivers") == []
        assert len(store.rasters(snapshot, "forest")) == 1
        nothing, rivers = store.ways(snapshot, "roads"), store.ways(snapshot, "rivers")
    assert nothing.empty
    assert dict(nothing.dtypes) == dict(rivers.dtypes)
    assert rivers["fid"].tolist() == [1, 2]
    assert rivers["crossings"].tolist() == [True, False]
    assert rivers.crs == "EPSG:4326"
    assert rivers["way_class"].isna().tolist() == [False, True]


def test_a_layer_of_cells_has_no_geometry_to_give_away(store_url: str) -> None:
    with Store.open(store_url) as store:
        store.ingest([forest(2021, CELLS)])
        table = store.layer(store.snapshot(), "forest")
    assert "geometry" not in table
    assert table["value"].tolist() == [5.5]
