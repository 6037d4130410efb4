"""The same tests on SQLite and on a real PostGIS."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from data.records import RunRecord
from data.store import Store
from tests.data import example
from tests.data.inputs import cases, districts, input_table, layer
from vigia.errors import NotFoundError, StoreError


def test_what_goes_in_comes_out(store_url: str) -> None:
    with Store.open(store_url) as store:
        example.fill(store)
        given = {item.key: item.table for item in example.inputs()}
        snapshot = store.snapshot()
        names = store.districts(snapshot).set_index("code")["name"]
        assert names.tolist() == given["districts"]["name"].tolist()
        assert names.iloc[0] == example.HOSTILE
        values = store.layer(snapshot, "poverty")["value"].to_numpy()
        assert values.tobytes() == np.array(example.ODD).tobytes()
        before, after = given["layers/rivers"].geometry, store.layer(snapshot, "rivers").geometry
        assert [g and g.wkb for g in after] == [g and g.wkb for g in before]
        official = store.districts(snapshot)["area_km2_official"]
        assert np.isnan(official[0])
        assert official[1:].tolist() == [7.5, 7.5, 7.5]
        dates = store.effort(snapshot).set_index("code")["date"].dt.strftime("%Y-%m-%d")
        assert dates.tolist() == ["2023-05-01", "1969-12-31"]
        assert store.cases(snapshot)["dataset"].tolist() == ["court", "police", "police"]
        assert store.run("f") == store.run("latest") == store.runs()[0]
        assert store.run("latest").seed == 2**32 - 1


@pytest.mark.postgis
def test_both_stores_give_the_same_to_the_last_bit(tmp_path: Path, postgis_url: str) -> None:
    told = []
    for url in (f"sqlite:///{tmp_path / 'store.sqlite'}", postgis_url):
        with Store.open(url) as store:
            empty = example.contents(store)
            example.fill(store)
            told.append((empty, example.contents(store)))
    assert told[0] == told[1]


def test_an_empty_store_gives_empty_tables_of_the_right_types(store_url: str) -> None:
    with Store.open(store_url) as store:
        nothing = store.snapshot()
        bare = example.tables(store, nothing) | {"layer": store.layer(nothing, "rivers")}
        assert (store.latest_features(), store.runs(), store.find_run("x")) == (None, (), None)
        example.fill(store)
        full = example.tables(store, store.snapshot())
        full["layer"] = store.layer(store.snapshot(), "rivers")
    for name, table in bare.items():
        assert table.empty
        assert dict(table.dtypes) == dict(full[name].dtypes), name
        assert isinstance(table, gpd.GeoDataFrame) == isinstance(full[name], gpd.GeoDataFrame)
    assert bare["districts"].crs == full["districts"].crs == "EPSG:4326"


def test_the_same_again_changes_nothing(store_url: str) -> None:
    with Store.open(store_url) as store:
        example.fill(store)
        before = example.contents(store)
        reports = store.ingest(example.inputs())
        assert all(report.unchanged for report in reports)
        assert example.contents(store) == before


def test_old_inputs_stay_readable_and_the_report_says_what_changed(store_url: str) -> None:
    old = cases(("010101", 2020, 2020, 3.0), ("010102", 2021, 2021, 5.0))
    new = cases(("010101", 2021, 2021, 8.0), ("010102", 2021, 2021, 6.0))
    with Store.open(store_url) as store:
        store.ingest([input_table("cases/a", old, (2020, 2021))])
        first = store.snapshot()
        (report,) = store.ingest([input_table("cases/a", new, (2021,))])
        assert report.changes == {"added": 1, "changed": 1, "removed": 0}
        assert store.cases(first)["count"].tolist() == [3.0, 5.0]
        assert store.cases(store.snapshot())["count"].tolist() == [3.0, 8.0, 6.0]
        store.ingest([input_table("cases/a", old, (2020, 2021))])
        assert store.snapshot() == first


def test_what_a_newer_file_leaves_out_is_told_though_an_older_one_keeps_a_year(
    store_url: str,
) -> None:
    rows = [("010101", year, year, 3.0) for year in (2020, 2021, 2022)]
    more = [("010102", year, year, 5.0) for year in (2020, 2021, 2022)]
    for left in ((2020, 2021), (2021, 2022)):
        key = f"cases/{left[0]}"
        fewer = [row for row in rows if row[1] in left]
        with Store.open(store_url) as store:
            store.ingest([input_table(key, cases(*rows, *more), (2020, 2021, 2022))])
            (report,) = store.ingest([input_table(key, cases(*fewer), left)])
            assert report.changes == {"added": 0, "changed": 0, "removed": 2}


def test_an_ingest_that_fails_stores_nothing(store_url: str) -> None:
    good = input_table("districts", districts())
    bad = input_table("cases/a", cases(("0101\x0001", 2020, 2020, 1.0)), (2020,))
    with Store.open(store_url) as store:
        with pytest.raises(StoreError, match="NUL"):
            store.ingest([good, bad])
        assert store.snapshot().to_json() == {}
        assert store.ingest([good])[0].unchanged is False


def test_runs_are_found_by_their_beginning(store_url: str) -> None:
    with Store.open(store_url) as store:
        with pytest.raises(NotFoundError, match="no such run yet"):
            store.run("latest")
        for name in ("ab12", "ab34", "ab"):
            example.save_run(store, example.run_record(store, id=name))
        assert store.run("ab1").id == "ab12"
        assert store.run("ab").id == "ab"  # an id is an id, whatever else begins so
        assert store.run("latest").id == "ab"
        assert store.find_run("ab12") is not None  # asked for again: it is the latest now
        assert store.run("latest").id == "ab12"
        for name in ("", "zz", "a"):
            with pytest.raises(NotFoundError, match="There is no such run"):
                store.run(name)
        with pytest.raises(NotFoundError, match="ab12"):
            store.run("a")
        with pytest.raises(NotFoundError):
            store.draws("ab", "zzzz")
        with pytest.raises(NotFoundError):
            store.scores("zzzz")


def test_a_run_never_changes(store_url: str) -> None:
    with Store.open(store_url) as store:
        example.save_run(store, example.run_record(store))
        example.save_run(store, example.run_record(store, seed=5, target_year=1999))
        kept: RunRecord = store.run("latest")
        assert (kept.seed, kept.target_year) == (2**32 - 1, 2022)
        assert store.scores(kept.id)["code"].is_monotonic_increasing


def test_features_asked_for_again_are_the_latest(store_url: str) -> None:
    index = pd.MultiIndex.from_tuples([("010101", 2020)], names=["code", "year"])
    with Store.open(store_url) as store:
        snapshot = store.snapshot()
        for name, value in (("a", 1.0), ("b", 2.0), ("a", 1.0)):
            store.save_features(name, snapshot, pd.DataFrame({"x": [value]}, index=index), {"y": 1})
        latest = store.latest_features()
        assert latest is not None
        assert (latest.id, latest.table["x"].tolist(), latest.meta) == ("a", [1.0], {"y": 1})
        assert latest.snapshot == snapshot


def test_rows_are_sorted_byte_by_byte(store_url: str) -> None:
    names = ["ñ", "Z", "a", "É", "_", "10", "9", "ź"]
    crosswalk = pd.DataFrame({"area_type": names, "area": "x", "code": "y"})
    with Store.open(store_url) as store:
        store.ingest([input_table("crosswalks/x", crosswalk)])
        found = store.crosswalks(store.snapshot())["area_type"].tolist()
    assert found == sorted(names, key=lambda name: name.encode())


def test_no_number_is_a_negative_zero(store_url: str) -> None:
    table = cases(("010101", 2020, 2020, -0.0))
    with Store.open(store_url) as store:
        store.ingest([input_table("cases/a", table, (2020,))])
        assert not np.signbit(store.cases(store.snapshot())["count"]).any()


def test_layers_keep_the_order_of_their_file(store_url: str) -> None:
    with Store.open(store_url) as store:
        store.ingest([input_table("layers/a", layer((3, 0), (1, 0), (2, 0)))])
        assert store.layer(store.snapshot(), "a").geometry.x.tolist() == [3, 1, 2]
        assert store.layer(store.snapshot(), "b").empty


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "cannot be read"),
        ("sqlite://", "cannot be at a sqlite"),
        ("sqlite:///:memory:", "cannot be at a sqlite"),
        ("postgresql://here:port/x", "cannot be read"),
        ("mysql://here/x", "cannot be at a mysql"),
        ("sqlite:////nowhere/at/all/store.sqlite", "cannot be made"),
        ("postgresql://u:secret@/x?host=/nowhere", "cannot be reached"),
    ],
)
def test_a_place_that_is_none(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as raised:
        Store.open(url)
    assert "secret" not in str(raised.value)


def test_files_that_are_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        Store.open(f"sqlite:///{path}")
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE somebody (x)")
    other.close()
    with pytest.raises(StoreError, match="not vigia's .somebody"):
        Store.open(f"sqlite:///{path}")


def test_a_damaged_geometry_is_told(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store.open(f"sqlite:///{path}") as store:
        store.ingest([input_table("districts", districts())])
        with sqlite3.connect(path) as other:
            other.execute("UPDATE districts SET geometry = x'00' WHERE geometry IS NOT NULL")
        other.close()
        with pytest.raises(StoreError, match="damaged"):
            store.districts(store.snapshot())


def test_a_store_that_went_away_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a folder?#%20" / "store.sqlite"
    path.parent.mkdir()
    with Store.open(f"sqlite:///{path}") as store:
        assert path.exists()
        path.unlink()
        with pytest.raises(StoreError, match="cannot be opened"):
            store.snapshot()
        assert not path.exists()
