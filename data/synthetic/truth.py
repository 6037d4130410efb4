"""The truth, in a folder that no project file names: for tests and benchmarks alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from data.synthetic.params import SEASONS, STAGES
from data.synthetic.region import Region

NEXT_TO_NOBODY = 1e-4  # people a year


def write_truth(region: Region, folder: Path, version: int) -> None:
    """Every table of docs/synthetic.md as Parquet, and what was drawn as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "rates": rates_table(region),
        "factors": factors_table(region),
        "fields": fields_table(region),
        "neighbours": neighbours_table(region),
        "travel": travel_table(region),
        "flows": flows_table(region),
        "effort": region.effort.drop(columns="row"),
    }
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "params.json").write_text(
        json.dumps(drawn(region, version), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )


def rates_table(region: Region) -> pd.DataFrame:
    """District, year, stage: the true rate, and what became of the cases."""
    params, recorded = region.params, region.recorded
    codes, years = region.districts.code, params.rate_years
    parts = []
    for stage in STAGES:
        counted = (len(codes), params.years)
        found = np.zeros(counted, dtype=int)
        effort = region.effort[region.effort["stage"] == stage]
        np.add.at(found, (effort["row"], effort["year"] - params.first_year), effort["found"])
        parts.append(
            pd.DataFrame(
                {
                    "code": np.repeat(codes, len(years)),
                    "year": np.tile(years, len(codes)),
                    "stage": stage,
                    "people": region.people[:, 1:].ravel(),
                    "rate_per_100k": region.rates.rate[stage].ravel(),
                    "expected": region.expected[stage].ravel(),
                    "recorded_share": ahead(recorded.probability[stage]).ravel(),
                    "cases": whole(recorded.true[stage]),
                    "at_district": whole(recorded.at_district[stage]),
                    "at_province": whole(recorded.at_province[stage]),
                    "at_department": whole(recorded.at_department[stage]),
                    "found": whole(found),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def ahead(counted: np.ndarray) -> np.ndarray:
    """Years counted, and one that is not: missing."""
    return np.column_stack([counted, np.full(len(counted), np.nan)])


def whole(counted: np.ndarray) -> pd.Series:
    """The same as whole numbers, in one column."""
    return pd.Series(ahead(counted).ravel()).astype("Int64")


def factors_table(region: Region) -> pd.DataFrame:
    """District, year: every factor as the true rate had it."""
    codes, years = region.districts.code, region.params.rate_years
    columns = {name: value.ravel() for name, value in sorted(region.rates.factors.items())}
    return pd.DataFrame(
        {"code": np.repeat(codes, len(years)), "year": np.tile(years, len(codes)), **columns}
    )


def fields_table(region: Region) -> pd.DataFrame:
    """District, stage: the spatial field on the log rate."""
    codes = region.districts.code
    return pd.DataFrame(
        {
            "code": np.tile(codes, len(STAGES)),
            "stage": np.repeat(STAGES, len(codes)),
            "field": np.concatenate([region.rates.field[stage] for stage in STAGES]),
        }
    )


def neighbours_table(region: Region) -> pd.DataFrame:
    """Pairs of districts with a common border, each once."""
    codes = region.districts.code[region.districts.neighbours]
    return pd.DataFrame({"code": codes[:, 0], "other": codes[:, 1]})


def travel_table(region: Region) -> pd.DataFrame:
    """District, year, season: minutes to the nearest post, person-weighted and from the capital."""
    districts, years = region.districts, region.params.counted_years
    parts = []
    for season in SEASONS:
        minutes = region.minutes_to_post[season]
        mean = np.column_stack([districts.mean_of_people(year) for year in minutes.T])
        parts.append(
            pd.DataFrame(
                {
                    "code": np.repeat(districts.code, len(years)),
                    "year": np.tile(years, len(districts)),
                    "season": season,
                    "mean_minutes": mean.ravel(),
                    "capital_minutes": minutes[districts.capital].ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def flows_table(region: Region) -> pd.DataFrame:
    """Origin and destination: people moved in the year to be predicted, and minutes between.

    Pairs between which next to nobody moves are left out.
    """
    districts, flows = region.districts, region.rates.flows
    destination = districts.code[districts.district_of[flows.hub]]
    table = pd.DataFrame(
        {
            "origin": np.repeat(districts.code, len(destination)),
            "destination": np.tile(destination, len(districts)),
            "is_crossing": np.tile(flows.is_crossing, len(districts)),
            "minutes": flows.minutes.ravel(),
            "people_moved": flows.moved[:, :, -1].ravel(),
        }
    )
    return table[table["people_moved"] >= NEXT_TO_NOBODY].reset_index(drop=True)


def drawn(region: Region, version: int) -> dict[str, object]:
    """Parameters, and the numbers drawn from priors or settled by them."""
    rates, recorded = region.rates, region.recorded
    return {
        "version": version,
        "params": asdict(region.params),
        "intercept": rates.intercept,
        "coefficients": rates.coefficients,
        "year_effect": {s: rates.year_effect[s].tolist() for s in STAGES},
        "reporting_level": recorded.level,
        "reporting_slope": recorded.slope,
    }
