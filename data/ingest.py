"""From the files of a project to canonical tables, each with an account of every row.

Nothing is stored here, and no file stops the reading of the others: whoever corrects a project sees
everything at once. docs/ingest.md has the tables and the meaning of every finding.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - "date" is what inputs call their own
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from data.checks import rasters
from data.checks.ledger import Ledger
from data.checks.region import Region
from data.checks.sections import SECTIONS, inputs_of
from data.checks.sheet import Sheet
from data.grids import Grid
from data.kinds import KINDS
from data.records import InputTable
from data.sources import raster
from data.sources.raw import RefusedError
from data.sources.registry import read_raw, shape_parts
from vigia.project import Project
from vigia.settings import FileInput, LayerInput

Progress = Callable[[str, int, int], None]
BY_THE_CLOCK = "future_date"
MAP = ("districts",)
RESTS_ON = {"districts": (), "cases": ("districts", "areas", "crosswalks")}  # the others on the map
# What only says how a layer is shown or used: a change of it is no new version of the file.
NOT_HOW_TO_READ = {
    "label",
    "label_en",
    "role",
    "service",
    "factors",
    "draw",
    "shown",
    "shelf_life_years",
    "register_name",
    "absent",
    "stage",
    "approximate",
    "path",
    "points",
    "capitals",
    "official_area",
    "series",
}
# Keys that came after the first stores, and count only where they are given.
IF_GIVEN = ("band", "year_in_name", "nodata")


def read_inputs(
    project: Project, progress: Progress, *, today: Date | None = None
) -> tuple[InputTable, ...]:
    """Read and check every file that the project file names.

    Parameters
    ----------
    progress : callable
        Called with a label, files done and files in all.
    today : date, optional
        What lies after it is refused a row's place; by default the day in the area's time zone.

    Returns
    -------
    tuple of InputTable
        One for each file, the districts first. A refused one has a finding of severity error and
        an empty table.

    Raises
    ------
    ProjectError
        When a path of the project file matches no file.
    """
    settings = project.settings
    if today is None:
        today = datetime.now(UTC).astimezone(ZoneInfo(settings.area.timezone)).date()
    files = [(key, spec, path) for key, spec in inputs_of(settings) for path in project.files(spec)]
    reading = _Reading(project, Region(settings.area, settings.districts, today))
    tables = []
    for done, (key, spec, path) in enumerate(files):
        progress("Reading inputs", done, len(files))
        tables.append(reading.read(key, spec, path))
    progress("Reading inputs", len(files), len(files))
    return tuple(tables)


@dataclass
class _Reading:
    """Files read so far, and what the next ones are checked against."""

    project: Project
    region: Region
    basis: dict[str, list[str]] = field(default_factory=dict)  # versions that checks rest on
    grids: set[tuple[str, tuple[int, ...]]] = field(default_factory=set)  # key and years of each

    def read(self, key: str, spec: FileInput, path: Path) -> InputTable:
        kind = key.split("/", 1)[0]
        content = _digest(path)
        ledger = Ledger()
        made = _Made(pd.DataFrame())
        try:
            made = self._checked(key, path, spec, ledger)
        except RefusedError as refused:
            ledger.tell(
                refused.code, "error", refused.message, column=refused.column, row=refused.row
            )
        table = made.table
        if not len(table) and not ledger.refused():
            ledger.tell("no_rows_left", "error", "No row of the file can be used.")
        report = ledger.report(key, self._name(path), content)
        table = table.reset_index(drop=True) if not report.refused else pd.DataFrame()
        item = InputTable(
            key=key,
            file=report.file,
            sha256=content,
            settings_sha256=self._settings_hash(
                kind, spec, report.codes()[BY_THE_CLOCK], _of_its_name(path, spec, made.beside)
            ),
            table=table,
            years=years_of(kind, table),
            source=spec.source,
            date=spec.date,
            licence=spec.licence,
            attribution=spec.attribution,
            note=spec.note,
            report=report,
            grid=made.grid if not report.refused else None,
        )
        self._remember(kind, item)
        return item

    def _checked(self, key: str, path: Path, spec: FileInput, ledger: Ledger) -> _Made:
        kind = key.split("/", 1)[0]
        if not (isinstance(spec, LayerInput) and spec.kind == "raster"):
            sheet = _opened(path, spec, kind, ledger)
            return _Made(SECTIONS[kind].check(sheet, spec, self.region), beside=shape_parts(path))
        ledger.open(1)
        raw = raster.read(path, spec)
        table, grid = rasters.check(raw, path.stem, spec, self.region, ledger)
        which = (key, years_of(kind, table))
        if which in self.grids:
            raise RefusedError(
                "several_rasters",
                "Another file of this layer is of the same year, or of none: join them into one, "
                "or have year_in_name tell them apart.",
            )
        self.grids.add(which)
        return _Made(table, grid, raw.beside)

    def _name(self, path: Path) -> str:
        folder = self.project.data_folder
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name

    def _settings_hash(
        self, kind: str, spec: FileInput, ahead: int, of_its_name: dict[str, Any]
    ) -> str:
        """Of all that the table depends on beside the file: settings, districts, the clock.

        The day counts only where it rejected rows, which another day would let in.
        """
        unsaid = {name for name in IF_GIVEN if name not in spec.model_fields_set}
        told: dict[str, Any] = spec.model_dump(mode="json", exclude=NOT_HOW_TO_READ | unsaid)
        told |= of_its_name
        told["checked_against"] = [self.basis.get(name, []) for name in RESTS_ON.get(kind, MAP)]
        told["outside_km"] = self.region.area.outside_km
        if ahead:
            told["today"] = self.region.today.isoformat()
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _remember(self, kind: str, made: InputTable) -> None:
        if kind not in ("districts", "areas", "crosswalks") or made.report.refused:
            return
        self.basis.setdefault(kind, []).extend((made.sha256, made.settings_sha256))
        if kind == "districts":
            before = self.region.districts
            both = made.table if before is None else pd.concat([before, made.table])
            districts = gpd.GeoDataFrame(both, geometry="geometry", crs="EPSG:4326")
            self.region = replace(
                self.region, districts=districts.sort_values("code", ignore_index=True)
            )
            return
        type_ = made.key.split("/", 1)[1]
        areas = made.table.reindex(columns=["area", "name"])
        known = [self.region.areas[type_]] if type_ in self.region.areas else []
        joined = pd.concat([*known, areas]).drop_duplicates("area", ignore_index=True)
        self.region = replace(self.region, areas={**self.region.areas, type_: joined})


@dataclass(frozen=True)
class _Made:
    """What came of a file, and the files that belong to it."""

    table: pd.DataFrame
    grid: Grid | None = None
    beside: tuple[Path, ...] = ()


def _of_its_name(path: Path, spec: FileInput, beside: tuple[Path, ...]) -> dict[str, Any]:
    """What the bytes of a file do not say of it: the year in its name, and files beside it."""
    told: dict[str, Any] = {}
    if isinstance(spec, LayerInput) and spec.year_in_name:
        told["named"] = path.stem
    if beside:
        told["beside"] = [[one.suffix.lower(), _digest(one)] for one in beside]
    return told


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path, spec: FileInput, kind: str, ledger: Ledger) -> Sheet:
    """A file's rows, once the columns that the project file names are there."""
    wanted = [*SECTIONS[kind].columns(spec), *(name for kept in spec.keep for name in kept)]
    raw = read_raw(path, spec, [name for name in wanted if name is not None])
    ledger.open(len(raw.frame))
    for code, message in raw.told.items():
        ledger.tell(code, "info", message, count=raw.counts.get(code, 1))
    sheet = Sheet(raw, spec, ledger)
    sheet.require(wanted)
    return sheet


def years_of(kind: str, table: pd.DataFrame) -> tuple[int, ...]:
    """Years that a table speaks of; none for kinds that know no year."""
    known = KINDS[kind]
    if known.first_year is None or known.first_year not in table.columns:
        return ()
    return tuple(sorted(set(_years(table, known.first_year, known.last_year))))


def _years(table: pd.DataFrame, first: str, last: str | None) -> Iterator[int]:
    begins = table[first].dropna()
    if pd.api.types.is_datetime64_any_dtype(begins):
        begins = begins.dt.year
    ends = table[last][begins.index] if last is not None else begins
    for begin, end in set(zip(begins, ends, strict=True)):
        yield from range(int(begin), int(end) + 1)
