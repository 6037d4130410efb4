"""A project without a fault: what comes out is what is in the files."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from tests import tiny_project
from tests.ingest import reading
from tests.integration.test_bad_inputs import REFUSED, REPAIRED


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tiny_project.write(tmp_path / "project")


def test_the_tables_are_what_the_files_say(project: Path) -> None:
    inputs = reading.read(project)
    assert list(inputs) == ["districts", "population", "layers/mining", "cases/complaints"]
    assert all(not item.report.findings for item in inputs.values())
    truth = tiny_project.districts()
    districts = inputs["districts"].table
    assert districts["code"].tolist() == truth["code"].tolist()
    assert districts["province_code"].tolist() == [code[:4] for code in truth["code"]]
    assert districts["department"].tolist() == truth["department"].tolist()
    assert gpd.GeoSeries(districts["geometry"]).geom_equals(truth.geometry).all()
    people = inputs["population"].table
    assert people["people"].tolist() == [10_000 + 1_000 * i for i in range(12)]
    assert set(people["area_type"]) == {"district"}
    mines = inputs["layers/mining"].table
    assert [(p.x, p.y) for p in mines["geometry"]] == [(-73.95, -8.9), (-73.85, -8.5)]
    counted = inputs["cases/complaints"].table
    wanted = tiny_project.cases()
    assert counted["area"].tolist() == wanted["code"].tolist()
    assert counted["count"].tolist() == wanted["count"].tolist()
    assert counted["observed"].all()
    assert inputs["cases/complaints"].years == (2021, 2022, 2023)
    assert inputs["population"].years == (2020,)
    assert inputs["layers/mining"].years == ()


def test_reading_twice_gives_the_same_versions(project: Path) -> None:
    first, again = reading.read(project), reading.read(project)
    for key, item in first.items():
        assert (item.sha256, item.settings_sha256) == (
            again[key].sha256,
            again[key].settings_sha256,
        )
        assert item.report == again[key].report


def test_what_only_shows_a_layer_is_no_new_version(project: Path) -> None:
    before = reading.read(project)["layers/mining"].settings_sha256
    toml = project / "vigia.toml"
    toml.write_text(toml.read_text().replace('label = "Minas"', 'label = "Minería"'))
    assert reading.read(project)["layers/mining"].settings_sha256 == before
    toml.write_text(toml.read_text().replace('lon = "lon"', 'lon = "lon"\nnote = ["A sample."]'))
    assert reading.read(project)["layers/mining"].settings_sha256 != before


def test_other_districts_make_new_versions_of_what_was_checked_against_them(project: Path) -> None:
    before = reading.read(project)
    file = project / "districts.geojson"
    file.write_text(file.read_text().replace("Distrito 1-1", "Distrito Uno"))
    after = reading.read(project)
    for key, item in after.items():
        assert item.settings_sha256 != before[key].settings_sha256 or key == "districts"


def test_the_day_matters_only_where_it_rejected_a_row(project: Path) -> None:
    def version(year: int) -> str:
        day = reading.TODAY.replace(year=year)
        return reading.read(project, day)["cases/complaints"].settings_sha256

    assert version(2026) == version(2027)
    with (project / "cases.csv").open("a") as file:
        file.write("010101,2028,1\n")
    assert version(2026) != version(2027)
    assert version(2028) == version(2029)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_the_others_are_still_read(name: str, project: Path) -> None:
    spoil, code = REFUSED[name]
    spoil(project)
    inputs = reading.read(project)
    (refused,) = [item for item in inputs.values() if item.report.refused]
    errors = {f.code for f in refused.report.findings if f.severity == "error"}
    assert errors == {code}
    assert len(inputs) == 4
    assert not len(refused.table)
    if refused.key != "districts":
        assert len(inputs["districts"].table) == 12


@pytest.mark.parametrize("name", REPAIRED)
def test_repaired_or_set_aside(name: str, project: Path) -> None:
    spoil, code = REPAIRED[name]
    spoil(project)
    told = {key: item.report for key, item in reading.read(project).items()}
    assert not any(report.refused for report in told.values())
    assert code in {finding.code for report in told.values() for finding in report.findings}


def test_lost_zeros_and_swapped_coordinates_come_out_right(project: Path) -> None:
    for name in ("lost leading zeros", "latitude and longitude swapped"):
        REPAIRED[name][0](project)
    inputs = reading.read(project)
    assert (
        inputs["cases/complaints"].table["area"].tolist() == tiny_project.cases()["code"].tolist()
    )
    mines = inputs["layers/mining"].table
    assert [(p.x, p.y) for p in mines["geometry"]] == [(-73.95, -8.9), (-73.85, -8.5)]
    assert reading.account(inputs["layers/mining"]) == (2, 0, 2, 0, 0)
