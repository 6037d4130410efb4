"""The published scores as one flat table: what exports write and the API answers with."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from maps.released import Released

PLACE = ("code", "name", "province_code", "province", "department_code", "department")
OUTCOME = ("outcome", "outcome_label", "stage")
NUMBERS = (
    "rate",
    "rate_low",
    "rate_high",
    "rank",
    "rank_low",
    "rank_high",
    "relative_risk",
    "rr_low",
    "rr_high",
    "score",
    "p_above_mean",
    "p_above_high",
    "p_below_mean",
    "p_above_threshold",
)
RANKS = ("rank", "rank_low", "rank_high")
RUN = ("run", "target_year", "warnings")
COLUMNS = (*PLACE, *OUTCOME, "level", "no_data_reason", "no_records", *NUMBERS, *RUN)


def score_table(released: Released) -> gpd.GeoDataFrame:
    """One row per outcome and district, sorted by both, with boundaries (EPSG:4326).

    Rates are cases per 100,000 people a year, and never stand without their interval; a number
    that is not known is missing, and ``no_data_reason`` says why. ``warnings`` are keys joined by
    spaces.
    """
    scores = released.scores.sort_values(["outcome", "code"], kind="stable")
    table = scores.merge(released.districts, on="code", how="inner", validate="many_to_one")
    table["outcome_label"] = table["outcome"].map({o.id: o.label for o in released.outcomes})
    table["run"] = released.run_id
    table["target_year"] = released.target_year
    warnings = {o.id: " ".join(released.warnings_of(o.id)) for o in released.outcomes}
    table["warnings"] = table["outcome"].map(warnings)
    table["no_records"] = table["no_records"].astype(bool)
    table["no_data_reason"] = table["no_data_reason"].replace("", None)
    for name in RANKS:
        table[name] = table[name].round().astype("Int64")
    return gpd.GeoDataFrame(table[[*COLUMNS, "geometry"]], crs="EPSG:4326")


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values: what is missing is None, never NaN and never 0."""
    plain = pd.DataFrame(table[list(COLUMNS)])
    records = plain.astype(object).where(plain.notna(), None).to_dict("records")
    return [
        {str(name): value for name, value in row.items()} | {"warnings": row["warnings"].split()}
        for row in records
    ]
