"""A small invented published run: what the map and the API show, with everything that is awkward.

Districts are a wobbly grid. One has a hostile name, one ends a script, one starts a formula, one
has no boundary, some have no score, some no records.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, MultiPoint, Point, Polygon

from data.records import LayerCredit, OutcomeLabel, PublishedRun, RunRecord

COLUMNS, ROWS = 6, 4
IMG = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://example.invalid")'
NAMES = {0: IMG, 1: SCRIPT, 2: FORMULA, 3: "Ñahuín del Río", 4: "Sin Límite", 5: "Isla de Nadie"}
NO_BOUNDARY, NO_DATA = 4, 5
RUN_ID = "a1b2c3d4e5f60718"

OUTCOMES = (
    OutcomeLabel("exploitation", "Explotación", "Exploitation", "exploitation"),
    OutcomeLabel("recruitment", "Captación", "Recruitment", "recruitment"),
    OutcomeLabel("misdemeanours", "Faltas registradas", "Recorded misdemeanours", None),
)

# The first two as earlier versions stored them: without what factors could not say then.
FACTORS: tuple[dict[str, Any], ...] = (
    {
        "id": "mining__distance__capital",
        "layer": "mining",
        "measure": "distance",
        "support": "capital",
        "unit": "km",
        "role": "risk",
        "sign": "-",
        "label": "Minería <b>informal</b>",
        "label_en": "Informal mining",
    },
    {
        "id": "rivers__length_density__polygon",
        "layer": "rivers",
        "measure": "length_density",
        "support": "polygon",
        "unit": "km/km2",
        "role": "risk",
        "sign": "+",
        "label": "Ríos",
        "label_en": "Rivers",
    },
    {
        "id": "police__travel_time__population__low",
        "layer": "police",
        "measure": "travel_time",
        "support": "population",
        "radius_km": None,
        "per": None,
        "weighted": False,
        "season": "low",
        "direction": None,
        "statistic": None,
        "classes": [],
        "unit": "min",
        "role": "detection",
        "sign": None,
        "label": "Comisarías",
        "label_en": "Police stations",
    },
)
MODELLED = tuple(factor for factor in FACTORS if factor["role"] == "risk")


def layer_credit(id_: str, role: str, licence: str, **more: Any) -> LayerCredit:
    return LayerCredit(
        id=id_,
        label=more.get("label", id_.title()),
        label_en=more.get("label_en", id_.title()),
        role=role,
        source=f"Invented source of {id_}",
        date=more.get("date", "2024-06"),
        licence=licence,
        attribution=more.get("attribution", "Nobody"),
        note=more.get("note", ()),
        draw=more.get("draw", True),
        shown=more.get("shown", False),
        shelf_life_years=more.get("shelf_life_years"),
    )


LAYERS = (
    layer_credit(
        "mining",
        "risk",
        "CC-BY-4.0",
        label="Minería <b>informal</b>",
        note=(IMG,),
        shelf_life_years=3,
    ),
    layer_credit("rivers", "risk", "CC0-1.0", label="Ríos"),
    layer_credit("roads", "risk", "", label="Caminos"),
    layer_credit("police", "detection", "CC0-1.0", label="Comisarías"),
    layer_credit("frontier", "context", "CC0-1.0", label="Frontera", shown=True),
    layer_credit("poverty", "risk", "CC0-1.0", label="Pobreza", draw=False),
)


def districts() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1), indexing="ij")
    corner = np.stack([x, y], axis=-1) + rng.uniform(-0.25, 0.25, (COLUMNS + 1, ROWS + 1, 2))
    corner = corner * 0.6 + [-75.0, -9.0]
    rows = []
    for number in range(COLUMNS * ROWS):
        i, j = divmod(number, ROWS)
        ring = [corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]]
        department = 1 + (i >= COLUMNS // 2)
        rows.append(
            {
                "code": f"{department:02d}{1 + i % 3:02d}{number + 1:02d}",
                "name": NAMES.get(number, f"Distrito {number + 1}"),
                "province_code": f"{department:02d}{1 + i % 3:02d}",
                "province": f"Provincia {department}-{1 + i % 3}",
                "department_code": f"{department:02d}",
                "department": ("Alto Río", "Bajo Río")[department - 1],
                "geometry": None if number == NO_BOUNDARY else Polygon(ring),
            }
        )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326").sort_values("code", ignore_index=True)


def scores(codes: list[str], seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    tables = []
    for outcome in OUTCOMES:
        rate = np.round(rng.lognormal(1.5, 1.0, len(codes)), 6)
        table = pd.DataFrame({"outcome": outcome.id, "stage": outcome.stage, "code": codes})
        table["rate"], table["rate_low"], table["rate_high"] = rate, rate * 0.5, rate * 2.1
        mean = rate.mean()
        table["relative_risk"] = rate / mean
        table["rr_low"], table["rr_high"] = rate / mean * 0.5, rate / mean * 2.1
        order = (-rate).argsort().argsort() + 1.0
        table["rank"] = order
        table["rank_low"] = np.maximum(1, order - 3)
        table["rank_high"] = np.minimum(len(codes), order + 4)
        table["score"] = 100 * (1 - (order - 1) / len(codes))
        for name in ("p_above_mean", "p_above_high", "p_below_mean", "p_above_threshold"):
            table[name] = np.round(rng.uniform(0, 1, len(codes)), 4)
        levels = np.array(["very_high", "high", "medium", "low"])
        table["level"] = levels[np.minimum(3, (order - 1).astype(int) * 4 // len(codes))]
        table["no_data_reason"] = ""
        table["no_records"] = [number % 5 == 0 for number in range(len(codes))]
        tables.append(_without_data(table))
    return pd.concat(tables, ignore_index=True)


def _without_data(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("float").columns
    table.loc[NO_DATA, numbers] = np.nan
    table.loc[NO_DATA, ["level", "no_data_reason"]] = [
        "no_data",
        "missing_factor:mining__distance__capital",
    ]
    table.loc[NO_DATA, "no_records"] = False
    return table


def contributions(codes: list[str]) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = [
        {
            "outcome": outcome.id,
            "code": code,
            "factor": factor["id"],
            "value": round(float(rng.uniform(0, 90)), 3),
            "contribution": round(float(rng.normal(0, 0.5)), 4),
        }
        for outcome in OUTCOMES
        for number, code in enumerate(codes)
        for factor in MODELLED
        if number != NO_DATA
    ]
    return pd.DataFrame(rows)


def settings(*, synthetic: bool = True, licence: str = "CC0-1.0") -> dict[str, Any]:
    return {
        "area": {
            "name": "Amazonía inventada",
            "name_en": "Invented Amazon",
            "timezone": "America/Lima",
            "synthetic": synthetic,
        },
        "districts": {
            "source": "Invented limits",
            "date": "2023",
            "licence": licence,
            "attribution": "vigia",
            "note": [],
        },
        "population": {"points": {"licence": licence}},
        "model": {"draws": 1000, "seed": 1},
        "publish": {
            "high_multiple": 1.0,
            "very_high_multiple": 2.0,
            "probability": 0.8,
            "threshold_per_100k": None,
        },
    }


def record(**changes: Any) -> RunRecord:
    known: dict[str, Any] = {
        "id": RUN_ID,
        "status": "published",
        "created_at": "2026-11-20T12:00:00Z",
        "seed": 1,
        "target_year": 2026,
        "outcomes": tuple(outcome.id for outcome in OUTCOMES),
        "tested": True,
        "beats_baseline": True,
        "inputs": {"districts": [{"input_id": 1, "file": "districts.gpkg", "sha256": "ab" * 32}]},
        "settings": settings(),
        "versions": {"vigia": "0.1.0"},
        "validation": {},
        "factors": FACTORS,
        "warnings": ("wider_areas_left_out",),
    }
    return RunRecord(**(known | changes))


def published_run(**changes: Any) -> PublishedRun:
    """The run; ``changes`` go into its record."""
    table = districts()
    codes = table["code"].tolist()
    return PublishedRun(
        record=record(**changes),
        published_at="2026-11-24T03:00:00Z",
        districts=table,
        scores=scores(codes),
        contributions=contributions(codes),
        outcomes=OUTCOMES,
        layers=LAYERS,
    )


def layer_table(*geometries: Any, **years: list[int | None]) -> gpd.GeoDataFrame:
    count = len(geometries)
    return gpd.GeoDataFrame(
        {
            "fid": range(1, count + 1),
            "code": [None] * count,
            "from_year": pd.array(years.get("from_year", [None] * count), dtype="Int64"),
            "until_year": pd.array(years.get("until_year", [None] * count), dtype="Int64"),
            "value": [float("nan")] * count,
        },
        geometry=list(geometries),
        crs="EPSG:4326",
    )


def ways(*lines: LineString) -> gpd.GeoDataFrame:
    """Rivers or roads as they are stored."""
    speeds = ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low", "length_km")
    return gpd.GeoDataFrame(
        {"fid": range(1, len(lines) + 1), "mode": "river", "way_class": None, "crossings": True}
        | dict.fromkeys(speeds, float("nan")),
        geometry=list(lines),
        crs="EPSG:4326",
    )


RIVER = ways(LineString([(-74.9, -8.8), (-73.6, -7.7), (-72.0, -7.0)]))
TRAVEL: dict[str, Any] = {
    "ways": [
        {"id": "rivers", "mode": "river", "licence": "CC0-1.0"},
        {"id": "roads", "mode": "road", "licence": ""},
    ]
}
for _way in TRAVEL["ways"]:
    _way |= {"source": "Invented", "date": "2022", "attribution": "Nobody", "note": []}


def layers() -> dict[str, gpd.GeoDataFrame]:
    """Geometry of the layers that may be drawn: all but those without a stated licence."""
    front = Point(-73.5, -8).buffer(0.15)
    return {
        "mining": layer_table(
            front,
            Point(-72.5, -7.5).buffer(0.1),
            Point(-74.5, -7.5).buffer(0.1),
            from_year=[2019, 2030, 2015],
            until_year=[None, None, 2020],
        ),
        "rivers": layer_table(LineString([(-75, -9), (-74, -8.2), (-72.8, -7.9), (-71.5, -6.9)])),
        "police": layer_table(Point(-74.2, -8.5), MultiPoint([(-73, -7.4), (-72, -8.8)])),
        "frontier": layer_table(LineString([(-75.2, -6.5), (-71.4, -6.4)])),
    }


def points(codes: list[str]) -> gpd.GeoDataFrame:
    """Population points as the store has them: two that are large enough, one of them hostile."""
    rows = [
        (codes[9], "Puerto Callado", 900.0, (-74.013, -7.512)),
        (codes[8], IMG, 5000.0, (-74.0, -7.9)),
        (codes[8], "Caserío Chico", 499.0, (-74.0, -7.9)),
        (codes[8], None, 800.0, (-74.0, -7.9)),
        (None, "En Ningún Lado", 800.0, (-80.0, 0.0)),
        (codes[9], "Gente Desconocida", float("nan"), (-74.0, -7.5)),
    ]
    table = pd.DataFrame(rows, columns=["code", "name", "people", "at"])
    geometry = [Point(at) for at in table.pop("at")]
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


def settlements(codes: list[str]) -> pd.DataFrame:
    """Those of ``points`` that a search may find, as ``Beside`` has them."""
    rows = [(IMG, codes[8], -74.0, -7.9), ("Puerto Callado", codes[9], -74.013, -7.512)]
    return pd.DataFrame(rows, columns=["name", "code", "lon", "lat"])
