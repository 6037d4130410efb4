"""Feature sets and runs: written once, whole; arrays as Parquet or NPY bytes, never a pickle.

The arrays lie in the store and not in files beside it: a transaction keeps them together with the
row that names them, and whoever shares a PostGIS shares them too.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, Table, func, insert, select, update

from data import tables
from data.columns import metadata
from data.frames import read_frame, write_frame
from data.publications import Standing, standings
from data.records import RunRecord
from data.snapshot import Snapshot
from data.versions import next_number
from vigia.errors import NotFoundError

PART_BYTES = 4 * 1024 * 1024
COEFFICIENTS = ":coefficients"  # after an outcome's id: which has no colon
LIFTED = ("outcomes", "factors", "warnings")  # tuples, which JSON makes lists of
RUN_TABLES = {
    "scores": ("outcome", "code"),
    "contributions": ("outcome", "code"),
    "coefficients": ("outcome",),
}
SERVICE_ORDER = ("layer", "season", "code")


@dataclass(frozen=True)
class FeatureSet:
    """A feature table with what it was made of.

    Attributes
    ----------
    table : DataFrame
        Index code, year; a float column per factor; NaN is missing.
    meta : mapping
        factors, years, metric_crs, as JSON.
    """

    id: str
    snapshot: Snapshot
    table: pd.DataFrame
    meta: Mapping[str, Any]


def save_features(connection: Connection, features: FeatureSet) -> None:
    """Keep a feature set; one that is known is only marked as the last one asked for."""
    sets = tables.feature_sets
    if _mark(connection, sets, features.id):
        return
    number = next_number(connection, sets)
    connection.execute(
        insert(sets).values(
            number=number,
            id=features.id,
            recency=_next_recency(connection, sets),
            snapshot=features.snapshot.to_json(),
            meta=dict(features.meta),
        )
    )
    content = io.BytesIO()
    features.table.reset_index().to_parquet(content, index=False)
    _write_parts(connection, tables.feature_parts, content.getvalue(), feature_set=number)


def read_features(connection: Connection) -> FeatureSet | None:
    """The feature set that was asked for last."""
    sets = tables.feature_sets
    latest = select(sets).order_by(sets.c.recency.desc()).limit(1)
    row = connection.execute(latest).one_or_none()
    if row is None:
        return None
    parts = tables.feature_parts
    content = _read_parts(connection, parts, feature_set=row.number)
    table = pd.read_parquet(io.BytesIO(content)).set_index(["code", "year"])
    return FeatureSet(row.id, Snapshot.from_json(row.snapshot), table, row.meta)


def save_run(
    connection: Connection,
    record: RunRecord,
    frames: Mapping[str, pd.DataFrame],
    draws: Mapping[str, NDArray[np.float64]],
) -> None:
    """Keep a run. A known one stays as it is: its id is a hash of all that it was made of."""
    runs = tables.runs
    if _mark(connection, runs, record.id):
        return
    number = next_number(connection, runs)
    kept = {c.name: getattr(record, c.name) for c in runs.c if hasattr(record, c.name)}
    kept |= {name: list(kept[name]) for name in LIFTED}
    recency = _next_recency(connection, runs)
    connection.execute(insert(runs).values(kept | {"number": number, "recency": recency}))
    for name, order in RUN_TABLES.items():
        frame = frames[name].sort_values(list(order), kind="stable")
        write_frame(connection, metadata.tables[name], frame, run=number)
    if "service_times" in frames:
        frame = frames["service_times"].sort_values(list(SERVICE_ORDER), kind="stable")
        write_frame(connection, tables.service_times, frame, run=number)
    for outcome in sorted(draws):
        content = io.BytesIO()
        np.save(content, draws[outcome], allow_pickle=False)
        _write_parts(connection, tables.draw_parts, content.getvalue(), run=number, outcome=outcome)


def read_runs(connection: Connection) -> tuple[RunRecord, ...]:
    """All runs, the last trained first."""
    states = standings(connection)
    rows = connection.execute(select(tables.runs).order_by(tables.runs.c.recency.desc()))
    return tuple(_record(row, states.get(row.number, Standing())) for row in rows)


def _record(row: Row[Any], state: Standing) -> RunRecord:
    kept = {key: value for key, value in row._mapping.items() if key not in ("number", "recency")}
    kept |= {name: tuple(kept[name]) for name in LIFTED}
    return RunRecord(
        status=state.status,
        accepted_worse=state.accepted_worse,
        accepted_by=state.accepted_by,
        **kept,
    )


def read_run_table(connection: Connection, run_id: str, name: str) -> pd.DataFrame:
    """``scores``, ``contributions`` or ``coefficients`` of a run."""
    table = metadata.tables[name]
    number = run_number(connection, run_id)
    frame = read_frame(connection, table, table.c.run == number, RUN_TABLES[name])
    frame["stage"] = frame["stage"].astype(object).where(frame["stage"].notna(), None)
    return frame


def read_service_times(connection: Connection, run_id: str) -> pd.DataFrame:
    """Layer, season, code and minutes; nothing of a run that measured no ways to services."""
    table = tables.service_times
    return read_frame(
        connection, table, table.c.run == run_number(connection, run_id), SERVICE_ORDER
    )


def read_draws(connection: Connection, run_id: str, outcome: str) -> NDArray[np.float64]:
    """Draws of an outcome: array of shape (draws, districts), districts in the order of scores."""
    number = run_number(connection, run_id)
    content = _read_parts(connection, tables.draw_parts, run=number, outcome=outcome)
    if not content:
        raise NotFoundError(f"Run {run_id} has no outcome {outcome!r}.")
    array: NDArray[np.float64] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def read_coefficient_draws(
    connection: Connection, run_id: str, outcome: str
) -> NDArray[np.float64]:
    """Coefficients of the same draws in the same order: array of shape (draws, factors)."""
    return read_draws(connection, run_id, outcome + COEFFICIENTS)


def run_number(connection: Connection, run_id: str) -> int:
    """The row of a run."""
    runs = tables.runs
    number: int | None = connection.execute(
        select(runs.c.number).where(runs.c.id == run_id)
    ).scalar()
    if number is None:
        raise NotFoundError(f"There is no run {run_id!r}.", hint="vigia runs lists them.")
    return number


def mark_run(connection: Connection, run_id: str) -> None:
    """Make a known run the latest: it was asked for again."""
    if not _mark(connection, tables.runs, run_id):
        raise NotFoundError(f"There is no run {run_id!r}.", hint="vigia runs lists them.")


def _mark(connection: Connection, table: Table, identity: str) -> bool:
    """Make a known row the latest; False when it is not known."""
    done = connection.execute(
        update(table).where(table.c.id == identity).values(recency=_next_recency(connection, table))
    )
    return done.rowcount > 0


def _next_recency(connection: Connection, table: Table) -> int:
    highest: int | None = connection.execute(select(func.max(table.c.recency))).scalar()
    return 1 if highest is None else highest + 1


def _write_parts(connection: Connection, table: Table, content: bytes, **key: int | str) -> None:
    """Bytes in parts that every driver takes without effort."""
    for part, piece in enumerate(_pieces(content)):
        connection.execute(insert(table).values(key | {"part": part, "content": piece}))


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PART_BYTES):
        yield content[start : start + PART_BYTES]


def _read_parts(connection: Connection, table: Table, **key: int | str) -> bytes:
    of_key = [table.c[name] == value for name, value in key.items()]
    rows = connection.execute(select(table.c.content).where(*of_key).order_by(table.c.part))
    return b"".join(bytes(content) for (content,) in rows)
