"""Taking inputs in: every version is kept, and which one stands is switched in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, delete, func, insert, select

from data.changes import NOTHING, compare
from data.frames import read_frame, write_frame
from data.grids import write_grid
from data.kinds import Kind, kind_of
from data.records import Finding, InputReport, InputTable
from data.snapshot import Entry, Snapshot, input_id, take_over
from data.tables import inputs, purged, standing

Frame = pd.DataFrame


@dataclass(frozen=True)
class Known:
    """A version as the store has it."""

    number: int
    years: tuple[int, ...] | None  # None: knows no year; (): all of them were purged
    spatial: bool


def current_snapshot(connection: Connection) -> Snapshot:
    """What stands now."""
    rows = connection.execute(
        select(standing.c.key, standing.c.years, inputs.c.id).join(inputs)
    ).all()
    entries: dict[str, tuple[Entry, ...]] = {}
    for row in rows:
        entries[row.key] = (*entries.get(row.key, ()), Entry(tuple(row.years), row.id))
    return Snapshot(entries)


def contact_versions(connection: Connection) -> list[str]:
    """Ids of the tables of contacts that stand: inputs that are told without a training."""
    keys = standing.c.key.like("contacts/%")
    rows = select(inputs.c.id).join(standing).where(keys).order_by(inputs.c.id)
    return list(connection.execute(rows).scalars())


def known_inputs(connection: Connection, ids: Sequence[str]) -> dict[str, Known]:
    """Those of ``ids`` that the store has."""
    rows = connection.execute(
        select(inputs.c.id, inputs.c.number, inputs.c.years, inputs.c.spatial).where(
            inputs.c.id.in_(ids)
        )
    )
    return {
        row.id: Known(row.number, None if row.years is None else tuple(row.years), row.spatial)
        for row in rows
    }


def take_in(connection: Connection, items: Sequence[InputTable]) -> tuple[InputReport, ...]:
    """Store what is new, switch what stands, and say what that changed; inputs in their order."""
    groups: dict[str, list[InputTable]] = {}
    items = [_without(item, purged_years(connection, item.key)) for item in items]
    for item in items:
        groups.setdefault(item.key, []).append(item)
    before = current_snapshot(connection)
    told: dict[str, InputReport] = {}
    for key, group in groups.items():
        told |= _take_in_key(connection, before.of(key), group)
    return tuple(
        replace(item.report, changes=told[_id(item)].changes, unchanged=told[_id(item)].unchanged)
        for item in items
    )


def _take_in_key(
    connection: Connection, before: tuple[Entry, ...], group: Sequence[InputTable]
) -> dict[str, InputReport]:
    """Reports by input id."""
    kind = kind_of(group[0].key)
    known = known_inputs(connection, [_id(item) for item in group])
    new = list({_id(item): item for item in group if _id(item) not in known}.values())
    for item in new:
        known[_id(item)] = _add(connection, kind, item)
    entries = [
        Entry(known[_id(item)].years or (), _id(item))
        for item in group
        if known[_id(item)].years != ()
    ]
    after = take_over(before, entries)
    _stand(connection, group[0].key, before, after)
    changed = _changes(connection, kind, before, after, {entry.input_id for entry in entries})
    arrived = {*changed, *(_id(item) for item in new)}
    return {
        _id(item): replace(
            item.report,
            changes=changed.get(_id(item), dict(NOTHING)),
            unchanged=_id(item) not in arrived,
        )
        for item in group
    }


def purged_years(connection: Connection, key: str) -> frozenset[int]:
    """Years of a source that were removed for good."""
    return frozenset(connection.execute(select(purged.c.year).where(purged.c.key == key)).scalars())


def _without(item: InputTable, barred: frozenset[int]) -> InputTable:
    """The input without the years that were purged, and a finding that says so."""
    gone = sorted(barred.intersection(item.years))
    if not gone:
        return item
    left = tuple(year for year in item.years if year not in barred)
    finding = Finding(
        "purged_year",
        "warning",
        f"Rows of {', '.join(map(str, gone))} are not stored: vigia purge removed that for good.",
    )
    return replace(
        item,
        table=kind_of(item.key).standing(item.table, left) if left else item.table[:0],
        years=left,
        report=replace(item.report, findings=(*item.report.findings, finding)),
    )


def _id(item: InputTable) -> str:
    return input_id(item.key, item.sha256, item.settings_sha256)


def _add(connection: Connection, kind: Kind, item: InputTable) -> Known:
    told = kind.yearly and (item.years or purged_years(connection, item.key))
    years = tuple(sorted(item.years)) if told else None
    version = Known(next_number(connection, inputs), years, "geometry" in item.table.columns)
    connection.execute(
        insert(inputs).values(
            number=version.number,
            id=_id(item),
            key=item.key,
            file=item.file,
            sha256=item.sha256,
            settings_sha256=item.settings_sha256,
            years=None if years is None else list(years),
            spatial=version.spatial,
            source=item.source,
            date=item.date,
            licence=item.licence,
            attribution=item.attribution,
            note=list(item.note),
            report=item.report.to_json(),
        )
    )
    write_frame(connection, kind.table, item.table, input=version.number)
    if item.grid is not None:
        write_grid(connection, version.number, item.grid)
    return version


def next_number(connection: Connection, table: Table) -> int:
    """The number of the next row of a table; there is one writer at a time."""
    highest: int | None = connection.execute(select(func.max(table.c.number))).scalar()
    return 1 if highest is None else highest + 1


def _stand(
    connection: Connection, key: str, before: tuple[Entry, ...], after: tuple[Entry, ...]
) -> None:
    if before == after:
        return
    numbers = known_inputs(connection, [entry.input_id for entry in after])
    connection.execute(delete(standing).where(standing.c.key == key))
    rows: list[dict[str, Any]] = [
        {"key": key, "input": numbers[entry.input_id].number, "years": list(entry.years)}
        for entry in after
    ]
    if rows:
        connection.execute(insert(standing), rows)


def _changes(
    connection: Connection,
    kind: Kind,
    before: tuple[Entry, ...],
    after: tuple[Entry, ...],
    arriving: set[str],
) -> dict[str, dict[str, int]]:
    """By input. What is gone counts with one of ``arriving``: an older one only lost years."""
    gone = [entry for entry in before if entry not in after]
    come = [entry for entry in after if entry not in before]
    if not come:
        return {}
    come.sort(key=lambda entry: entry.input_id in arriving)
    return compare(
        kind,
        read_entries(connection, kind, gone),
        read_entries(connection, kind, come, named=True),
        [entry.input_id for entry in come],
    )


def read_entries(
    connection: Connection, kind: Kind, entries: Sequence[Entry], *, named: bool = False
) -> Frame:
    """Standing rows of ``entries`` in the kind's order; ``named`` adds the column ``input``."""
    numbers = known_inputs(connection, [entry.input_id for entry in entries])
    frames = [
        _read_entry(connection, kind, numbers[entry.input_id], entry, named=named)
        for entry in entries
    ]
    if not frames:
        nothing = Known(-1, None, spatial="geometry" in kind.table.c)
        return _read_entry(connection, kind, nothing, Entry((), ""), named=named)
    if len(frames) == 1:
        return frames[0]
    stacked = pd.concat(frames, ignore_index=True)
    if not kind.order:
        return stacked
    return stacked.sort_values(list(kind.order), kind="stable", ignore_index=True)


def _read_entry(
    connection: Connection, kind: Kind, known: Known, entry: Entry, *, named: bool
) -> Frame:
    of_input = kind.table.c.input == known.number
    rows = read_frame(connection, kind.table, of_input, kind.order, spatial=known.spatial)
    rows = kind.standing(rows, entry.years).reset_index(drop=True)
    return rows.assign(input=entry.input_id) if named else rows
