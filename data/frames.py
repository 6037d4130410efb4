"""Data frames to rows and back: the same floats and the same geometry bytes from both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import islice
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    select,
)

from vigia.errors import StoreError

CRS = "EPSG:4326"
ROWS_AT_ONCE = 50_000
NULL = "\\N"
NUL = "\0"  # PostgreSQL has no place for it, and neither has the other store then
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
Rows = Sequence[tuple[Any, ...]]


def write_frame(
    connection: Connection, table: Table, frame: pd.DataFrame, **fixed: int | str
) -> None:
    """Add the rows of ``frame``, with ``row`` counting them and ``fixed`` columns the same in all.

    Columns that the frame lacks are NULL. Geometry is stored in two dimensions.

    Raises
    ------
    ValueError
        When the frame has a column that the table does not know.
    """
    known = [c.name for c in table.columns if c.name != "row" and c.name not in fixed]
    unknown = sorted(set(map(str, frame.columns)) - set(known))
    if unknown:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    present = [name for name in known if name in frame.columns]
    columns = [_values(table.c[name], frame[name]) for name in present]
    count = len(frame)
    constant = [[value] * count for value in fixed.values()]
    rows = zip(*constant, range(count), *columns, strict=True)
    insert_rows(connection, table, [*fixed, "row", *present], rows)


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterator[tuple[Any, ...]]
) -> None:
    """Add plain rows; geometry as WKB, dates and JSON as text."""
    add = _copy if connection.dialect.name == "postgresql" else _executemany
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        add(connection, table, names, batch)


def _values(column: Column[Any], series: pd.Series) -> list[Any]:
    """Values that both databases take and give back as they were; None is missing."""
    if column.name == "geometry":
        flat = shapely.force_2d(np.asarray(series, dtype=object))
        return list(shapely.to_wkb(flat, byte_order=1))
    if isinstance(column.type, Date):
        series = pd.to_datetime(series).dt.strftime("%Y-%m-%d")
    values = series.astype(object).where(series.notna(), None).tolist()
    cast = next(cast for kind, cast in CASTS.items() if isinstance(column.type, kind))
    return [None if value is None else cast(value) for value in values]


def _text(value: Any) -> str:
    text = str(value)
    if NUL in text:
        raise StoreError(
            "A text with the character NUL in it cannot be stored; nothing was changed.",
            hint="Remove the NUL characters from the file.",
        )
    return text


CASTS: dict[type, Callable[[Any], Any]] = {
    Integer: int,
    Double: lambda value: float(value) + 0.0,  # SQLite knows no -0.0, so neither store does
    Boolean: bool,
    Date: str,
    Text: _text,
}


def _executemany(connection: Connection, table: Table, names: Sequence[str], rows: Rows) -> None:
    places = ", ".join("?" for _ in names)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({_quoted(names)}) VALUES ({places})",  # noqa: S608 - our names
        list(rows),
    )


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Rows) -> None:
    """PostgreSQL's COPY: an order of magnitude faster than INSERT, and exact for floats."""
    written = [_hex if name == "geometry" else _copied for name in names]
    text = StringIO()
    for row in rows:
        text.write("\t".join([write(v) for write, v in zip(written, row, strict=True)]) + "\n")
    text.seek(0)
    cursor: Any = connection.connection.cursor()
    try:
        cursor.copy_expert(f"COPY {table.name} ({_quoted(names)}) FROM STDIN", text)
    finally:
        cursor.close()


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copied(value: Any) -> str:
    if value is None:
        return NULL
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return repr(value)


def _hex(value: bytes | None) -> str:
    return NULL if value is None else value.hex()


def read_frame(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool],
    order: Sequence[str],
    *,
    spatial: bool = True,
) -> pd.DataFrame:
    """Rows of a table with the types of the canonical tables, sorted byte by byte.

    Parameters
    ----------
    order : sequence of str
        Columns to sort by; missing values last, and in the order of the file within equals.
    spatial : bool
        Whether geometry is wanted, where the table has it; then the frame is a GeoDataFrame.
    """
    columns = [c for c in table.columns if c.name not in KEYS and (spatial or c.name != "geometry")]
    statement = (
        select(*(_selected(column, connection) for column in columns))
        .where(where)
        .order_by(*(table.c[name].nulls_last() for name in order), *_keys(table))
    )
    rows = connection.execute(statement).all()
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    frame = pd.DataFrame({c.name: _series(c, v) for c, v in zip(columns, values, strict=True)})
    if "geometry" in frame.columns:
        shapes = gpd.GeoSeries(frame["geometry"], crs=CRS)
        frame = gpd.GeoDataFrame(frame, geometry=shapes)
    return frame


KEYS = ("input", "run", "row")


def _keys(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name in KEYS if name in table.c]


def _selected(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    if column.name == "geometry" and connection.dialect.name == "postgresql":
        return func.ST_AsBinary(column, "NDR", type_=LargeBinary).label("geometry")
    return column


def _series(column: Column[Any], values: Sequence[Any]) -> pd.Series:
    if column.name == "geometry":
        return pd.Series(_shapes(values), dtype=object)
    if isinstance(column.type, Double):
        return pd.Series(np.array(values, dtype=float))
    if isinstance(column.type, Date):
        return pd.Series(np.array(values, dtype="datetime64[s]"))
    if isinstance(column.type, Boolean):
        return pd.Series(np.array(values, dtype=bool))
    if isinstance(column.type, Integer):
        return pd.Series(values, dtype="Int64" if column.nullable else "int64")
    return pd.Series(values, dtype="str")


def _shapes(values: Sequence[Any]) -> Any:
    try:
        return shapely.from_wkb(np.array(values, dtype=object))
    except shapely.errors.GEOSException:
        raise StoreError(
            "The store is damaged: it holds a geometry that is none.",
            hint="Restore the last backup: vigia restore FILE.",
        ) from None
