"""The real files of Peru: ingest finds by itself what is wrong with them, row by row."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from data.ingest import read_inputs
from data.records import InputTable
from vigia.project import Project, parse_settings

ROOT = Path(__file__).parent.parent.parent
FILES = Path(os.environ.get("VIGIA_PERU_DATA", ROOT.parent / "shared" / "peru"))
TODAY = date(2026, 11, 24)

pytestmark = pytest.mark.peru

# Files of the folder that the project has no use for: read here, so that all are accounted for.
SPARE = """
[[layers]]
id = "spare_province_attributes"
label = "x"
label_en = "x"
kind = "attributes"
path = "province_attributes.csv"
code = "ubigeo_inei"
code_level = "province"
value = "hdi_2019"
role = "context"
source = "x"
date = "2019"
licence = ""
attribution = ""

[[layers]]
id = "spare_department_attributes"
label = "x"
label_en = "x"
kind = "attributes"
path = "department_attributes.csv"
code = "ubigeo_inei"
code_level = "department"
value = "hdi_2019"
role = "context"
source = "x"
date = "2019"
licence = ""
attribution = ""

[[layers]]
id = "spare_mining_as_districts"
label = "x"
label_en = "x"
kind = "attributes"
path = "mining_area_by_admin_peru.csv"
code = "ubigeo_or_id"
value = "mined_area_ha"
role = "context"
source = "x"
date = "2025"
licence = ""
attribution = ""

[[layers]]
id = "spare_mining_all_years"
label = "x"
label_en = "x"
path = "mining_detections.gpkg"
value = "mined_area_ha"
from_year = "year"
role = "context"
source = "x"
date = "2025"
licence = ""
attribution = ""

[[layers]]
id = "spare_centres_amazon"
label = "x"
label_en = "x"
path = "populated_centres_amazon.csv"
code = "ubigeo_inei"
lon = "longitude"
lat = "latitude"
role = "context"
source = "x"
date = "2017"
licence = ""
attribution = ""

[[cases]]
id = "spare_respiratory"
outcome = "respiratory"
label = "x"
label_en = "x"
path = "cases_respiratory_lambayeque_district_year.csv"
area = "ubigeo_inei"
year_column = "year"
count = "neumonias_men5"
source = "x"
date = "2023"

[[cases]]
id = "spare_lambayeque_all_rows"
outcome = "trafficking"
label = "x"
label_en = "x"
path = "cases_trata_lambayeque_district_year.csv"
area = "ubigeo_inei"
year_column = "year"
count = "complaints_all_rows"
source = "x"
date = "2022"
"""

# For each file: defect as its description has it, dataset, code of the finding, rows.
DEFECTS: dict[str, list[tuple[str, str, str | None, int]]] = {
    "districts.geojson": [
        ("8 null geometries", "districts", "null_geometry", 8),
        ("6 interior holes", "districts", "coverage_hole", 6),
        ("1 island (211302)", "districts", "island", 1),
        ("no overlaps", "districts", "coverage_overlap", 0),
        ("no duplicate codes", "districts", "duplicate_code", 0),
        ("no invalid rings", "districts", "invalid_geometry", 0),
        ("2 provinces misspelt", "districts", "name_code_mismatch", 2),
        ("268 areas differ by 20 %", "official_area", "area_differs", 268),
    ],
    "provinces.geojson": [
        ("2 codes split by misspelling", "areas/province", "split_code", 4),
    ],
    "departments.geojson": [
        ("none found", "areas/department", None, 0),
    ],
    "district_attributes.csv": [
        ("1 row without code", "population", "missing_code", 1),
        ("58 coded rows not on the map", "layers/hdi", "district_not_on_map", 58),
        ("11 of them known cuts", "population", "district_change", 11),
        ("the other 47", "population", "district_not_on_map", 47),
        ("19 rows without attributes", "layers/hdi", "missing_value", 19),
        ("no density, but one codeless", "population", "missing_value", 22),
    ],
    "province_attributes.csv": [
        ("6 digits", "layers/spare_province_attributes", "padded_code", 195),
        ("Putumayo is not on the map", "layers/spare_province_attributes", "unknown_area", 1),
    ],
    "department_attributes.csv": [
        ("6 digits", "layers/spare_department_attributes", "padded_code", 25),
    ],
    "populated_centres.parquet": [
        ("1,143 in newer districts", "points", "district_not_on_map", 1143),
    ],
    "mining_detections.gpkg": [
        ("293 rows with area 0", "layers/mining_new", "zero_value", 293),
        ("2024 is another model", "layers/mining_new", "jump_between_years", 1),
        ("2018 is a stock, 2024 a jump", "layers/spare_mining_all_years", "jump_between_years", 2),
    ],
    "mining_area_by_admin_peru.csv": [
        ("units are provinces", "layers/spare_mining_as_districts", "wider_area_code", 195),
    ],
    "country_borders_natural_earth_10m.geojson": [
        ("not borders of Peru", "layers/border", "left_out_by_keep", 4),
    ],
    "border_posts.csv": [
        ("Santa Rosa has no coordinates", "layers/border_posts", "missing_coordinates", 1),
        ("2 posts in Putumayo", "layers/border_posts", "district_not_on_map", 2),
    ],
    "police_stations_2017.csv": [
        ("last row has no longitude", "layers/police", "missing_coordinates", 1),
        ("6 outside all polygons", "layers/police", "outside_all_districts", 6),
    ],
    "cases_faltas_2017_by_district.csv": [
        ("35 with no reporting station", "cases/misdemeanours", "unobserved_zero", 35),
    ],
    "cases_trata_lambayeque_2017_2022_raw.csv": [
        ("semicolon", "cases/lambayeque", "delimiter", 1),
        ("BOM", "cases/lambayeque", "encoding", 1),
        ("128 null values", "cases/lambayeque", "missing_count", 128),
    ],
    "published_trafficking_counts_department.csv": [
        ("overlapping periods", "cases/departments", "overlapping_periods", 2),
        ("rows of other units", "cases/reta", "left_out_by_keep", 89),
        ("series of judicial districts", "cases/judicial_2007_2014", "left_out_by_keep", 71),
        ("no official crosswalk", "cases/judicial_2007_2014", "approximate_areas", 1),
    ],
}


@pytest.fixture(scope="module")
def inputs() -> dict[str, InputTable]:
    text = (ROOT / "examples" / "peru" / "vigia.toml").read_text(encoding="utf-8")
    text = text.replace("[model]", SPARE + "\n[model]")
    project = Project(ROOT / "examples" / "peru", FILES, parse_settings(text))
    return {item.key: item for item in read_inputs(project, lambda *_: None, today=TODAY)}


@pytest.mark.parametrize(
    ("file", "defect", "key", "code", "rows"),
    [(file, *defect) for file, defects in DEFECTS.items() for defect in defects],
)
def test_defect_is_found(
    file: str, defect: str, key: str, code: str | None, rows: int, inputs: dict[str, InputTable]
) -> None:
    if key in ("districts", "official_area"):
        assert inputs[key].file in (file, "district_attributes.csv")
    else:
        assert inputs[key].file == file
    found = inputs[key].report.codes()
    if code is None:
        assert not found, defect
    else:
        assert found[code] == rows, defect


def test_every_file_is_read_and_every_row_accounted_for(inputs: dict[str, InputTable]) -> None:
    data = {path.name for path in FILES.iterdir() if path.suffix != ".md"}
    assert {item.file for item in inputs.values()} == data
    rows = {"populated_centres.parquet": 94_922, "mining_detections.gpkg": 4_201}
    rows |= {"districts.geojson": 1_834, "cases_trata_lambayeque_2017_2022_raw.csv": 6_563}
    for item in inputs.values():
        report = item.report
        parts = report.kept + report.repaired + report.merged + report.rejected
        assert report.rows_read == parts == rows.get(item.file, parts)
        spare = item.key == "layers/spare_mining_as_districts"
        assert report.refused == spare, report.findings


def test_which_districts_have_no_boundary(inputs: dict[str, InputTable]) -> None:
    table = inputs["districts"].table
    assert len(table) == 1_834
    assert set(table["code"][table["geometry"].isna()]) == {
        "210103", "010204", "070105", "150137", "190203", "020602", "010523", "200602",
    }  # fmt: skip
    (island,) = [f for f in inputs["districts"].report.findings if f.code == "island"]
    assert "211302" in island.message


def test_provinces_split_by_misspelling_are_joined(inputs: dict[str, InputTable]) -> None:
    table = inputs["areas/province"].table.set_index("area")
    assert len(table) == 195
    assert table.loc[["2001", "0510"], "name"].tolist() == ["PIURA", "VICTOR FAJARDO"]
    raw = gpd.read_file(FILES / "provinces.geojson")
    apart = raw[raw["FIRST_IDPR"] == "2001"].geometry
    whole = table.loc["2001", "geometry"]
    assert whole.area == pytest.approx(shapely.area(apart.to_numpy()).sum(), rel=1e-6)


def test_blocks_that_stand_twice_count_once(inputs: dict[str, InputTable]) -> None:
    """Against the sums by district and year that were made of the same file by other means."""
    item = inputs["cases/lambayeque"]
    codes = item.report.codes()
    raw = pd.read_csv(
        FILES / item.file, sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False
    )
    assert codes["duplicate_block"] + codes["exact_duplicate"] == raw.duplicated().sum() == 3_059
    assert codes["all_zero_block"] > 0
    truth = pd.read_csv(
        FILES / "cases_trata_lambayeque_district_year.csv", dtype={"ubigeo_inei": str}
    )
    made = item.table.set_index(["area", "year_from"])["count"]
    wanted = truth.set_index(["ubigeo_inei", "year"])["complaints_exact_duplicates_dropped"]
    assert made.to_dict() == wanted.to_dict()


def test_prosecutors_counts_are_those_that_were_published(inputs: dict[str, InputTable]) -> None:
    published = pd.read_csv(FILES / "published_trafficking_counts_department.csv")
    published = published[published["area_type"] == "fiscal_district"]
    wanted = published[published["department"] == "LAMBAYEQUE"].set_index("year_from")["count"]
    made = inputs["cases/prosecutors_lambayeque"].table.set_index("year_from")
    assert set(made["area_type"]) == {"department"}
    assert set(made["area"]) == {"14"}
    assert made["count"].to_dict() == wanted.to_dict()


def test_no_case_and_no_person_is_lost_or_counted_twice(inputs: dict[str, InputTable]) -> None:
    faltas = inputs["cases/misdemeanours"].table
    raw = pd.read_csv(FILES / "cases_faltas_2017_by_district.csv")
    assert faltas["count"].sum() == raw["faltas_total_2017"].sum() == 115_930
    by_type = Counter(faltas["area_type"])
    assert by_type["province"] > 0
    assert (~faltas["observed"]).sum() == 35
    assert faltas["count"][~faltas["observed"]].isna().all()
    people = inputs["population"].table
    attributes = pd.read_csv(FILES / "district_attributes.csv", dtype={"ubigeo_inei": str})
    coded = attributes[attributes["ubigeo_inei"].notna()]
    assert people["people"].sum() == coded["population_2020_derived"].sum()


def test_people_of_putumayo_count_with_what_it_was_cut_from(inputs: dict[str, InputTable]) -> None:
    attributes = pd.read_csv(FILES / "district_attributes.csv", dtype={"ubigeo_inei": str})
    raw = attributes.set_index("ubigeo_inei")["population_2020_derived"]
    people = inputs["population"].table.set_index("area")["people"]
    parts = [code for code in ("160109", "160801", "160802", "160804") if code in raw.index]
    assert people["160109"] == raw[parts].sum()


def test_judicial_districts_are_added_to_departments(inputs: dict[str, InputTable]) -> None:
    item = inputs["cases/judicial_2007_2014"]
    raw = pd.read_csv(FILES / item.file)
    raw = raw[raw["area_type"] == "judicial_district"]
    first = item.table
    assert set(first["year_from"]) == {2007}  # the other series has the same complaints again
    assert first["count"].sum() == 1_976  # the published national sum
    lima = raw[(raw["department"] == "LIMA") & (raw["year_from"] == 2007)]["count"].sum()
    assert first.set_index("area")["count"]["15"] == lima


def test_police_stations_off_their_district(inputs: dict[str, InputTable]) -> None:
    """By brute force: 121 stations are not in the polygon of their code, 6 of them in none."""
    raw = pd.read_csv(FILES / "police_stations_2017.csv", dtype={"ubigeo_inei": str})
    raw = raw[raw["longitude"].notna()]
    districts = gpd.read_file(FILES / "districts.geojson").set_index("IDDIST").geometry
    points = shapely.points(raw["longitude"], raw["latitude"])
    own = districts.reindex(raw["ubigeo_inei"]).to_numpy()
    off = int((~shapely.intersects(points, own)).sum())
    codes = inputs["layers/police"].report.codes()
    assert off == 121
    assert codes["outside_all_districts"] == 6
    told = codes["code_place_mismatch"] + codes["district_not_on_map"]
    assert told + codes["outside_all_districts"] == off


def test_no_finding_on_cases_holds_a_value(inputs: dict[str, InputTable]) -> None:
    """Messages on case files are sentences of the code: no number but sizes of blocks."""
    for key, item in inputs.items():
        if key.startswith("cases/"):
            for finding in item.report.findings:
                if finding.code == "encoding":  # whose name has a number in it
                    continue
                told = finding.message.replace(str(finding.count), "")
                assert not any(sign.isdigit() for sign in told), finding
