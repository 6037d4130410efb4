"""A whole store in one file, and back: from SQLite or PostGIS into either."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
from sqlalchemy import Connection, Engine, text

from data.archive import Manifest, Unpacked, describe, pack, unpack
from data.clock import stamp
from data.engine import open_engine, place, reading, sqlite_path, store_url, writing
from data.frames import insert_rows
from data.jobs import end_unfinished
from data.lock import project_lock
from data.people import end_sessions
from data.schema import VERSION_TABLE, Migrations, current_revision
from data.shape import Shape, arrow_schema, batch_rows, read_batches
from data.store import prepared_engine
from vigia.errors import StoreError
from vigia.project import Project


def write_backup(project: Project, file: Path, migrations: Migrations | None = None) -> None:
    """Write the project's store to one zip, as it stood at one moment; whole or not at all.

    A store of an earlier version is copied as it is. Others may go on working meanwhile.

    Raises
    ------
    StoreError
        When there is no store, or the file cannot be written.
    """
    with opened(project) as engine:
        copy_store(engine, file, migrations or Migrations())


def restore_backup(project: Project, file: Path, migrations: Migrations | None = None) -> None:
    """Put what a backup holds in place of what is stored, and bring it up to this version.

    The file is checked before anything is touched, and the switch is one transaction.

    Raises
    ------
    StoreError
        When the file is not to be trusted, or the store cannot be written.
    """
    line = migrations or Migrations()
    with (
        project_lock(project),
        tempfile.TemporaryDirectory(dir=project.var, prefix="restore-") as folder,
    ):
        unpacked = unpack(file, Path(folder), line)
        engine = prepared_engine(project.store_url())
        try:
            with writing(engine) as connection:
                replace_store(connection, unpacked, line)
                line.upgrade(connection)
                end_unfinished(connection)
                end_sessions(connection)
        finally:
            engine.dispose()


@contextmanager
def opened(project: Project) -> Iterator[Engine]:
    """An engine of a store that is there, whatever its version."""
    address = store_url(project.store_url())
    path = sqlite_path(address)
    if path and not path.exists():
        raise StoreError(f"There is no store {path} yet.", hint="Run vigia ingest first.")
    engine = open_engine(address)
    try:
        yield engine
    finally:
        engine.dispose()


def copy_store(engine: Engine, file: Path, migrations: Migrations) -> None:
    """Write the store of ``engine`` to ``file``."""
    if file.exists() and not file.is_file():  # a device would be lost to the whole machine
        raise StoreError(f"The backup {file} cannot be written: it is no file.")
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as name:
            folder = Path(name)
            with reading(engine) as connection:
                shape = _shape_of(connection, engine, migrations)
                for table in shape.tables:
                    _write_table(connection, shape, table.name, folder)
            manifest = _describe(shape, folder)
            pack(folder, manifest, folder / "whole.zip")
            _replace(folder / "whole.zip", file)
    except OSError as error:
        raise StoreError(
            f"The backup {file} cannot be written: {error.strerror}.",
            hint="Name a file in a folder that is there and has room.",
        ) from None


def _shape_of(connection: Connection, engine: Engine, migrations: Migrations) -> Shape:
    state = migrations.state(connection)
    if state == "new":
        raise StoreError(
            f"There is nothing in {place(engine.url)} yet.", hint="Run vigia ingest first."
        )
    if state == "newer":
        raise StoreError(
            f"The store {place(engine.url)} was made by a newer version of vigia.",
            hint="Install a newer vigia.",
        )
    return Shape.of(migrations, str(current_revision(connection)))


def _write_table(connection: Connection, shape: Shape, name: str, folder: Path) -> None:
    table = next(one for one in shape.tables if one.name == name)
    schema = arrow_schema(table)
    with pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") as writer:
        for batch in read_batches(connection, table):
            writer.write_batch(batch)


def _describe(shape: Shape, folder: Path) -> Manifest:
    return Manifest(
        vigia=version("vigia"),
        revision=shape.revision,
        created_at=stamp(),
        tables={table.name: describe(folder / f"{table.name}.parquet") for table in shape.tables},
    )


def _replace(half: Path, file: Path) -> None:
    """The rename is what makes the backup; before it, its bytes are on the disk."""
    with half.open("rb") as written:
        os.fsync(written.fileno())
    half.chmod(0o600)  # case counts are in it
    half.replace(file)


def replace_store(connection: Connection, unpacked: Unpacked, migrations: Migrations) -> None:
    """Put a checked backup in place of all that is stored, at the backup's own revision."""
    _make_empty(connection, unpacked.shape, migrations)
    for table in unpacked.shape.tables:
        names = [column.name for column in table.columns]
        with pq.ParquetFile(unpacked.file(table.name)) as file:
            for batch in file.iter_batches(batch_size=batch_rows(table)):
                columns = (column.to_pylist() for column in batch.columns)
                insert_rows(connection, table, names, zip(*columns, strict=True))


def _make_empty(connection: Connection, shape: Shape, migrations: Migrations) -> None:
    """Empty tables of ``shape``. Rows are deleted, as readers may still be looking at them."""
    state, revision = migrations.state(connection), current_revision(connection)
    if state == "newer":
        raise StoreError(
            "The store that would be replaced was made by a newer version of vigia.",
            hint="Install a newer vigia, or move that store away; nothing was changed.",
        )
    if state == "new":
        migrations.create(connection, shape.revision)
        return
    here = shape if revision == shape.revision else Shape.of(migrations, str(revision))
    for table in reversed(here.tables):
        connection.execute(table.delete())
    if here is not shape:
        for table in reversed(here.tables):
            connection.execute(text(f"DROP TABLE {table.name}"))
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
        migrations.create(connection, shape.revision)
