"""Coordinate systems of files: which one it is, and how well it goes over into EPSG:4326."""

from __future__ import annotations

import warnings

import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError
from pyproj.transformer import TransformerGroup

from data.checks.ledger import Ledger
from data.checks.values import without_control
from data.sources.raw import RefusedError

WGS84 = "EPSG:4326"
LONGEST_NAME = 80  # of a coordinate system, in a message
BALLPARK = "allpark"  # what PROJ calls a way that leaves the datum out


def system_of(text: str) -> CRS:
    """The coordinate system of that name; ``unknown_crs`` where there is none."""
    try:
        return CRS.from_user_input(text)
    except CRSError:
        raise RefusedError("unknown_crs", f"There is no coordinate system {text!r}.") from None


def tell_conversion(ledger: Ledger, crs: CRS) -> None:
    """Say which coordinate system a file has, where it is not EPSG:4326."""
    if crs.equals(CRS(WGS84), ignore_axis_order=True) or crs.equals(CRS("OGC:CRS84")):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of grids that are not installed: told below
        ways = TransformerGroup(crs, WGS84, always_xy=True)
    exact = [way for way in ways.transformers if BALLPARK not in way.description]
    accuracy = max((way.accuracy for way in exact[:1]), default=0.0)
    said = f"Its coordinates are of {system_name(crs)}; they are stored as EPSG:4326"
    if exact and ways.best_available:
        to = f", to {accuracy:g} m" if accuracy >= 1 else ""
        ledger.tell("crs_converted", "info", f"{said}{to}.")
        return
    off = f"{accuracy:g} m" if accuracy > 0 else "hundreds of metres"
    ledger.tell(
        "crs_converted",
        "warning",
        f"{said}. The best way from one to the other is not installed: places may be off by {off}.",
    )


def system_name(crs: CRS) -> str:
    """The code of a coordinate system, or its name where it has none."""
    authority = crs.to_authority()
    if authority:
        return ":".join(authority)
    name = without_control(pd.Series([crs.name or "no name"], dtype="str"))
    return repr(str(name.iloc[0])[:LONGEST_NAME])
