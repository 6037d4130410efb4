"""Rasters: where a grid lies, which year it is of, and what it is like."""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.checks.ledger import Ledger
from data.checks.region import Region
from data.checks.systems import WGS84, system_name
from data.grids import Grid
from data.sources.raster import RawRaster
from data.sources.raw import RefusedError
from vigia.settings import LayerInput

YEAR = re.compile(r"(?<!\d)(19\d\d|2[01]\d\d)(?!\d)")
EDGE_PIECES = 32  # of a side of the grid, which may be bent on the map


def check(
    raw: RawRaster, name: str, spec: LayerInput, region: Region, ledger: Ledger
) -> tuple[pd.DataFrame, Grid]:
    """The canonical table of a raster, which has one row, and its grid.

    Parameters
    ----------
    name : str
        Of the file, without its ending.

    Raises
    ------
    RefusedError
        ``year_in_name``, ``layer_outside_area``, ``antimeridian``.
    """
    tell_what_it_is(raw, ledger)
    grid = _west_of_the_line(raw, ledger)
    _over_the_districts(grid, raw, region, ledger)
    year = year_of(name) if spec.year_in_name else None
    table = pd.DataFrame(
        {
            "fid": [1],
            "code": pd.array([None], dtype="str"),
            "from_year": pd.array([year], dtype="Int64"),
            "until_year": pd.array([None], dtype="Int64"),
            "value": [raw.mean],
        }
    )
    if year is not None and year > region.today.year:
        ledger.rows(
            "future_date", "warning", "Its year has not come yet.", table.index, fate="rejected"
        )
        table = table[:0]
    return table, grid


def year_of(name: str) -> int:
    """The only year in the name of a file."""
    years = set(YEAR.findall(name))
    if len(years) != 1:
        raise RefusedError(
            "year_in_name",
            "The file's name has to have one year of four digits, as in forest_2021.tif; it has "
            f"{len(years)}.",
        )
    return int(years.pop())


def tell_what_it_is(raw: RawRaster, ledger: Ledger) -> None:
    """Bands, numbers, cells, coordinate system, and how much has no data."""
    grid = raw.grid
    unit = "degrees" if raw.crs.is_geographic else str(raw.crs.axis_info[0].unit_name)
    share = 100 * raw.empty / raw.cells
    ledger.tell(
        "raster_read",
        "info",
        f"Band {grid.band} of {raw.bands} ({raw.kind}): {grid.width} x {grid.height} cells of "
        f"{grid.cell_width:.6g} x {grid.cell_height:.6g} {unit} in {system_name(raw.crs)}; "
        f"{share:.3g} % of them have no data.",
    )
    if raw.scaled:
        ledger.tell(
            "scaled_values", "info", "Its numbers were scaled and shifted, as the file says."
        )
    for number, cells in raw.suspects.items():
        ledger.tell(
            "undeclared_nodata",
            "warning",
            f"{cells} cells are {number:g}, which often means no data; the file does not say so, "
            "and they count as numbers. If they are none, say so with nodata in vigia.toml.",
        )


def _west_of_the_line(raw: RawRaster, ledger: Ledger) -> Grid:
    """The grid with longitudes from -180 to 180."""
    grid = raw.grid
    east = grid.west + grid.width * grid.cell_width
    slack = grid.cell_width / 2
    if not raw.crs.is_geographic or east <= 180 + slack:
        return grid
    if grid.west < 180 - slack:
        raise RefusedError(
            "antimeridian",
            "It goes over the line of 180 degrees: write it with longitudes from -180 to 180 "
            "(gdalwarp -te -180 -90 180 90), or cut it there.",
        )
    ledger.tell(
        "antimeridian", "warning", "Its longitudes go beyond 180: it was moved by 360 degrees."
    )
    return replace(grid, west=grid.west - 360)


def _over_the_districts(grid: Grid, raw: RawRaster, region: Region, ledger: Ledger) -> None:
    """Refuse a grid that lies elsewhere; tell how many districts it does not cover."""
    if region.shapes is None:
        return
    ground = footprint(grid, raw)
    districts = region.shapes.geometry.to_numpy()
    shapely.prepare(ground)
    if not shapely.intersects(ground, districts).any():
        raise RefusedError(
            "layer_outside_area",
            "It lies over none of the districts: is it the right file, and the right crs?",
        )
    without = int((~shapely.covers(ground, districts)).sum())
    if without:
        ledger.tell(
            "partly_covered",
            "warning",
            f"{without} districts lie beside it, wholly or in part: what is there stays unknown.",
            count=without,
        )


def footprint(grid: Grid, raw: RawRaster) -> shapely.Geometry:
    """The outline of a grid in EPSG:4326."""
    east = grid.west + grid.width * grid.cell_width
    south = grid.north - grid.height * grid.cell_height
    side = max(east - grid.west, grid.north - south) / EDGE_PIECES
    outline = shapely.segmentize(shapely.box(grid.west, south, east, grid.north), side)
    placed = gpd.GeoSeries([outline], crs=raw.crs).to_crs(WGS84).iloc[0]
    if not np.isfinite(shapely.get_coordinates(placed)).all():
        raise RefusedError(
            "layer_outside_area", "It lies where its coordinate system has no places: correct crs."
        )
    outline_there: shapely.Geometry = shapely.make_valid(placed)
    return outline_there
