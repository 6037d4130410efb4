"""Tables and columns of a store at any revision, as its own migrations make them.

Backups are written and read by these and not by ``data.tables``: a store of an earlier version is
copied as it is, before anything is done to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    create_engine,
    func,
    literal_column,
    select,
)

from data.columns import WKB
from data.schema import VERSION_TABLE, Migrations

ROWS_AT_ONCE = 5_000
PARTS_AT_ONCE = 4  # of tables with parts of up to ``artefacts.PART_BYTES``


@dataclass(frozen=True)
class Shape:
    """Tables of one revision, each after those that it refers to."""

    revision: str
    tables: tuple[Table, ...]

    @classmethod
    def of(cls, migrations: Migrations, revision: str) -> Shape:
        """Found by running the migrations on an empty database in memory."""
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            migrations.upgrade(connection, revision)
            found = MetaData()
            found.reflect(connection)
        engine.dispose()
        tables = [table for table in found.sorted_tables if table.name != VERSION_TABLE]
        for table in tables:
            if "geometry" in table.c:
                table.c.geometry.type = WKB
        return cls(revision, tuple(tables))


def arrow_schema(table: Table) -> pa.Schema:
    """Columns as a backup has them: geometry as WKB, dates and JSON as text."""
    return pa.schema([pa.field(column.name, _arrow_type(column)) for column in table.columns])


def _arrow_type(column: Column[Any]) -> pa.DataType:
    if isinstance(column.type, Boolean):
        return pa.bool_()
    if isinstance(column.type, Integer):  # and those of more bits
        return pa.int64()
    if isinstance(column.type, Double | Float):
        return pa.float64()
    if isinstance(column.type, LargeBinary):
        return pa.binary()
    return pa.string()


def batch_rows(table: Table) -> int:
    """How many rows are held in memory at once."""
    return PARTS_AT_ONCE if "content" in table.c else ROWS_AT_ONCE


def read_batches(connection: Connection, table: Table) -> Iterator[pa.RecordBatch]:
    """All rows in the order of their keys."""
    schema = arrow_schema(table)
    columns = [_selected(column, connection) for column in table.columns]
    statement = select(*columns).select_from(table).order_by(*table.primary_key.columns)
    stream = connection.execution_options(yield_per=batch_rows(table)).execute(statement)
    for rows in stream.partitions():
        arrays = [
            pa.array([_plain(value) for value in values], type=field.type)
            for field, values in zip(schema, zip(*rows, strict=True), strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _selected(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    raw: ColumnElement[Any] = literal_column(f'"{column.name}"')
    if column.name == "geometry":
        shared = connection.dialect.name == "postgresql"
        return (func.ST_AsBinary(raw, "NDR") if shared else raw).label("geometry")
    if isinstance(column.type, Date):
        return cast(raw, Text).label(column.name)
    return column


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
