"""A plan, after disclosure, as a workbook: where teams go, what limits cost, what is assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from maps.export import harmless
from maps.plan_text import plan_said
from maps.words import Language, Words, words

Json = Mapping[str, Any]
SITES = ("state", "id", "name", "code", "department", "lat", "lon", "cost")
DISTRICTS = ("district", "code", "department", "reached", "people", "from", "minutes")
ENDS = ("mean", "low", "high")
WIDEST = 60  # characters of a column


def write_workbook(told: Json, path: Path, language: Language) -> None:
    """Sheets in words; every clock in the file is the first day of the target year."""
    say, said = words(language), plan_said(told, language)
    book = new_workbook(told, say("plan.label"))
    write_sheet(
        book, say("plan.sites"), _columns(say), [_site(site, say) for site in told["sites"]]
    )
    heads = [say("plan_column.limit"), *(say(f"plan_column.more_{end}") for end in ENDS)]
    limits = [[say(f"plan_limit.{one['limit']}"), *_ends(one["cases"])] for one in told["limits"]]
    write_sheet(book, say("plan_column.limits"), heads, limits)
    heads = [say(f"plan_column.{name}") for name in DISTRICTS]
    write_sheet(book, say("plan_column.districts"), heads, _districts(told))
    notes = [said["head"], said["asked"], *said["reached"], *said["notes"]]
    write_sheet(book, say("plan_column.notes"), [say("plan.label")], [[one] for one in notes])
    save_workbook(book, told, path)


def _columns(say: Words) -> list[str]:
    cases = [say(f"plan_column.cases_{end}") for end in ENDS]
    last = [say("plan_column.people"), say("plan_column.belongs")]
    return [*(say(f"plan_column.{name}") for name in SITES), *cases, *last]


def _site(site: Json, say: Words) -> list[object]:
    state = "existing" if site["existing"] else "chosen" if site["chosen"] else "nearly"
    return [
        say(f"plan_column.{state}"),
        *(site[name] for name in SITES[1:]),
        *_ends(site["cases_reached"]),
        site["people"],
        site["belongs"],
    ]


def _districts(told: Json) -> list[list[object]]:
    """Those that are reached, and those that are not; of the way to a capital, its minutes."""
    places = {site["id"]: site["name"] for site in told["sites"]}
    minutes = {way["code"]: way["minutes"] for way in told.get("routes", ())}
    return [
        [
            *(one[name] for name in ("name", "code", "department", "reached", "people")),
            places.get(one["site"]),
            minutes.get(one["code"]),
        ]
        for one in told.get("districts", ())
    ]


def _ends(found: Json) -> list[object]:
    return [found[end] for end in ENDS]


def new_workbook(told: Json, title: str) -> Workbook:
    """A workbook without sheets."""
    book = Workbook()
    book.properties.creator, book.properties.title = "vigia", title
    book.properties.created = book.properties.modified = _stamp(told)
    book.remove(book.worksheets[0])
    return book


def _stamp(told: Json) -> datetime:
    return datetime(int(told["target_year"]), 1, 1)  # noqa: DTZ001 - files know no time zones


def write_sheet(
    book: Workbook, title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Add a sheet: what would be a formula is text, and the heads stay in sight."""
    sheet: Worksheet = book.create_sheet(title)
    for row in [heads, *rows]:
        sheet.append([_cell(one) for one in row])
    for column in sheet.columns:
        longest = max(len(str(cell.value)) for cell in column if cell.value is not None)
        sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, WIDEST)
        column[0].font = Font(bold=True)
        for cell in column:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _cell(value: object) -> object:
    """What a spreadsheet may hold, and does not run."""
    return harmless(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value


def save_workbook(book: Workbook, told: Json, path: Path) -> None:
    """The same workbook, the same bytes: openpyxl stamps what it packs with the present."""
    packed = BytesIO()
    ExcelWriter(book, ZipFile(packed, "w", ZIP_DEFLATED)).save()  # closes the archive
    with ZipFile(packed) as made, ZipFile(path, "w", ZIP_DEFLATED) as kept:
        for name in made.namelist():
            kept.writestr(
                ZipInfo(name, _stamp(told).timetuple()[:6]), made.read(name), ZIP_DEFLATED
            )
