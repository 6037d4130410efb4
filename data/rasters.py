"""Rasters out of the store, as ``geo`` takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from data.frames import read_frame
from data.grids import read_header, read_strips, unpacked
from data.kinds import KINDS
from data.snapshot import Entry
from data.versions import known_inputs
from geo.raster_grid import Raster

LAYERS = KINDS["layers"]


def read_rasters(connection: Connection, entries: Sequence[Entry]) -> list[Raster]:
    """Grids of those of a layer's versions that are rasters, by year; without a year first.

    Raises
    ------
    StoreError
        When one is damaged.
    """
    numbers = known_inputs(connection, [entry.input_id for entry in entries])
    found = []
    for entry in entries:
        number = numbers[entry.input_id].number
        header = read_header(connection, number)
        rows = read_frame(connection, LAYERS.table, LAYERS.table.c.input == number, ())
        rows = LAYERS.standing(rows, entry.years)
        if header is None or rows.empty:
            continue
        found.append(
            Raster(
                values=unpacked(read_strips(connection, number), header),
                west=header.west,
                north=header.north,
                cell_width=header.cell_width,
                cell_height=header.cell_height,
                crs=header.crs,
                from_year=float(rows["from_year"].to_numpy(dtype=float, na_value=np.nan)[0]),
            )
        )
    return sorted(found, key=lambda one: np.nan_to_num(one.from_year, nan=-np.inf))
