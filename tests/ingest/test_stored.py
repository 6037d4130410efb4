"""Rasters and ways all the way: from the files of a project into each database, and out again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.ingest import reading
from tests.ingest.reading import FULL_CREDIT
from tests.ingest.test_rasters import CELLS
from tests.ingest.test_rasters import SECTION as RASTER
from tests.ingest.test_rasters import write as write_raster
from tests.ingest.test_ways import SECTION as WAYS
from tests.ingest.test_ways import line, lines
from vigia import pipeline
from vigia.project import Project, load_project


@pytest.fixture
def project(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The tiny project with two years of a raster and a file of rivers, ingested."""
    monkeypatch.setenv("VIGIA_STORE_URL", store_url)
    layer = RASTER.format(path="forest_*.tif") + FULL_CREDIT + "year_in_name = true\n"
    reading.write(tmp_path, extra=layer + WAYS + FULL_CREDIT)
    for year in (2019, 2021):
        write_raster(tmp_path / f"forest_{year}.tif", CELLS + year, nodata=2019)
    lines(line(-74, -73.9), line(-73.9, -73.8)).to_file(tmp_path / "rivers.gpkg")
    made = load_project(tmp_path)
    pipeline.ingest(made)
    return made


def test_what_was_in_the_files_is_in_the_store(project: Project) -> None:
    with pipeline.open_store(project) as store:
        snapshot = store.snapshot()
        old, new = store.rasters(snapshot, "forest")
        rivers = store.ways(snapshot, "rivers")
        years = [entry.years for entry in snapshot.of("layers/forest")]
    assert (old.from_year, new.from_year) == (2019, 2021)
    assert years == [(2019,), (2021,)]
    assert np.isnan(old.values[0, 0])
    np.testing.assert_array_equal(new.values, CELLS + 2021)
    assert rivers.geometry.tolist() == [line(-74, -73.9), line(-73.9, -73.8)]


def test_the_same_again_changes_nothing_and_a_new_year_adds_one(project: Project) -> None:
    assert all(report.unchanged for report in pipeline.ingest(project))
    write_raster(project.folder / "forest_2023.tif", CELLS)
    reports = pipeline.ingest(project)
    changed = [report.file for report in reports if not report.unchanged]
    assert changed == ["forest_2023.tif"]
    with pipeline.open_store(project) as store:
        found = store.rasters(store.snapshot(), "forest")
    assert [one.from_year for one in found] == [2019, 2021, 2023]


def test_a_file_that_is_gone_keeps_its_year(project: Project) -> None:
    """As with every other input: what was ingested stands until something newer speaks of it."""
    (project.folder / "forest_2021.tif").unlink()
    write_raster(project.folder / "forest_2019.tif", CELLS)
    pipeline.ingest(project)
    with pipeline.open_store(project) as store:
        old, new = store.rasters(store.snapshot(), "forest")
    np.testing.assert_array_equal(old.values, CELLS)
    np.testing.assert_array_equal(new.values, CELLS + 2021)


def test_the_map_is_given_no_cells(project: Project) -> None:
    with pipeline.open_store(project) as store:
        assert "geometry" not in store.layer(store.snapshot(), "forest")
