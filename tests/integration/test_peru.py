"""The real files of Peru, from ``examples/peru`` to a published run, on both stores."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from tests.integration.commands import answer, exported, whole_way
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
def test_both_stores_give_identical_scores(
    peru_project: Project, peru: Path, postgis_url: str
) -> None:
    folder = peru_project.folder
    whole_way(folder, data=peru, store=postgis_url)
    assert exported(folder, store=postgis_url) == exported(folder)
    ids = [
        answer("runs", "--project", folder, store=s)["runs"][0]["id"] for s in (None, postgis_url)
    ]
    assert ids[0] == ids[1]
