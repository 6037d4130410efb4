"""A plan, after disclosure, as files: JSON, CSV, a workbook, GeoPackage, a calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import LineString

from maps import itineraries_files
from maps.export import fixed_gdal_clock, write_harmless
from maps.files import written_whole
from maps.itineraries_files import write_json
from maps.plan_sheets import write_workbook
from maps.words import Language
from vigia.errors import PlanRequestError

Json = Mapping[str, Any]


def check_suffix(path: Path, kind: str = "sites") -> None:
    """Raise a PlanRequestError for a file that no plan of the kind is written to."""
    known = tuple(WRITERS_OF[kind])
    if path.suffix not in known:
        raise PlanRequestError(
            f"A plan of {kind} is not written to {path.name!r}.",
            hint=f"End its name in {_or(known)}.",
        )


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def write_plan(told: Json, path: Path, language: Language = "es") -> None:
    """Write a plan whole or not at all; the same plan gives the same bytes.

    Parameters
    ----------
    told : mapping
        What ``data.disclosure.release_plan`` let out.
    path : Path
        JSON has all of it; CSV and GeoPackage have a row for each site or visit, a workbook
        (.xlsx) that and more in words; itineraries also make a calendar (.ics).
    language : {"es", "en"}
        Of workbook and calendar.
    """
    writers = WRITERS_OF[told.get("kind", "sites")]
    check_suffix(path, told.get("kind", "sites"))
    with written_whole(path, path.suffix) as half:
        writers[path.suffix](told, half, language)


def plan_file(told: Json, suffix: str, language: Language) -> bytes:
    """The content of such a file, without leaving one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"plan{suffix}"
        write_plan(told, path, language)
        return path.read_bytes()


def _write_csv(told: Json, path: Path, _: Language) -> None:
    write_harmless(site_table(told), path)


def _write_gpkg(told: Json, path: Path, _: Language) -> None:
    table = site_table(told)
    at = gpd.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    with fixed_gdal_clock(int(told["target_year"])):
        gpd.GeoDataFrame(table, geometry=at).to_file(path, driver="GPKG", layer="sites")
        if ways := told.get("routes"):
            lines = [LineString(way["line"]) for way in ways]
            columns = pd.DataFrame(ways)[["site", "code", "minutes"]]
            ways = gpd.GeoDataFrame(
                columns.assign(run=told["run"]), geometry=lines, crs="EPSG:4326"
            )
            ways.to_file(path, driver="GPKG", layer="routes")


Writers = Mapping[str, Callable[[Json, Path, Language], None]]
WRITERS_OF: Mapping[str, Writers] = {
    "sites": {
        ".json": write_json,
        ".csv": _write_csv,
        ".xlsx": write_workbook,
        ".gpkg": _write_gpkg,
    },
    "itineraries": {
        ".json": write_json,
        ".csv": itineraries_files.write_csv,
        ".xlsx": itineraries_files.write_xlsx,
        ".gpkg": itineraries_files.write_gpkg,
        ".ics": itineraries_files.write_ics,
    },
}


def site_table(told: Json) -> pd.DataFrame:
    """A row for each site, with the run that it rests on."""
    rows = [
        {
            **{key: site[key] for key in ("id", "name", "code", "department")},
            **{key: site[key] for key in ("lon", "lat", "chosen", "existing", "cost")},
            "cases_reached": site["cases_reached"]["mean"],
            "cases_reached_low": site["cases_reached"]["low"],
            "cases_reached_high": site["cases_reached"]["high"],
            "people": site["people"],
            "belongs": site["belongs"],
            "outcome": told["outcome"],
            "season": told["request"]["season"],
            "reach_minutes": told["request"]["reach_minutes"],
            "run": told["run"],
            "target_year": told["target_year"],
            "notes": " ".join(told["notes"]),
        }
        for site in told["sites"]
    ]
    return pd.DataFrame(rows)
