"""What every source gives: rows as the file has them, before anything is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.finding_codes import Code
from vigia.settings import CasesInput, EffortInput, FileInput

POINTER = re.compile(
    rb"<OGR\w*DataSource|<VRTDataset|<WM[ST]|<WCS|<GDAL_|<GDALTileIndex|<Capabilities|<PLMosaic"
    rb'|<MRF_META|"stac_version"'
)
POINTER_WITHIN = 4096  # bytes
Rows = NDArray[np.int64]


def no_rows() -> Rows:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Raw:
    """Rows of a file.

    Attributes
    ----------
    frame : DataFrame
        Columns but geometry, as read; rows counted from 0.
    geometry : GeoSeries, optional
        In the file's own CRS, if it says one; None where the file has no geometry.
    told : mapping
        What had to be found out or done to read it: code of a finding -> sentence.
    counts : mapping
        Of how many rows that is said, where not of the file.
    closed, unreadable : array of int
        Rows whose rings were closed in reading, and those whose geometry is of no use here.
    """

    frame: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    told: dict[Code, str] = field(default_factory=dict)
    counts: dict[Code, int] = field(default_factory=dict)
    closed: Rows = field(default_factory=no_rows)
    unreadable: Rows = field(default_factory=no_rows)


def in_its_words(said: object, spec: FileInput) -> str:
    """What a library says of a file; of one with cases nothing, as it may quote a value."""
    withheld = isinstance(spec, CasesInput | EffortInput)
    return "what exactly is not repeated here, as it may quote the file." if withheld else str(said)


class RefusedError(Exception):
    """A file cannot be used as a whole; becomes a finding of severity error.

    Parameters
    ----------
    code : str
        Of the finding.
    message : str
        What is wrong and what to do; no value of a file.
    column : str, optional
        The column at fault.
    row : int, optional
        The data row at fault, from 1.
    """

    def __init__(
        self, code: Code, message: str, *, column: str | None = None, row: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.column = column
        self.row = row


def refuse_pointers(path: Path) -> None:
    """Refuse a file without data of its own, which makes GDAL read another, or an address."""
    with path.open("rb") as file:
        if POINTER.search(file.read(POINTER_WITHIN)):
            raise RefusedError(
                "unreadable_file", "It only points to other data; name those files themselves."
            )
