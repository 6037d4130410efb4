"""Recorded cases. No finding holds a value of the file: only row, column and reason."""

from __future__ import annotations

import pandas as pd

from data.checks.case_rows import check_counts, settle_repeats, tell_missing, zero_blocks
from data.checks.codes import read_codes, settle
from data.checks.names import settle_names
from data.checks.region import Region
from data.checks.sheet import Sheet
from data.checks.times import not_yet, read_years
from data.sources.raw import RefusedError
from vigia.settings import CasesInput

COLUMNS = (
    "outcome",
    "area_type",
    "area",
    "year_from",
    "year_to",
    "detection",
    "count",
    "observed",
)
KEYS = ["area_type", "area", "year_from", "year_to", "detection"]
DETECTIONS = ("reported", "discovered")
UNPLACED = (
    "ambiguous_name",
    "bad_period",
    "bad_year",
    "missing_code",
    "missing_year",
    "unknown_detection",
    "unknown_name",
)
Frame = pd.DataFrame


def columns(spec: CasesInput) -> list[str | None]:
    """Columns that the project file names."""
    return [
        spec.area,
        *spec.area_names,
        spec.year_column,
        spec.year_to_column,
        spec.count,
        spec.detection_column,
        spec.observed,
    ]


def check(sheet: Sheet, spec: CasesInput, region: Region) -> Frame:
    """The canonical table: one row per area, period and way of detection."""
    if spec.approximate:
        told = f"The areas are an approximation. {spec.approximate}"
        sheet.ledger.tell("approximate_areas", "info", told)
    tell_missing(sheet, spec)
    table = settle_repeats(sheet, sheet.table(), spec)
    table = zero_blocks(sheet, table, spec)
    table = sheet.keep(table)
    table = check_counts(sheet, table, spec)
    table = _with_period(sheet, table, spec, region)
    table = _with_detection(sheet, table, spec)
    table = _with_area(sheet, table, spec, region)
    _absence_is_sure(sheet, spec)
    _conflicts(sheet, table, spec)
    table = _without_bare(sheet, table)
    table = _summed(sheet, table)
    _overlapping_periods(sheet, table, spec)
    return table.assign(outcome=spec.outcome)[list(COLUMNS)]


def _with_period(sheet: Sheet, table: Frame, spec: CasesInput, region: Region) -> Frame:
    table = read_years(sheet, table, spec.year, spec.year_column, "year_from")
    last = "year_from" if spec.year_to_column is None else "year_to"
    if spec.year_to_column is None:
        table = table.assign(year_to=table["year_from"])
    else:
        table = read_years(sheet, table, None, spec.year_to_column, "year_to")
    column = spec.year_to_column or spec.year_column or ""
    table = not_yet(sheet, table, table[last], region.today.year, column)
    return sheet.drop(
        table,
        table["year_to"] < table["year_from"],
        "bad_period",
        "The period ends before it begins.",
        column=spec.year_to_column,
    )


def _with_detection(sheet: Sheet, table: Frame, spec: CasesInput) -> Frame:
    if spec.detection_column is None:
        return table.assign(detection=spec.detection)
    told = sheet.text(spec.detection_column)[table.index].str.lower()
    told = told.where(told != "", spec.detection)
    return sheet.drop(
        table.assign(detection=told),
        ~told.isin(DETECTIONS),
        "unknown_detection",
        f"The way of detection is neither {' nor '.join(DETECTIONS)}.",
        column=spec.detection_column,
    )


def _with_area(sheet: Sheet, table: Frame, spec: CasesInput, region: Region) -> Frame:
    if spec.area_names:
        return settle_names(sheet, table, spec, region)
    column = spec.area or ""
    if spec.area_type == "district":
        table = read_codes(sheet, table, column, region)
        return settle(sheet, table, column, region)
    if spec.area_type in ("province", "department"):
        table = read_codes(sheet, table, column, region, spec.area_type)
        known = region.known(spec.area_type)
    else:
        codes = sheet.text(column)[table.index]
        table = sheet.drop(
            table.assign(code=codes),
            codes == "",
            "missing_code",
            "The row has no code.",
            column=column,
        )
        known = _declared(spec, region)
    table = table.assign(area_type=spec.area_type, area=table["code"])
    if region.districts is None:
        return table
    return sheet.drop(
        table,
        ~table["area"].isin(known),
        "unknown_area",
        f"There is no {spec.area_type} of this code.",
        column=column,
    )


def _declared(spec: CasesInput, region: Region) -> frozenset[str]:
    known = region.areas.get(spec.area_type)
    if known is None:
        raise RefusedError(
            "unknown_area_type",
            f"Nothing says what areas of the type {spec.area_type!r} are: add [[areas]] or "
            "[[crosswalks]] with that id.",
        )
    return frozenset(known["area"])


def _conflicts(sheet: Sheet, table: Frame, spec: CasesInput) -> None:
    """Two different counts of one area and period, where a row is meant to be the whole count."""
    if spec.grain == "part":
        return
    once = table[~table["again"]]
    sheet.tell(
        once.index[once.duplicated(["code", *KEYS[2:]], keep=False)],
        "conflicting_duplicate",
        "Two rows count for the same area and period, and are not the same: which is right? "
        'If they are parts to be added up, say grain = "part".',
        column=spec.count,
        severity="error",
    )


def _absence_is_sure(sheet: Sheet, spec: CasesInput) -> None:
    """Where no row means zero, a row that cannot be placed may leave a zero that is none."""
    lost = sum(found.count for found in sheet.ledger.findings if found.code in UNPLACED)
    if lost and spec.absent == "zero" and spec.area_type == "district":
        sheet.ledger.tell(
            "absence_not_sure",
            "warning",
            'With absent = "zero" a district without a row has no cases, but some rows could not '
            "be given a district, a year or a way of detection: theirs may count as zero. "
            'Correct these rows, or say absent = "unobserved".',
            count=lost,
        )


def _without_bare(sheet: Sheet, table: Frame) -> Frame:
    """Parts without a count go where others have one; else the area stays, as unobserved."""
    counted = (~table["bare"]).groupby([table[key] for key in KEYS]).transform("any")
    beside = table["bare"] & counted
    sheet.ledger.give(table.index[beside], "rejected")
    return table[~beside]


def _summed(sheet: Sheet, table: Frame) -> Frame:
    """One row per area and period; observed where any part of it is, and told where not all."""
    again = table.duplicated(KEYS, keep=False)
    if not again.any():
        return table
    moved = pd.Series(sheet.ledger.fates, index=sheet.index)[table.index]
    table = table.assign(_moved=moved).sort_values([*KEYS, "_moved"], kind="stable")
    groups = table.groupby(KEYS, sort=False)
    some, every = groups["observed"].transform("any"), groups["observed"].transform("all")
    sums = groups["count"].transform("sum", min_count=1)
    rest = table.duplicated(KEYS, keep="first")
    sheet.ledger.give(table.index[rest], "merged")
    sheet.tell(
        table.index[some & ~every & ~rest],
        "partly_observed",
        "Only some of the rows that are added up here are observed: the count is a lower bound.",
    )
    table = table.assign(count=sums, observed=some)[~rest]
    return table.drop(columns="_moved").sort_index()


def _overlapping_periods(sheet: Sheet, table: Frame, spec: CasesInput) -> None:
    """Periods of one area that share a year must never be added."""
    ordered = table.sort_values(["area_type", "area", "detection", "year_from", "year_to"])
    same = ["area_type", "area", "detection"]
    reached = ordered.assign(last=ordered.groupby(same)["year_to"].cummax())
    latest = reached.groupby(same)["last"].shift()
    sheet.tell(
        ordered.index[(ordered["year_from"] <= latest).to_numpy()].sort_values(),
        "overlapping_periods",
        "The period shares years with another one of the same area: they are never added.",
        column=spec.year_to_column or spec.year_column,
    )
