"""The table in PostGIS: SQL, with indexes made and statistics gathered beforehand."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg2
import shapely

from benchmarks.peers.region import read
from benchmarks.peers.statements import joined, parts

ADDRESS = "VIGIA_BENCH_POSTGIS"  # of the database to fill: benchmarks.features names it
STATEMENTS = Path(__file__).with_name("postgis.sql")
SRID = 32718
SETTINGS = ("SET work_mem = '256MB'", "SET maintenance_work_mem = '512MB'", "SET jit = off")
TYPES = {"people": "double precision", "value": "double precision", "fid": "bigint"}
PLACES = (
    "ALTER TABLE mines ADD COLUMN place geometry(Point, 32718)",
    "UPDATE mines SET place = ST_PointOnSurface(geometry)",
    "CREATE INDEX ON mines USING gist (place)",
)


def load(folder: Path) -> Any:
    """A connection to a database with the tables, their indexes and statistics; not timed."""
    connection = psycopg2.connect(os.environ[ADDRESS])
    connection.autocommit = True
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(setting)
        for name, content in read(folder).items():
            _copy(cursor, name, content)
        for statement in PLACES:
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    return connection


def _copy(cursor: Any, name: str, content: gpd.GeoDataFrame) -> None:
    plain = [column for column in content.columns if column != "geometry"]
    columns = ", ".join(f"{column} {TYPES.get(column, 'text')}" for column in plain)
    cursor.execute(f"CREATE TABLE {name} ({columns}, geometry geometry(Geometry, {SRID}))")
    text = pd.DataFrame(content[plain])
    srid = shapely.set_srid(content.geometry.to_numpy(), SRID)
    text["geometry"] = shapely.to_wkb(srid, hex=True, include_srid=True)
    rows = io.StringIO(text.to_csv(index=False, header=False))
    cursor.copy_expert(f"COPY {name} FROM STDIN WITH (FORMAT csv)", rows)
    cursor.execute(f"CREATE INDEX ON {name} USING gist (geometry)")
    if "code" in plain and name != "points":
        cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (code)")
    else:
        cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (fid)")


def table(connection: Any) -> tuple[pd.DataFrame, dict[str, float]]:
    """All columns, and the seconds that each part took."""
    seconds, answers = {}, []
    with connection.cursor() as cursor:
        for name, statement in parts(STATEMENTS).items():
            began = time.perf_counter()
            cursor.execute(statement)
            rows = cursor.fetchall()
            seconds[name] = time.perf_counter() - began
            answers.append(
                pd.DataFrame(rows, columns=[column.name for column in cursor.description])
            )
    return joined(answers), seconds


def process(connection: Any) -> int:
    """The server's process, whose memory counts; its parallel workers end with each statement."""
    number: int = connection.info.backend_pid
    return number
