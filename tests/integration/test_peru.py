"""The real files of Peru, from ``examples/peru`` to a published run, on both stores."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from tests.integration.commands import exported, vigia
from vigia import pipeline
from vigia.project import Project
from vigia.training_table import Known, outcome_tables

pytestmark = pytest.mark.peru


def test_the_run_is_of_misdemeanours_and_says_so(peru_project: Project) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(peru_project.folder).decode("utf-8-sig"))))
    assert len(rows) == 1834
    assert len({row["code"] for row in rows}) == 1834
    assert {row["outcome"] for row in rows} == {"misdemeanours"}
    assert all("not_trafficking" in row["warnings"].split() for row in rows)
    for row in rows:
        known = bool(row["rate"])
        assert known == bool(row["rate_low"]) == bool(row["rank_high"])
        assert known == (row["level"] != "no_data")
    flagged = [row for row in rows if row["no_records"] == "True"]
    assert len(flagged) > 791 - 20  # no station, or none that reported: estimated, and flagged


def test_trafficking_would_be_learnt_from_one_register_of_totals(peru_project: Project) -> None:
    """Two series count the same complaints: the whole one is taken, and nothing is added to it."""
    settings = peru_project.settings
    model = settings.model.model_copy(update={"outcomes": ("trafficking",)})
    with pipeline.open_store(peru_project) as store:
        now = store.snapshot()
        nothing = pd.DataFrame(
            index=pd.MultiIndex.from_product([[], [2018]], names=["code", "year"])
        )
        known = Known.of(store, now, nothing)
    (table,) = outcome_tables(settings.model_copy(update={"model": model}), known)
    assert len(table.totals) == 25
    assert sum(table.totals) == 1976  # as published for the country
    assert table.counts["count"].isna().all()  # no district and no year is known by itself
    assert (table.counts["total"] >= 0).all()
    assert set(table.counts["year"]) == set(range(2007, 2015))
    assert not table.counts.duplicated(["code", "year"]).any()
    assert "judicial_2009_2014" in {one.id for one in table.beside}
    assert "other_registers_left_out" in table.warnings


def test_every_row_of_every_file_is_accounted_for(peru_project: Project) -> None:
    reports = json.loads((peru_project.folder / "var" / "ingest-report.json").read_text())
    assert len(reports) > 30
    for report in reports:
        parts = ("kept", "repaired", "merged", "rejected")
        assert report["rows_read"] == sum(report[part] for part in parts) > 0, report["key"]


@pytest.mark.postgis
def test_both_stores_give_a_training_the_same(
    peru_project: Project, peru: Path, postgis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit: all that it reads. What comes of it is the same on the tiny project."""
    one = read_by_a_training(peru_project)
    for command in ("ingest", "features"):
        where = ("--project", peru_project.folder, "--data", peru)
        vigia(command, *where, store=postgis_url, traced=False)
    monkeypatch.setenv("VIGIA_STORE_URL", postgis_url)
    other = read_by_a_training(peru_project)
    assert other.run == one.run
    assert other.dates == one.dates
    for name, table in vars(one.known).items():
        assert_same(getattr(other.known, name), table)


@dataclass(frozen=True)
class Read:
    """The run that a training would make, and what it reads for it."""

    run: str
    dates: dict[str, str]
    known: Known


def read_by_a_training(project: Project) -> Read:
    with pipeline.open_store(project) as store:
        now = pipeline.stored_snapshot(project, store)
        features = pipeline.current_features(project, store, now)
        layers = {factor["layer"] for factor in features.meta["factors"]}
        return Read(
            pipeline.run_identity(project, features, now, quick=False),
            {layer: store.layer_date(now, layer) for layer in layers},
            Known.of(store, now, features.table),
        )


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    if isinstance(expected, gpd.GeoDataFrame):
        assert found.crs == expected.crs
        assert found.geometry.to_wkb().tolist() == expected.geometry.to_wkb().tolist()
        found, expected = (pd.DataFrame(t.drop(columns=t.geometry.name)) for t in (found, expected))
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
