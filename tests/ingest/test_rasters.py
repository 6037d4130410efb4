"""Rasters: real files of every sort, told what they are, and refused where they cannot be used."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.shutil import copy
from rasterio.transform import Affine

from data.grids import unpacked
from data.records import InputTable
from data.sources import raster as source
from tests.ingest import reading
from tests.ingest.reading import FULL_CREDIT

WEST, NORTH, CELL = -74.1, -8.3, 0.1  # over the twelve squares, and a cell around them
CELLS = np.arange(8 * 10, dtype=np.float32).reshape(8, 10)


def from_origin(west: float, north: float, width: float, height: float) -> Affine:
    return Affine(width, 0, west, 0, -height, north)


PLACE = from_origin(WEST, NORTH, CELL, CELL)
SECTION = """
[[layers]]
id = "forest"
label = "Bosque"
label_en = "Forest"
role = "risk"
kind = "raster"
path = "{path}"
"""


def write(file: Path, cells: np.ndarray = CELLS, **more: Any) -> None:
    """A raster of one band, or of as many as the array has."""
    bands = cells if cells.ndim == 3 else cells[np.newaxis]
    known: dict[str, Any] = {
        "driver": "GTiff",
        "crs": "EPSG:4326",
        "transform": PLACE,
        "count": len(bands),
        "height": bands.shape[1],
        "width": bands.shape[2],
        "dtype": bands.dtype,
    }
    tags = more.pop("tags", {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(file, "w", **(known | more)) as target:
            target.write(bands)
            for name, value in tags.items():
                setattr(target, name, value)


def ingested(folder: Path, keys: str = "", path: str = "forest.tif") -> InputTable:
    """The layer of the files that were written to ``folder``; of several the last."""
    reading.write(folder, extra=SECTION.format(path=path) + FULL_CREDIT + keys)
    return reading.read(folder)["layers/forest"]


def cells(item: InputTable) -> np.ndarray:
    assert item.grid is not None
    return unpacked(item.grid.strips, item.grid)


def said(item: InputTable, code: str) -> str:
    return next(one.message for one in item.report.findings if one.code == code)


def test_a_raster_is_one_row_and_its_cells(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", nodata=7)
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1}
    assert reading.account(item) == (1, 1, 0, 0, 0)
    told = said(item, "raster_read")
    for fact in ("Band 1 of 1 (float32)", "10 x 8 cells", "0.1 x 0.1 degrees", "EPSG:4326"):
        assert fact in told
    assert "1.25 % of them have no data" in told
    truth = np.where(CELLS == 7, np.nan, CELLS)
    np.testing.assert_array_equal(cells(item), truth)
    assert item.table["value"].iloc[0] == pytest.approx(np.nanmean(truth.astype(float)), rel=1e-12)
    assert "geometry" not in item.table
    assert item.years == ()
    grid = item.grid
    assert grid is not None
    assert (grid.dtype, grid.crs, grid.height, grid.width) == ("float32", "EPSG:4326", 8, 10)
    assert (grid.west, grid.north, grid.cell_width, grid.cell_height) == (WEST, NORTH, CELL, CELL)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        *((kind, "float32") for kind in ("uint8", "int8", "int16", "uint16", "float32")),
        *((kind, "float64") for kind in ("int32", "uint32", "float64", "int64", "uint64")),
    ],
)
def test_every_kind_of_number_is_kept_exactly(kind: str, kept: str, tmp_path: Path) -> None:
    if kind.startswith("float"):
        limits = np.finfo(kind).max / 3, np.finfo(kind).tiny, 1 / 3
    else:
        whole = np.iinfo(kind)
        limits = min(int(whole.max), 2**53), max(int(whole.min), -(2**53)), 5
    given = CELLS.astype(kind)
    given[0, :3] = limits
    write(tmp_path / "forest.tif", given)
    item = ingested(tmp_path)
    assert cells(item).dtype == kept
    assert (cells(item).astype(object) == given.astype(object)).all()


def test_a_raster_of_many_strips_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.grids.STRIP_BYTES", 3 * 10 * 4)
    write(tmp_path / "forest.tif")
    item = ingested(tmp_path)
    assert item.grid is not None
    assert len(item.grid.strips) == 3
    np.testing.assert_array_equal(cells(item), CELLS)


@pytest.mark.parametrize("strip", [3 * 10 * 4, 10**6])
def test_rows_from_the_south_are_turned(
    strip: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.grids.STRIP_BYTES", strip)
    upward = Affine(CELL, 0, WEST, 0, CELL, NORTH - 8 * CELL)
    write(tmp_path / "forest.tif", CELLS[::-1], transform=upward)
    item = ingested(tmp_path)
    np.testing.assert_array_equal(cells(item), CELLS)
    assert item.grid is not None
    assert item.grid.north == pytest.approx(NORTH, abs=1e-12)
    assert item.grid.cell_height == CELL


def test_another_band_is_read_where_it_is_said(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", np.stack([CELLS, CELLS + 100]))
    np.testing.assert_array_equal(cells(ingested(tmp_path, "band = 2\n")), CELLS + 100)
    item = ingested(tmp_path, "band = 3\n")
    assert reading.codes(item) == {"missing_band": 1}


def test_cells_without_data_are_unknown_and_never_zero(tmp_path: Path) -> None:
    given = CELLS.copy()
    given[0, 0], given[0, 1], given[0, 2] = np.nan, np.inf, -np.inf
    write(tmp_path / "forest.tif", given, nodata=79)
    found = cells(ingested(tmp_path))
    assert np.isnan(found[0, :3]).all()
    assert np.isnan(found[7, 9])
    assert np.isnan(found).sum() == 4


def test_a_mask_beside_the_band_counts(tmp_path: Path) -> None:
    file = tmp_path / "forest.tif"
    write(file)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(file, "r+") as target:
        mask = np.full(CELLS.shape, 255, dtype=np.uint8)
        mask[2] = 0
        target.write_mask(mask)
    found = cells(ingested(tmp_path))
    assert np.isnan(found[2]).all()
    assert np.isnan(found).sum() == 10


def test_a_number_that_looks_like_no_data_is_asked_about(tmp_path: Path) -> None:
    given = CELLS.copy()
    given[3, :4] = -9999
    write(tmp_path / "forest.tif", given)
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1, "undeclared_nodata": 1}
    assert "4 cells are -9999" in said(item, "undeclared_nodata")
    item = ingested(tmp_path, "nodata = -9999.0\n")
    assert reading.codes(item) == {"raster_read": 1}
    assert np.isnan(cells(item)[3, :4]).all()
    assert np.isnan(cells(item)).sum() == 4


def test_scale_and_offset_are_applied_and_told(tmp_path: Path) -> None:
    given = CELLS.astype(np.int16)
    write(tmp_path / "forest.tif", given, nodata=7, tags={"scales": [0.1], "offsets": [-5.0]})
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1, "scaled_values": 1}
    truth = np.where(given == 7, np.nan, given * 0.1 - 5.0)
    np.testing.assert_array_equal(cells(item), truth)


def test_metres_stay_metres(tmp_path: Path) -> None:
    metres = from_origin(620_000, 9_075_000, 1000, 1000)
    given = np.ones((130, 130), dtype=np.uint8)
    write(tmp_path / "forest.tif", given, crs="EPSG:32718", transform=metres)
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1, "partly_covered": 3}
    assert "1000 x 1000 metre in EPSG:32718" in said(item, "raster_read")
    assert item.grid is not None
    assert item.grid.crs == "EPSG:32718"


@pytest.mark.parametrize("driver", ["AAIGrid", "HFA", "ENVI", "PNG"])
def test_other_formats_are_read_too(driver: str, tmp_path: Path) -> None:
    """Some keep their place in a second file."""
    name = {"AAIGrid": "forest.asc", "HFA": "forest.img", "ENVI": "forest.dat"}.get(
        driver, "forest.png"
    )
    write(tmp_path / "first.tif", CELLS.astype(np.uint8))
    with rasterio.open(tmp_path / "first.tif") as first:
        copy(first, tmp_path / name, driver=driver)
    np.testing.assert_allclose(cells(ingested(tmp_path, path=name)), CELLS)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_second_file_is_part_of_the_version(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", transform=None)
    write_place = (tmp_path / "forest.tfw").write_text
    write_place(f"{CELL}\n0\n0\n-{CELL}\n{WEST + CELL / 2}\n{NORTH - CELL / 2}\n")
    first = ingested(tmp_path)
    assert not first.report.refused
    write_place(f"{CELL}\n0\n0\n-{CELL}\n{WEST + CELL}\n{NORTH - CELL / 2}\n")
    second = ingested(tmp_path)
    assert (first.sha256, first.settings_sha256) != (second.sha256, second.settings_sha256)
    assert first.sha256 == second.sha256


def test_years_come_from_the_names_of_files(tmp_path: Path) -> None:
    for year in (2019, 2021):
        write(tmp_path / f"forest_v2_{year}.tif", CELLS + year)
    reading.write(
        tmp_path, extra=SECTION.format(path="forest_*.tif") + FULL_CREDIT + "year_in_name = true\n"
    )
    item = reading.read(tmp_path)["layers/forest"]
    assert item.years == (2021,)
    assert item.table["from_year"].tolist() == [2021]


@pytest.mark.parametrize("name", ["forest", "forest_2019_2021", "forest_120210", "forest_1821"])
def test_a_name_without_one_year_is_refused(name: str, tmp_path: Path) -> None:
    write(tmp_path / f"{name}.tif")
    item = ingested(tmp_path, "year_in_name = true\n", path=f"{name}.tif")
    assert reading.codes(item) == {"raster_read": 1, "year_in_name": 1}
    assert item.grid is None


def test_a_year_that_has_not_come_is_rejected(tmp_path: Path) -> None:
    write(tmp_path / "forest_2031.tif")
    item = ingested(tmp_path, "year_in_name = true\n", path="forest_2031.tif")
    assert reading.codes(item) == {"raster_read": 1, "future_date": 1, "no_rows_left": 1}


def test_the_same_cells_of_another_year_are_another_version(tmp_path: Path) -> None:
    made = []
    for year in (2019, 2021):
        folder = tmp_path / str(year)
        folder.mkdir()
        write(folder / f"forest_{year}.tif")
        made.append(ingested(folder, "year_in_name = true\n", path=f"forest_{year}.tif"))
    assert made[0].sha256 == made[1].sha256
    assert made[0].settings_sha256 != made[1].settings_sha256


def test_two_rasters_of_one_time_are_refused(tmp_path: Path) -> None:
    for name in ("forest_a.tif", "forest_b.tif"):
        write(tmp_path / name)
    item = ingested(tmp_path, path="forest_*.tif")
    assert reading.codes(item) == {"raster_read": 1, "several_rasters": 1}


def test_a_raster_without_a_system_is_refused_until_it_is_named(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", crs=None)
    assert reading.codes(ingested(tmp_path)) == {"missing_crs": 1}
    assert not ingested(tmp_path, 'crs = "EPSG:4326"\n').report.refused
    assert reading.codes(ingested(tmp_path, 'crs = "EPSG:424242"\n')) == {"unknown_crs": 1}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (Affine.identity(), "unplaced_raster"),
        (PLACE @ Affine.rotation(10), "rotated_grid"),
        (PLACE @ Affine.shear(5, 0), "rotated_grid"),
        (Affine(-CELL, 0, WEST + 1, 0, -CELL, NORTH), "rotated_grid"),
        (from_origin(10, 50, CELL, CELL), "layer_outside_area"),
        (from_origin(175, -8.3, 1, 0.1), "antimeridian"),
    ],
)
def test_a_grid_that_lies_badly_is_refused(place: Affine, code: str, tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", transform=place)
    item = ingested(tmp_path)
    assert item.report.refused
    assert code in reading.codes(item)
    assert item.grid is None
    assert item.table.empty


def test_longitudes_to_360_are_moved(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", transform=from_origin(WEST + 360, NORTH, CELL, CELL))
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1, "antimeridian": 1}
    assert item.grid is not None
    assert item.grid.west == pytest.approx(WEST, abs=1e-9)


def test_what_it_does_not_cover_is_told(tmp_path: Path) -> None:
    """The western column of squares, and half of the next."""
    write(tmp_path / "forest.tif", CELLS[:, :4])
    item = ingested(tmp_path)
    assert reading.codes(item) == {"raster_read": 1, "partly_covered": 9}


def test_a_band_without_data_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", np.full((8, 10), 3, np.uint8), nodata=3)
    assert reading.codes(ingested(tmp_path)) == {"all_nodata": 1}


def test_numbers_that_are_not_kept_exactly_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "forest.tif", CELLS.astype(np.complex64))
    assert reading.codes(ingested(tmp_path)) == {"unusable_band": 1}
    write(tmp_path / "forest.tif", np.full((8, 10), 2**53 + 1, np.int64))
    assert reading.codes(ingested(tmp_path)) == {"unusable_band": 1}


def test_a_grid_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "forest.tif")
    monkeypatch.setattr(source, "MOST_CELLS", 79)
    item = ingested(tmp_path)
    assert reading.codes(item) == {"too_many_cells": 1}
    assert "gdalwarp" in said(item, "too_many_cells")


def test_a_sparse_file_of_many_cells_is_refused_at_once(tmp_path: Path) -> None:
    """Forty thousand million cells in a file of a few kilobytes."""
    with rasterio.open(
        tmp_path / "forest.tif", "w", driver="GTiff", width=200_000, height=200_000, count=1,
        dtype="uint8", crs="EPSG:4326", transform=from_origin(-75, -8, 1e-5, 1e-5),
        SPARSE_OK=True, tiled=True, blockxsize=4096, blockysize=4096,
    ):  # fmt: skip
        pass
    assert reading.codes(ingested(tmp_path)) == {"too_many_cells": 1}


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    file = tmp_path / "forest.tif"
    rng = np.random.default_rng(1)
    write(file, rng.random((200, 200)).astype(np.float32), compress="deflate")
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert reading.codes(ingested(tmp_path)) == {"unreadable_file": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"nothing that anybody could read", "unreadable_file"),
        (b"<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>", "unreadable_file"),
        (b"<GDAL_WMS><Service name='TMS'></Service></GDAL_WMS>", "unreadable_file"),
        (b'{"type":"Feature","stac_version":"1.0.0","assets":{}}', "unreadable_file"),
        (b"<Capabilities version='1.0.0'></Capabilities>", "unreadable_file"),
    ],
)
def test_what_is_no_raster_of_its_own_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "forest.tif").write_bytes(content)
    assert reading.codes(ingested(tmp_path)) == {code: 1}
