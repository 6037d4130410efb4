"""What every source gives: rows as the file has them, before anything is checked."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from data.finding_codes import Code
from vigia.settings import CasesInput, EffortInput, FileInput


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
        What had to be found out to read it: code of a finding -> sentence.
    """

    frame: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    told: dict[Code, str] = field(default_factory=dict)


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
