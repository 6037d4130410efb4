"""The table in SedonaDB: SQL on tables in memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import sedona.db

from benchmarks.peers.region import TABLES
from benchmarks.peers.statements import joined, parts

STATEMENTS = Path(__file__).with_name("sedonadb.sql")
PLACES = "SELECT fid, value, ST_PointOnSurface(geometry) AS geometry FROM mines"


def load(folder: Path) -> Any:
    """The tables in memory, not timed."""
    database = sedona.db.connect()
    for name in TABLES:
        database.read_parquet(str(folder / f"{name}.parquet")).to_memtable().to_view(name)
    return database


def table(database: Any) -> tuple[pd.DataFrame, dict[str, float]]:
    """All columns, and the seconds that each part took."""
    seconds, answers = {}, []
    began = time.perf_counter()
    database.sql(PLACES).to_memtable().to_view("places")
    seconds["places"] = time.perf_counter() - began
    for name, statement in parts(STATEMENTS).items():
        began = time.perf_counter()
        answers.append(database.sql(statement).to_pandas())
        seconds[name] = time.perf_counter() - began
    return joined(answers), seconds
