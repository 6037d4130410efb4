"""One band of any raster that GDAL reads: GeoTIFF, ASCII grid and the like.

It is read strip by strip and packed at once: of a large file a few megabytes are in memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from data.grids import Cells, CellType, Grid, packed, strip_rows
from data.sources.raw import RefusedError, refuse_pointers
from vigia.settings import LayerInput

MOST_CELLS = 400_000_000
CACHE_MB = 256  # GDAL would take a twentieth of the machine's memory
EXACT = {"int8", "uint8", "int16", "uint16", "float16", "float32"}  # in a float32
WHOLE_IN_DOUBLE = 2**53
# Numbers that often stand for no data; where a file declares none they are asked about.
SUSPECTS = (-9999.0, -32768.0, -99999.0, -3.4028234663852886e38, 1e20)
POINTING = {"VRT", "WMS", "WMTS", "WCS", "STACIT", "STACTA", "PLMOSAIC", "GTI", "EEDAI", "DERIVED"}


@dataclass(frozen=True)
class RawRaster:
    """A band, with what there is to say of it.

    Attributes
    ----------
    bands : int
        That the file has.
    kind : str
        Of the numbers in the file, such as ``int16``.
    crs : CRS
    scaled : bool
        Whether the file says to multiply or to add something, which was done.
    empty : int
        Cells without data.
    suspects : dict of float to int
        Numbers that look like no data in a file that declares none, and in how many cells.
    mean : float
        Of the cells with data, every cell alike.
    beside : tuple of Path
        Files that belong to it.
    """

    grid: Grid
    bands: int
    kind: str
    crs: CRS
    scaled: bool
    empty: int
    suspects: dict[float, int]
    mean: float
    beside: tuple[Path, ...]

    @property
    def cells(self) -> int:
        return self.grid.height * self.grid.width


def read(path: Path, spec: LayerInput) -> RawRaster:
    """Read one band.

    Raises
    ------
    RefusedError
        ``empty_file``, ``unreadable_file``, ``missing_band``, ``unusable_band``, ``missing_crs``,
        ``unknown_crs``, ``unplaced_raster``, ``rotated_grid``, ``too_many_cells``, ``all_nodata``.
    """
    if path.stat().st_size == 0:
        raise RefusedError("empty_file", "The file has no bytes.")
    refuse_pointers(path)
    with _told(), rasterio.Env(GDAL_CACHEMAX=CACHE_MB), rasterio.open(path) as source:
        beside = _beside(source, path)
        _refuse_band(source, spec.band)
        crs = _system(source, spec)
        _refuse_place(source)
        return _packed(source, spec, crs, beside)


@contextmanager
def _told() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused, in our words
        try:
            yield
        except RasterioError as error:
            raise RefusedError("unreadable_file", f"GDAL cannot read it: {error}") from None


def _beside(source: Any, path: Path) -> tuple[Path, ...]:
    """Files of the same name that belong to it; any other file is none of its business."""
    others = [Path(name) for name in source.files]
    others = [one for one in others if one.absolute() != path.absolute()]
    strangers = [one for one in others if one.absolute().parent != path.absolute().parent]
    if source.driver in POINTING or strangers:
        raise RefusedError(
            "unreadable_file", "It only points to other data; name those files themselves."
        )
    return tuple(sorted(others))


def _refuse_band(source: Any, band: int) -> None:
    if source.count == 0:
        raise RefusedError(
            "missing_band",
            f"It has no bands of its own but {len(source.subdatasets)} grids inside: write the one "
            "that is wanted to a file of its own, such as a GeoTIFF.",
        )
    if band > source.count:
        raise RefusedError(
            "missing_band", f"There is no band {band}: it has {source.count}. Correct band."
        )
    kind = source.dtypes[band - 1]
    if kind.startswith("complex"):
        raise RefusedError("unusable_band", f"The band has complex numbers ({kind}).")
    cells = source.width * source.height
    if cells > MOST_CELLS:
        raise RefusedError(
            "too_many_cells",
            f"It has {cells / 1e6:,.0f} million cells; at most {MOST_CELLS / 1e6:.0f} are read. "
            "Cut it to the area (gdalwarp -te), or make its cells larger (gdalwarp -tr).",
        )


def _system(source: Any, spec: LayerInput) -> CRS:
    said = source.crs.to_wkt() if source.crs else spec.crs
    if said is None:
        raise RefusedError(
            "missing_crs",
            'The file does not say its coordinate system: give it, as in crs = "EPSG:32718".',
        )
    try:
        crs = CRS.from_user_input(said)
    except CRSError:
        raise RefusedError(
            "unknown_crs", f"There is no coordinate system {str(said)[:80]!r}."
        ) from None
    if not (crs.is_geographic or crs.is_projected):
        raise RefusedError("unknown_crs", "Its coordinate system is not one of places on Earth.")
    return crs


def _refuse_place(source: Any) -> None:
    place = source.transform
    if place.is_identity:
        raise RefusedError(
            "unplaced_raster",
            "The file does not say where its cells lie: give it corners (gdal_translate -a_ullr).",
        )
    if place.b or place.d or place.a <= 0 or not place.e:
        raise RefusedError(
            "rotated_grid", "Its rows do not run from west to east: turn it (gdalwarp does)."
        )


def _packed(source: Any, spec: LayerInput, crs: CRS, beside: tuple[Path, ...]) -> RawRaster:
    kind = source.dtypes[spec.band - 1]
    scale, offset = source.scales[spec.band - 1], source.offsets[spec.band - 1]
    scaled = (scale, offset) != (1.0, 0.0)
    dtype: CellType = "float32" if kind in EXACT and not scaled else "float64"
    account = _Account(source.nodatavals[spec.band - 1] is None and spec.nodata is None)
    strips = []
    rows_at_once = strip_rows(source.width, dtype)
    for rows in _strips_from_the_north(source, spec.band, rows_at_once):
        account.refuse_inexact(rows, kind)
        values = np.ma.getdata(rows).astype(dtype)
        gone = np.ma.getmaskarray(rows) | ~np.isfinite(values)
        if spec.nodata is not None:
            gone |= np.ma.getdata(rows) == spec.nodata
        if scaled:
            values = values * scale + offset
        values[gone] = np.nan
        account.add(values)
        strips.append(packed(values))
    if account.empty == source.width * source.height:
        raise RefusedError("all_nodata", "No cell of the band has data: is it the right band?")
    north = source.transform.f
    if source.transform.e > 0:  # drawn from the south
        north += source.transform.e * source.height
    grid = Grid(
        spec.band, dtype, source.height, source.width, rows_at_once, source.transform.c, north,
        source.transform.a, abs(source.transform.e), _text(crs), tuple(strips),
    )  # fmt: skip
    return RawRaster(
        grid, source.count, kind, crs, scaled, account.empty, account.suspects, account.mean, beside
    )


def _strips_from_the_north(source: Any, band: int, rows: int) -> Iterator[np.ma.MaskedArray]:
    """Rows of the band, masked where it has no data."""
    upside_down = source.transform.e > 0
    for first in range(0, source.height, rows):
        count = min(rows, source.height - first)
        start = source.height - first - count if upside_down else first
        strip = source.read(band, window=Window(0, start, source.width, count), masked=True)
        yield strip[::-1] if upside_down else strip


class _Account:
    """What is counted while strips go by."""

    def __init__(self, undeclared: bool) -> None:
        self.empty = 0
        self.suspects: dict[float, int] = {}
        self._undeclared = undeclared
        self._sum = 0.0
        self._known = 0

    @property
    def mean(self) -> float:
        return self._sum / self._known if self._known else float("nan")

    def add(self, values: Cells) -> None:
        known = values[~np.isnan(values)]
        self.empty += values.size - known.size
        self._known += known.size
        self._sum += float(known.sum(dtype=np.float64))
        for suspect in SUSPECTS if self._undeclared else ():
            found = int((known == known.dtype.type(suspect)).sum())
            if found:
                self.suspects[suspect] = self.suspects.get(suspect, 0) + found

    @staticmethod
    def refuse_inexact(rows: np.ma.MaskedArray, kind: str) -> None:
        if kind not in ("int64", "uint64"):
            return
        known: NDArray[Any] = rows.compressed()
        if len(known) and (known.max() > WHOLE_IN_DOUBLE or known.min() < -WHOLE_IN_DOUBLE):
            raise RefusedError(
                "unusable_band",
                "It has whole numbers beyond 2^53, which are not kept exactly.",
            )


def _text(crs: CRS) -> str:
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(crs.to_wkt())
