"""Grids of numbers as the store keeps them: strips of rows, compressed, with a plain header.

What is read is what was written, to the last bit: cells are float32 or float64, little-endian, NaN
where there is no data. No pickle.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, insert, select

from data import tables
from vigia.errors import StoreError

STRIP_BYTES = 4 * 1024 * 1024
LEVEL = 1  # of compression: the time goes into reading, not into the disk
Cells = NDArray[np.float32] | NDArray[np.float64]
CellType = Literal["float32", "float64"]
HEADER = (
    *("band", "dtype", "height", "width", "strip_rows"),
    *("west", "north", "cell_width", "cell_height", "crs"),
)
DAMAGED = "The store is damaged: a raster in it is not whole."


@dataclass(frozen=True)
class Grid:
    """One band of a raster, north up.

    Attributes
    ----------
    strips : tuple of bytes
        ``strip_rows`` rows each, from the north; the last one may have fewer.
    west, north, cell_width, cell_height : float
        In the units of ``crs``; sizes are positive.
    crs : str
        A code such as ``EPSG:4326``, or WKT.
    """

    band: int
    dtype: CellType
    height: int
    width: int
    strip_rows: int
    west: float
    north: float
    cell_width: float
    cell_height: float
    crs: str
    strips: tuple[bytes, ...]


def strip_rows(width: int, dtype: CellType) -> int:
    """How many rows make a strip."""
    return max(1, STRIP_BYTES // (width * np.dtype(dtype).itemsize))


def packed(rows: Cells) -> bytes:
    """Rows as compressed bytes."""
    little = np.ascontiguousarray(rows, dtype=rows.dtype.newbyteorder("<"))
    return zlib.compress(little.tobytes(), LEVEL)


def unpacked(strips: Iterable[bytes], header: Any) -> NDArray[Any]:
    """Cells of shape (height, width), row 0 the northernmost.

    Raises
    ------
    StoreError
        When strips are missing, too many or damaged.
    """
    cells: Cells = np.empty((header.height, header.width), dtype=header.dtype)
    done = 0
    for strip in strips:
        rows = min(header.strip_rows, header.height - done)
        cells[done : done + rows] = _strip(strip, rows, header)
        done += rows
    if done != header.height:
        raise _damaged()
    return cells


def _strip(strip: bytes, rows: int, header: Any) -> Cells:
    kind = np.dtype(header.dtype).newbyteorder("<")
    size = rows * header.width * kind.itemsize
    try:
        inflate = zlib.decompressobj()
        content = inflate.decompress(strip, size + 1)  # and the check sum behind it
    except zlib.error:
        raise _damaged() from None
    if len(content) != size or not size or not inflate.eof:
        raise _damaged()
    return np.frombuffer(content, dtype=kind).reshape(rows, header.width)


def _damaged() -> StoreError:
    return StoreError(DAMAGED, hint="Restore the last backup: vigia restore FILE.")


def write_grid(connection: Connection, number: int, grid: Grid) -> None:
    """Keep the grid of the input of that number."""
    header = {name: getattr(grid, name) for name in HEADER}
    for name in ("west", "north"):
        header[name] += 0.0  # SQLite knows no -0.0, so neither store does
    connection.execute(insert(tables.rasters).values(header | {"input": number}))
    for part, strip in enumerate(grid.strips):
        connection.execute(
            insert(tables.raster_parts).values(input=number, part=part, content=strip)
        )


def read_header(connection: Connection, number: int) -> Row[Any] | None:
    """The row of ``rasters`` of an input; None where it is no raster."""
    rasters = tables.rasters
    return connection.execute(select(rasters).where(rasters.c.input == number)).one_or_none()


def read_strips(connection: Connection, number: int) -> Iterator[bytes]:
    """Strips of an input's grid from the north, one at a time."""
    parts = tables.raster_parts
    statement = select(parts.c.content).where(parts.c.input == number).order_by(parts.c.part)
    for (content,) in connection.execution_options(yield_per=1).execute(statement):
        yield bytes(content)


def check_grids(connection: Connection) -> str:
    """Look through every grid, a strip at a time.

    Raises
    ------
    StoreError
        When one is not whole.
    """
    headers = connection.execute(select(tables.rasters)).all()
    for header in headers:
        done = 0
        for strip in read_strips(connection, header.input):
            rows = min(header.strip_rows, header.height - done)
            _strip(strip, rows, header)
            done += rows
        if done != header.height:
            raise _damaged()
    return f"{len(headers)} rasters, whole"
