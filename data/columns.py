"""How columns are typed, for SQLite and PostGIS, and the schema that all tables are in.

Text is compared byte by byte on both (collation "C"), so that both sort alike. Geometry is a real
PostGIS column there and WKB in a plain column here. Numbers of rows are given by the writer, of
which there is one at a time, and not by sequences: a backup restores them as they were.
"""

from __future__ import annotations

import json
import re
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    Column,
    Dialect,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
WKB: TypeEngine[Any] = LargeBinary().with_variant(
    Geometry("GEOMETRY", srid=4326, dimension=2, spatial_index=False), "postgresql"
)
HALVES = re.compile("[\ud800-\udfff]")


class Json(TypeDecorator[Any]):
    """JSON as text: it comes back with its keys in order and its floats to the last bit."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def as_json(value: Any) -> str:
    """Compact JSON, keys in the order given.

    Halves of characters, which JSON from outside can hold and UTF-8 cannot, stay escaped.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


metadata = MetaData()


def text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=null)


def integer(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Integer, nullable=null)


def real(name: str) -> Column[Any]:
    """NULL is NaN."""
    return Column(name, Double)


def number() -> Column[Any]:
    return Column("number", Integer, primary_key=True, autoincrement=False)


def of(name: str, parent: str) -> Column[Any]:
    return Column(name, ForeignKey(f"{parent}.number"), primary_key=True, autoincrement=False)


def row(name: str = "row") -> Column[Any]:
    """Place of a row within its input or run."""
    return Column(name, Integer, primary_key=True, autoincrement=False)
