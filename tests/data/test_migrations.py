"""The migrations make exactly what ``data/tables.py`` says, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from data.engine import open_engine, writing
from data.engine import store_url as parsed
from data.schema import VERSION_TABLE, Migrations
from data.service_tables import whole_schema
from data.shape import Shape
from data.store import Store, prepared_engine
from tests.data.second_schema import with_another_revision
from tests.postgis import Cluster
from vigia.errors import StoreError

POSTGIS_OWN = {"spatial_ref_sys"}


def structure(engine: Engine) -> dict[str, Any]:
    """Tables, columns, keys and indexes as the database itself tells them."""
    seen = inspect(engine)
    tables = set(seen.get_table_names()) - POSTGIS_OWN - {VERSION_TABLE}
    found: dict[str, Any] = {name: _table(seen, name) for name in sorted(tables)}
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            for view, statement in VIEWS.items():
                rows = connection.execute(text(statement)).all()
                found[view] = sorted(str(row) for row in rows if VERSION_TABLE not in str(row))
            found["collations"] = sorted(map(tuple, connection.execute(text(COLLATIONS)).all()))
    return found


VIEWS = {
    "pg_indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "geometry_columns": "SELECT f_table_name, coord_dimension, srid, type FROM geometry_columns",
}
COLLATIONS = f"""
    SELECT table_name, column_name, collation_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'text' AND table_name <> '{VERSION_TABLE}'
      AND table_name NOT IN ('spatial_ref_sys', 'geometry_columns', 'geography_columns')
"""


def _table(seen: Any, name: str) -> dict[str, Any]:
    columns = [
        (c["name"], str(c["type"]), c["nullable"], str(c["default"]))
        for c in seen.get_columns(name)
    ]
    keys = [
        (k["constrained_columns"], k["referred_table"], k["referred_columns"])
        for k in seen.get_foreign_keys(name)
    ]
    unique = sorted(u["column_names"] for u in seen.get_unique_constraints(name))
    indexes = sorted(str(i["column_names"]) for i in seen.get_indexes(name))
    primary = seen.get_pk_constraint(name)["constrained_columns"]
    return {"columns": columns, "primary": primary, "keys": sorted(keys), "unique": unique} | {
        "indexes": indexes
    }


def test_migrations_make_what_the_tables_say(store_url: str, same_again: str) -> None:
    Store.open(store_url).close()
    drawn, migrated = prepared_engine(same_again), open_engine(parsed(store_url))
    with writing(drawn) as connection:
        whole_schema().create_all(connection)
    wanted, made = structure(drawn), structure(migrated)
    assert set(whole_schema().tables) <= set(wanted)
    assert made == wanted
    if drawn.dialect.name == "postgresql":
        gist = [row for row in made["pg_indexes"] if "USING gist (geometry)" in row]
        assert len(gist) == len(made["geometry_columns"]) == 6
        assert all("4326" in row for row in made["geometry_columns"])
        assert {row[2] for row in made["collations"]} == {"C"}
    drawn.dispose()
    migrated.dispose()


@pytest.fixture
def same_again(store_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Another empty store on the same database."""
    if store_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'again.sqlite'}"
        return
    running: Cluster = request.getfixturevalue("postgis_cluster")
    with running.database() as url:
        yield url


def test_a_shape_is_that_of_the_tables() -> None:
    shape = Shape.of(Migrations(), Migrations().head)
    assert {t.name: list(t.columns.keys()) for t in shape.tables} == {
        t.name: list(t.columns.keys()) for t in whole_schema().sorted_tables
    }


def test_another_version_is_told_what_to_do(store_url: str, tmp_path_factory: Any) -> None:
    later = with_another_revision(tmp_path_factory.mktemp("later") / "migrations")
    Store.open(store_url).close()
    with pytest.raises(StoreError, match=r"earlier version.*vigia upgrade"):
        Store.open(store_url, later)
    engine = open_engine(parsed(store_url))
    with writing(engine) as connection:
        later.upgrade(connection)
    engine.dispose()
    Store.open(store_url, later).close()
    with pytest.raises(StoreError, match=r"newer version.*newer vigia"):
        Store.open(store_url)


@pytest.mark.postgis
def test_a_shared_database_may_hold_other_things(
    postgis_url: str, postgis_cluster: Cluster
) -> None:
    name = postgis_url.split("/")[3].split("?", maxsplit=1)[0]
    postgis_cluster.run("CREATE TABLE somebody (x int)", name)
    Store.open(postgis_url).close()
    postgis_cluster.run("DROP TABLE vigia_revision", name)
    with pytest.raises(StoreError, match="not vigia's"):
        Store.open(postgis_url)


@pytest.mark.postgis
def test_no_postgis_and_no_right_to_it_is_explained(postgis_cluster: Cluster) -> None:
    postgis_cluster.run("CREATE ROLE plain LOGIN")
    postgis_cluster.run("CREATE DATABASE bare OWNER plain TEMPLATE template0")
    try:
        with pytest.raises(StoreError, match="CREATE EXTENSION postgis"):
            Store.open(postgis_cluster.url("bare").replace("postgres@", "plain@"))
    finally:
        postgis_cluster.run("DROP DATABASE bare WITH (FORCE)")
        postgis_cluster.run("DROP ROLE plain")
