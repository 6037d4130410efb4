"""The synthetic Amazon: a fictional region with hidden truth, written as real sources write files.

The default example, and the oracle that tests judge the software by. It shares no code with
``geo``: its distances and travel times are its own.
"""

from __future__ import annotations

from pathlib import Path

from data.synthetic import writing
from data.synthetic.params import SyntheticParams
from data.synthetic.region import Region, simulate

VERSION = 1
"""Raised by every change that changes the region of the same parameters."""

__all__ = ["VERSION", "Region", "SyntheticParams", "simulate", "write_project"]


def write_project(region: Region, folder: Path) -> None:
    """Write ``region`` as a project: ``vigia.toml``, ``datos/``, and ``truth/`` beside them.

    The same region gives the same bytes.

    Parameters
    ----------
    region : Region
        From ``simulate``.
    folder : Path
        Made when it is not there; files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writing.write_project(region, folder, VERSION)
