"""The file of a backup: a zip of one Parquet per table, with a manifest that vouches for each.

Nothing in a zip is believed. Names are compared with those that must be there and never used as
paths; sizes are bounded before anything is unpacked; hashes, columns and rows are checked before
anything is done with them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from data.schema import Migrations
from data.shape import Shape, arrow_schema
from vigia.errors import StoreError

MANIFEST = "manifest.json"
MANIFEST_BYTES = 1_000_000
CHUNK = 1024 * 1024
EPOCH = (1980, 1, 1, 0, 0, 0)  # clocks are in the manifest
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,  # zipfile's, of encrypted members
    ValueError,  # of JSON, of text that is no UTF-8, of a manifest of other keys
    pa.ArrowException,
)
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Member(BaseModel):
    """What the manifest says of one table."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    format: Literal[1] = 1
    vigia: str
    revision: str
    created_at: str
    tables: dict[Name, Member]


@dataclass(frozen=True)
class Unpacked:
    """A backup that was checked, on disk."""

    folder: Path
    manifest: Manifest
    shape: Shape

    def file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"


def describe(file: Path) -> Member:
    """Rows, size and hash of a table's file."""
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
    return Member(rows=pq.read_metadata(file).num_rows, bytes=file.stat().st_size, sha256=sha256)


def pack(folder: Path, manifest: Manifest, path: Path) -> None:
    """Write the zip of ``folder``'s tables; Parquet is compressed already."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        archive.writestr(zipfile.ZipInfo(MANIFEST, EPOCH), manifest.model_dump_json(indent=1))
        for name in manifest.tables:
            with (
                (folder / f"{name}.parquet").open("rb") as source,
                archive.open(_info(name, manifest.tables[name].bytes), "w") as target,
            ):
                shutil.copyfileobj(source, target, CHUNK)


def _info(name: str, size: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(_member(name), EPOCH)
    info.file_size = size  # tells zipfile when it needs 64 bits
    return info


def _member(table: str) -> str:
    return f"tables/{table}.parquet"


def unpack(path: Path, folder: Path, migrations: Migrations) -> Unpacked:
    """Check a backup and lay its tables out in ``folder``.

    Raises
    ------
    StoreError
        When it is no backup, damaged, of a newer vigia, or anything else than it says.
    """
    with _told(path), zipfile.ZipFile(path) as archive:
        manifest = _manifest(archive)
        if manifest.revision not in migrations.revisions():
            raise StoreError(
                f"{path} was made by a newer version of vigia ({manifest.vigia}).",
                hint="Install a newer vigia; nothing was changed.",
            )
        shape = Shape.of(migrations, manifest.revision)
        _check_members(archive, manifest, shape)
        _check_room(manifest, folder)
        unpacked = Unpacked(folder, manifest, shape)
        for table in shape.tables:
            _extract(archive, table.name, manifest.tables[table.name], unpacked.file(table.name))
            _check_columns(unpacked.file(table.name), arrow_schema(table))
        return unpacked


@contextmanager
def _told(path: Path) -> Iterator[None]:
    hint = "Nothing was changed. Use another copy of the backup."
    try:
        yield
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise StoreError(f"{path} cannot be read: {reason}.", hint=hint) from None
    except BROKEN:
        raise StoreError(f"{path} is no backup of vigia, or is damaged.", hint=hint) from None
    except _NotAsStatedError as error:
        raise StoreError(f"{path} is damaged or was changed: {error}.", hint=hint) from None


class _NotAsStatedError(Exception):
    """A zip that differs from what its manifest says."""


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    info = archive.getinfo(MANIFEST)
    if info.file_size > MANIFEST_BYTES:
        raise _NotAsStatedError("its manifest is too long")
    with archive.open(info) as opened:
        content = json.loads(opened.read(MANIFEST_BYTES).decode())
    return Manifest.model_validate(content)


def _check_members(archive: zipfile.ZipFile, manifest: Manifest, shape: Shape) -> None:
    needed = {table.name for table in shape.tables}
    if set(manifest.tables) != needed:
        raise _NotAsStatedError("its tables are not those of its version")
    present = sorted(info.filename for info in archive.infolist())
    if present != sorted([MANIFEST, *map(_member, needed)]):
        raise _NotAsStatedError("it holds files that do not belong there, or lacks some")


def _check_room(manifest: Manifest, folder: Path) -> None:
    needed = sum(member.bytes for member in manifest.tables.values())
    if needed > shutil.disk_usage(folder).free:
        raise StoreError(
            f"Restoring needs {needed // 10**6 + 1} MB of free disk in {folder.parent}.",
            hint="Make room, then run the command again; nothing was changed.",
        )


def _extract(archive: zipfile.ZipFile, table: str, stated: Member, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    with archive.open(_member(table)) as source, target.open("wb") as written:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > stated.bytes:
                break
            digest.update(chunk)
            written.write(chunk)
    if size != stated.bytes or digest.hexdigest() != stated.sha256:
        raise _NotAsStatedError(f"table {table} has another hash than its manifest says")
    if pq.read_metadata(target).num_rows != stated.rows:
        raise _NotAsStatedError(f"table {table} has another number of rows")


def _check_columns(file: Path, schema: pa.Schema) -> None:
    if not pq.read_schema(file).remove_metadata().equals(schema):
        raise _NotAsStatedError(f"table {file.stem} has other columns")
