"""Registers as they come: by month and station, with doubled blocks, lost zeros and stray codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from data.synthetic.files import write_csv
from data.synthetic.params import STAGES
from data.synthetic.region import Region
from data.synthetic.streams import stream

SPANISH = {"recruitment": "captacion", "transit": "transito", "exploitation": "explotacion"}
DOUBLED = 0.1  # share of the recruitment register's blocks (a station's year) that come twice
STRAY_ROWS = 3
NO_SUCH_DISTRICT = "99"  # no department has this number


def write_cases(region: Region, folder: Path) -> None:
    """One file a stage and level, and one of discovered cases for each stage that raids find."""
    folder.mkdir(parents=True, exist_ok=True)
    random = stream(region.params.seed, "registers")
    recruitment = monthly(region, "recruitment", random)
    doubled = with_doubled_blocks(recruitment, random)
    write_csv(folder / "captacion_distrito.csv", doubled, sep=";", encoding="utf-8-sig")
    transit = yearly(region, "transit")
    transit["UBIGEO"] = transit["UBIGEO"].str.lstrip("0")  # as a spreadsheet leaves them
    write_csv(folder / "transito_distrito.csv", transit)
    exploitation = monthly(region, "exploitation", random)
    stray = with_stray_codes(exploitation, random)
    write_csv(folder / "explotacion_distrito.csv", stray, sep=";", encoding="latin-1")
    for stage in STAGES:
        write_csv(folder / f"{SPANISH[stage]}_provincia.csv", by_province(region, stage))
        write_csv(folder / f"{SPANISH[stage]}_departamento.csv", by_department(region, stage))
    for stage in ("transit", "exploitation"):
        write_csv(folder / f"{SPANISH[stage]}_operativos.csv", discovered(region, stage))


def yearly(region: Region, stage: str) -> pd.DataFrame:
    """A row for each district and year with a recorded case; the others are not in the file."""
    count = region.recorded.at_district[stage]
    row, year = np.nonzero(count)
    return pd.DataFrame(
        {
            "UBIGEO": region.districts.code[row],
            "ANIO": np.array(region.params.counted_years)[year],
            "CASOS": count[row, year],
        }
    )


def monthly(region: Region, stage: str, random: np.random.Generator) -> pd.DataFrame:
    """The same by month, with the station that took the complaint."""
    cases = yearly(region, stage)
    each = cases.loc[cases.index.repeat(cases["CASOS"]), ["UBIGEO", "ANIO"]]
    each["MES"] = random.integers(1, 13, len(each))
    counted = each.value_counts(sort=False).rename("CASOS").reset_index()
    name = dict(zip(region.districts.code, region.districts.name, strict=True))
    counted.insert(3, "COMISARIA", "Comisaría de " + counted["UBIGEO"].map(name))
    return counted


def with_doubled_blocks(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Some stations' years a second time, word for word, at the end of the file."""
    blocks = rows[["UBIGEO", "ANIO"]].drop_duplicates()
    count = max(1, round(DOUBLED * len(blocks)))
    drawn = blocks.iloc[np.sort(random.choice(len(blocks), count, replace=False))]
    return pd.concat([rows, rows.merge(drawn)], ignore_index=True)


def with_stray_codes(rows: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Some rows of districts that are not of this region; they belong to no truth here."""
    drawn = rows.iloc[np.sort(random.choice(len(rows), min(STRAY_ROWS, len(rows)), replace=False))]
    number = [f"{NO_SUCH_DISTRICT}01{place:02d}" for place in range(1, len(drawn) + 1)]
    stray = drawn.assign(UBIGEO=number, COMISARIA="Comisaría de otra región")
    return pd.concat([rows, stray], ignore_index=True)


def by_province(region: Region, stage: str) -> pd.DataFrame:
    """Cases known by province alone, a row for each province and year, by code."""
    codes, count = region_sums(region.districts.province_code, region.recorded.at_province[stage])
    years = region.params.counted_years
    return pd.DataFrame(
        {
            "IDPROV": np.repeat(codes, len(years)),
            "ANIO": np.tile(years, len(codes)),
            "CASOS": count.ravel(),
        }
    )


def by_department(region: Region, stage: str) -> pd.DataFrame:
    """Cases known by department alone, by name, in capitals."""
    districts = region.districts
    codes, count = region_sums(districts.department_code, region.recorded.at_department[stage])
    name = dict(zip(districts.department_code, districts.department, strict=True))
    years = region.params.counted_years
    return pd.DataFrame(
        {
            "DEPARTAMENTO": np.repeat([name[code].upper() for code in codes], len(years)),
            "ANIO": np.tile(years, len(codes)),
            "CASOS": count.ravel(),
        }
    )


def region_sums(code: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes, and counts per code and year."""
    codes, which = np.unique(code, return_inverse=True)
    total = np.zeros((len(codes), count.shape[1]), dtype=int)
    np.add.at(total, which, count)
    return codes, total


def discovered(region: Region, stage: str) -> pd.DataFrame:
    """What raids and checkpoints found; 0 is a raid that found nothing."""
    raids = region.effort[(region.effort["stage"] == stage) & (region.effort["method"] != "visit")]
    found = raids.groupby(["code", "year"])["found"].sum().reset_index()
    return found.set_axis(["UBIGEO", "ANIO", "CASOS"], axis="columns")
