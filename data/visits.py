"""Where teams went and what they found, kept in a file of the project that ingest reads as effort.

``visits.csv`` is an ``[[effort]]`` input like any other, so that no second way leads into training:
what is written here has passed the very checks of ingest, and more. Rows are only ever added. What
was found is a count of cases: no message holds a value of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from data.checks import effort
from data.checks.ledger import Ledger
from data.checks.region import Region
from data.checks.sheet import Sheet
from data.checks.values import FIRST_YEAR
from data.lock import project_lock
from data.rules import FORMULA_STARTS
from data.sources.raw import Raw, RefusedError
from data.sources.registry import read_raw
from data.store import Store
from data.visit_files import FILE, visits_input, with_section, write_whole
from vigia.errors import InputRefusedError, MissingStepError
from vigia.project import FILE_NAME, Project

Frame = pd.DataFrame
Problem = tuple[int | None, str | None, str]  # row from 1, column, sentence
Key = tuple[object, ...]
SPEC = visits_input(date.min)
COLUMNS = list(effort.COLUMNS)
AT_MOST = 1_000_000  # team-days, or found: more is a slip of the hand
LONGEST_METHOD = 40
WORDS = ("method", "outcome")
PROBLEMS_SHOWN = 8


@dataclass(frozen=True)
class Recorded:
    """What came of recording visits.

    Attributes
    ----------
    recorded, known : int
        Visits that are new, and those that the file had already.
    section_added : bool
        Whether ``vigia.toml`` came to name the file just now.
    teaches : bool
        Whether training learns from them: ``[model] discovered``.
    """

    recorded: int
    known: int
    section_added: bool
    teaches: bool


def record_visit(project: Project, **visit: str) -> Recorded:
    """Add one visit to the project's record.

    Parameters
    ----------
    **visit : str
        code, date, team_days, method, outcome, found; all as text, "" for none.

    Raises
    ------
    InputRefusedError
        When anything of it cannot be, or the same visit is recorded already.
    MissingStepError
        When no districts are stored yet.
    """
    done = _record(project, pd.DataFrame([visit], columns=COLUMNS, dtype="str"), "The visit")
    if done.known:
        raise InputRefusedError(
            "The same visit is recorded already.",
            hint="Two teams that went together are one visit, with the team-days of both.",
        )
    return done


def import_visits(project: Project, file: Path) -> Recorded:
    """Add the visits of a table with the columns of ``visits.csv``, all or none.

    Visits that are recorded already are not added again.

    Raises
    ------
    InputRefusedError
        When the file cannot be read, or anything in it cannot be: it says which rows.
    MissingStepError
        When no districts are stored yet.
    """
    return _record(project, _read(file), file.name)


def recorded_visits(project: Project) -> tuple[Frame, int]:
    """Visits by date and district, as ingest takes them, and how many rows it does not take.

    The table has COLUMNS; nothing of it is handed on but through ``data.disclosure``.
    """
    path = project.data_folder / FILE
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS), 0
    frame = _read(path)
    table = _checked(frame, _region(project)).table
    return table.sort_values(["date", "code"], kind="stable"), len(frame) - len(table)


def _record(project: Project, new: Frame, name: str) -> Recorded:
    """Check ``new``, and add what the file does not have yet."""
    with project_lock(project):
        region = _region(project)
        if region.districts is None:
            raise MissingStepError(
                "No districts are stored yet, so no visit can be placed.",
                hint="Run vigia ingest first.",
            )
        toml, path = project.folder / FILE_NAME, project.data_folder / FILE
        was = toml.read_bytes()
        becomes = with_section(was, region.today)
        checked = _checked(new, region)
        _refuse(name, [*checked.problems, *_more_problems(checked.table, project)], len(new))
        before = _read(path) if path.exists() else pd.DataFrame(columns=COLUMNS, dtype="str")
        known = set(_keys(_checked(before, region).table))
        again = [_met(key, known) for key in _keys(checked.table)]
        added = _as_text(checked)[[not one for one in again]]
        if len(added):
            whole = pd.concat([before, added.reindex(columns=before.columns, fill_value="")])
            write_whole(path, whole.to_csv(index=False, lineterminator="\n").encode())
        unnamed = becomes != was and path.exists()
        if unnamed:  # after the file that it names: no project file names one that is not there
            write_whole(toml, becomes)
        return Recorded(
            recorded=len(added),
            known=sum(again),
            section_added=unnamed,
            teaches=project.settings.model.discovered,
        )


def _region(project: Project) -> Region:
    """Districts as they are stored, and the day where they are."""
    settings = project.settings
    today = datetime.now(UTC).astimezone(ZoneInfo(settings.area.timezone)).date()
    with Store.open(project.store_url()) as store:
        districts: gpd.GeoDataFrame = store.districts(store.snapshot())
    known = districts if len(districts) else None
    return Region(settings.area, settings.districts, today, known)


def _read(file: Path) -> Frame:
    """Rows of a file with all columns of a visit."""
    try:
        raw = read_raw(file, SPEC, COLUMNS)
        _sheet(raw.frame).require(COLUMNS)
    except RefusedError as refused:
        row = f"row {refused.row}: " if refused.row is not None else ""
        raise InputRefusedError(
            f"{file.name}: {row}{refused.message}",
            hint=f"A table of visits has the columns {', '.join(COLUMNS)}; nothing was recorded.",
        ) from None
    return raw.frame


def _sheet(frame: Frame) -> Sheet:
    ledger = Ledger()
    ledger.open(len(frame))
    return Sheet(Raw(frame.reset_index(drop=True)), SPEC, ledger)


@dataclass(frozen=True)
class _Checked:
    """Rows that ingest takes, their codes as given, and what is wrong with the others."""

    table: Frame
    given_codes: pd.Series
    problems: list[Problem]


def _checked(frame: Frame, region: Region) -> _Checked:
    sheet = _sheet(frame)
    table = effort.check(sheet, SPEC, region)
    given = sheet.text("code")[table.index].str.zfill(region.digits("district"))
    return _Checked(
        table=table,
        given_codes=given.where(given.isin(region.changes), table["code"]),
        problems=[
            (finding.row, finding.column, finding.message)
            for finding in sheet.ledger.findings
            if finding.severity == "error" or finding.fate == "rejected"
        ],
    )


def _more_problems(table: Frame, project: Project) -> Iterator[Problem]:
    """What ingest lets pass in files of others, and a record of one's own need not have."""
    outcomes = sorted({spec.outcome for spec in project.settings.cases})
    method = table["method"].astype("object").where(table["method"].notna(), "")
    bad_method = method.str.len().gt(LONGEST_METHOD) | ~method.map(str.isprintable)
    bad_method |= method.str.startswith(FORMULA_STARTS)
    days, found = table["team_days"], table["found"]
    none, counted = table["outcome"].isna(), found.notna()
    rules: tuple[tuple[pd.Series, str, str], ...] = (
        (table["date"].dt.year < FIRST_YEAR, "date", f"No visit was before {FIRST_YEAR}."),
        (days.isna(), "team_days", "No number of team-days is given."),
        (
            (days == 0) | (days > AT_MOST),
            "team_days",
            f"Team-days are more than 0 and at most {AT_MOST:,}: 3 teams for half a day are 1.5.",
        ),
        (method == "", "method", "No method is given, such as raid or visit."),
        (
            bad_method,
            "method",
            f"A method is one line of at most {LONGEST_METHOD} letters, such as raid or visit.",
        ),
        (
            ~none & ~table["outcome"].isin(outcomes),
            "outcome",
            f"No [[cases]] counts this outcome: there are {', '.join(outcomes) or 'none'}.",
        ),
        (none & counted, "outcome", "Something was found, and no outcome says of what."),
        (
            ~none & ~counted,
            "found",
            "An outcome was looked for: say how many were found, if only 0.",
        ),
        (
            (found > AT_MOST) | (counted & (found % 1 != 0)),
            "found",
            f"What was found is a whole number, at most {AT_MOST:,}.",
        ),
    )
    for wrong, column, sentence in rules:
        yield from ((int(row) + 1, column, sentence) for row in table.index[wrong])


def _refuse(name: str, problems: list[Problem], rows: int) -> None:
    """Raise what is wrong, the first rows first; of a single visit without its row."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem[0] or 0)
    told = [
        f"{f'row {row}, ' if row is not None and rows > 1 else ''}{column or 'row'}: {sentence}"
        for row, column, sentence in ordered[:PROBLEMS_SHOWN]
    ]
    if more := len(ordered) - len(told):
        told.append(f"and {more} more.")
    raise InputRefusedError(
        f"{name} cannot be recorded: {' '.join(told)}", hint="Nothing was recorded."
    )


def _keys(table: Frame) -> Iterator[Key]:
    """Rows in a form in which the same visits are equal."""
    plain = table.astype("object").where(table.notna(), None)
    return plain[COLUMNS].itertuples(index=False, name=None)


def _met(key: Key, known: set[Key]) -> bool:
    """Whether a row is in ``known``, where it is from now on."""
    met = key in known
    known.add(key)
    return met


def _as_text(checked: _Checked) -> Frame:
    """Rows as they are written."""
    table = checked.table
    numbers = {name: table[name].map(_number) for name in ("team_days", "found")}
    words = {name: table[name].astype("object").where(table[name].notna(), "") for name in WORDS}
    day = table["date"].dt.strftime("%Y-%m-%d")
    return table.assign(code=checked.given_codes, date=day, **numbers, **words)[COLUMNS]


def _number(value: float) -> str:
    if pd.isna(value):
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))
