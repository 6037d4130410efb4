"""A project small enough to read: twelve square districts, one layer, three years of counts."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

WEST, SOUTH, SIDE = -74.0, -9.0, 0.2
COLUMNS, ROWS = 4, 3

SETTINGS = """\
[area]
name = "Doce cuadrados"
name_en = "Twelve squares"
synthetic = true

[districts]
path = "districts.geojson"
code = "code"
name = "name"
province = "province"
department = "department"
source = "the tests"
date = "2020"
licence = "CC0-1.0"
attribution = "the tests"

[population]
path = "population.csv"
code = "code"
people = "people"
year = 2020
source = "the tests"
date = "2020"

[[layers]]
id = "mining"
label = "Minas"
label_en = "Mines"
path = "mines.csv"
lon = "lon"
lat = "lat"
role = "risk"
source = "the tests"
date = "2020"
licence = "CC0-1.0"
attribution = "the tests"
factors = [{ measure = "distance", sign = "-" }]

[[cases]]
id = "complaints"
outcome = "trafficking"
label = "Denuncias de trata"
label_en = "Trafficking complaints"
stage = "exploitation"
path = "cases.csv"
area = "code"
year_column = "year"
count = "count"
absent = "zero"
source = "the tests"
date = "2023"

[model]
draws = 100
origins = 1
spatial_folds = 2
"""


def districts() -> gpd.GeoDataFrame:
    """Squares in rows from the south; provinces are columns in pairs, departments too."""
    rows = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            department, province = column // 2 + 1, column % 2 + 1
            rows.append(
                {
                    "code": f"{department:02}{province:02}{row + 1:02}",
                    "name": f"Distrito {column + 1}-{row + 1}",
                    "province": f"Provincia {column + 1}",
                    "department": f"Departamento {department}",
                    "geometry": shapely.box(
                        WEST + column * SIDE,
                        SOUTH + row * SIDE,
                        WEST + (column + 1) * SIDE,
                        SOUTH + (row + 1) * SIDE,
                    ),
                }
            )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326").sort_values("code", ignore_index=True)


def cases() -> pd.DataFrame:
    """Counts that fall with the distance from the mine in the west; fixed, no chance in them."""
    rows = [
        {"code": code, "year": year, "count": max(0, 9 - order + year % 2)}
        for year in (2021, 2022, 2023)
        for order, code in enumerate(districts()["code"])  # codes rise from west to east
    ]
    return pd.DataFrame(rows)


def write(folder: Path, settings: str = SETTINGS) -> Path:
    """Lay the project out in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vigia.toml").write_text(settings, encoding="utf-8")
    table = districts()
    (folder / "districts.geojson").write_text(json.dumps(json.loads(table.to_json())))
    people = pd.DataFrame({"code": table["code"], "people": 10_000 + 1_000 * np.arange(len(table))})
    people.to_csv(folder / "population.csv", index=False)
    mines = pd.DataFrame({"lon": [WEST + 0.05, WEST + 0.15], "lat": [SOUTH + 0.1, SOUTH + 0.5]})
    mines.to_csv(folder / "mines.csv", index=False)
    cases().to_csv(folder / "cases.csv", index=False)
    return folder
