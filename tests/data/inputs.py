"""Inputs as ingest hands them to the store, small, and made here."""

from __future__ import annotations

import hashlib
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, box

from data.records import InputReport, InputTable


def input_table(
    key: str, table: pd.DataFrame, years: tuple[int, ...] = (), **more: Any
) -> InputTable:
    """An input whose hash is that of its content and name."""
    file = more.pop("file", f"{key.replace('/', '-')}.csv")
    content = more.pop("content", file + table.to_csv())
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    known: dict[str, Any] = {
        "source": "Somebody",
        "date": "2024",
        "licence": "CC0-1.0",
        "attribution": "Somebody",
        "note": ("As found",),
        "settings_sha256": "00" * 32,
    }
    report = InputReport(key, file, sha256, len(table), len(table), 0, 0, 0)
    return InputTable(
        key=key, file=file, sha256=sha256, table=table, years=years, report=report, **(known | more)
    )


def districts(count: int = 4) -> gpd.GeoDataFrame:
    codes = [f"0101{number:02}" for number in range(1, count + 1)]
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [f"Distrito {number}" for number in range(1, count + 1)],
            "province_code": "0101",
            "province": "Ribera",
            "department_code": "01",
            "department": "Alto Río",
        },
        geometry=[None if n == 1 else box(n, 0, n + 0.1, 1 / 3) for n in range(count)],
        crs="EPSG:4326",
    )


def layer(
    *points: tuple[float, float], from_year: list[int | None] | None = None
) -> gpd.GeoDataFrame:
    count = len(points)
    return gpd.GeoDataFrame(
        {
            "fid": range(1, count + 1),
            "code": pd.array([None] * count, dtype="str"),
            "from_year": pd.array(from_year or [None] * count, dtype="Int64"),
            "until_year": pd.array([None] * count, dtype="Int64"),
            "value": np.nan,
        },
        geometry=[Point(point) for point in points],
        crs="EPSG:4326",
    )


def cases(*rows: tuple[str, int, int, float], outcome: str = "trafficking") -> pd.DataFrame:
    """Rows of area, first year, last year, count; NaN is unobserved."""
    table = pd.DataFrame(rows, columns=["area", "year_from", "year_to", "count"])
    table["count"] = table["count"].astype(float)
    return table.assign(
        outcome=outcome,
        area_type="district",
        detection="reported",
        observed=table["count"].notna(),
    )
