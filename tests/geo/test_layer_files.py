"""Layers in files: the same bytes as from a table, and only so much of them in memory."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo import chunks, layer_files
from geo.crs import forward, inverse
from geo.features import Factor, Region
from geo.layer_files import FiledLayer, LayerFile, write_layer_file
from geo.surface import surface_of
from tests.geo.shapes import NO_CAPITALS, NO_POINTS, at, grid, layer, line, region, square
from tests.geo.worlds import NAMES, SURFACES, bent, first_of, metric_of, numbers, table_of, world
from vigia.errors import GeometryError

WHERE = region()
YEARS = [2013, 2017, 2022]
EVERYWHERE = ("polygon", "capital", "population")
BOUNDS = (-75.0, -10.0, -71.0, -7.0)


def factors() -> list[Factor]:
    """All measures of features, on every support and with every option."""
    found = [Factor(name, "distance", support) for name in ("posts", "roads", "mines")
             for support in EVERYWHERE]  # fmt: skip
    for support in EVERYWHERE:
        found += [
            Factor("mines", "share_of_area", support),
            Factor("mines", "share_of_area", support, radius_km=30),
            Factor("roads", "length_density", support, radius_km=30),
            Factor("posts", "count_density", support, radius_km=20),
            Factor("posts", "count_density", support, radius_km=20, per="people"),
            Factor("mines", "count_density", support, radius_km=35, weighted=True),
            Factor("posts", "kernel_density", support, radius_km=40),
            Factor("posts", "kernel_density", support, radius_km=15, weighted=True),
        ]
    return [
        *found,
        Factor("roads", "length_density"),
        Factor("roads", "count_density"),
        Factor("posts", "count_density", per="people"),
        Factor("posts", "count_density", weighted=True),
    ]


FACTORS = factors()


def filed(folder: Path, tables: dict[str, gpd.GeoDataFrame]) -> dict[str, LayerFile]:
    """Each table in a file, of which it is given in two pieces."""
    return {
        name: write_layer_file(folder / f"{name}.parquet", [it.iloc[::2], it.iloc[1::2]], BOUNDS)
        for name, it in tables.items()
    }


def written(folder: Path, *geometry: Any, **years: Any) -> LayerFile:
    return write_layer_file(folder / "it.parquet", [layer(*geometry, **years)], BOUNDS)


def laid(file: LayerFile, surface: tuple[str, str] = SURFACES[0]) -> FiledLayer:
    return FiledLayer("it", file, surface_of(metric_of(WHERE, surface)))


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_files, "ROWS", 7)


# The same bytes, however the work is cut


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, str], pd.DataFrame]:
    where = world()
    return {
        surface: table_of(where.region, where.layers, FACTORS, surface, YEARS, threads=1)
        for surface in SURFACES
    }


def same_bytes(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    differ = [
        name
        for name in expected
        if found[name].to_numpy().tobytes() != expected[name].to_numpy().tobytes()
    ]
    assert differ == []
    assert found.index.equals(expected.index)


def test_every_factor_has_answers_that_differ_and_years_that_matter(
    expected: dict[tuple[str, str], pd.DataFrame],
) -> None:
    """Or the tests of equal bytes would be of nothing."""
    for table in expected.values():
        assert (table.nunique() > 8).mean() > 0.8  # where a feature touches, it is at no distance
        assert table.nunique().min() > 1
        for year, other in pairwise(YEARS):
            before, after = (table.xs(at, level="year").to_numpy() for at in (year, other))
            assert (np.nan_to_num(before) != np.nan_to_num(after)).any(axis=0).mean() > 0.9


@pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
def test_threads_and_parts_change_no_byte(
    surface: tuple[str, str],
    expected: dict[tuple[str, str], pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = world()
    monkeypatch.setattr(chunks, "DISTRICTS_AT_ONCE", 2)
    found = table_of(where.region, where.layers, FACTORS, surface, YEARS, threads=4)
    same_bytes(found, expected[surface])


@pytest.mark.parametrize("districts", [2, 256])
@pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
@pytest.mark.usefixtures("small_groups")
def test_a_file_in_place_of_a_table_changes_no_byte(
    surface: tuple[str, str],
    districts: int,
    expected: dict[tuple[str, str], pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    where = world()
    files = filed(tmp_path, where.layers)
    assert pq.ParquetFile(files["posts"].path).num_row_groups > 20
    monkeypatch.setattr(chunks, "DISTRICTS_AT_ONCE", districts)
    found = table_of(where.region, files, FACTORS, surface, YEARS, threads=2)
    same_bytes(found, expected[surface])


@pytest.mark.parametrize("surface", SURFACES, ids=NAMES)
@pytest.mark.usefixtures("small_groups")
def test_what_is_far_beyond_the_first_look_is_found(
    surface: tuple[str, str], tmp_path: Path
) -> None:
    """A look reaches 20 km, then farther; here the nearest are 100 km to 3,000 km away."""
    draw = np.random.default_rng(5)
    away = np.concatenate(
        [draw.uniform((3, 0.2), (4, 1.2), (30, 2)), draw.uniform(20, 60, (30, 2))]
    )
    posts = layer(*(at(*place) for place in away))
    for it in (posts, posts.iloc[30:]):
        file = write_layer_file(tmp_path / "posts.parquet", [it], BOUNDS)
        from_table = numbers(WHERE, it, Factor("it", "distance"), surface)
        from_file = numbers(WHERE, file, Factor("it", "distance"), surface)
        assert from_table.min() > 50
        assert from_file.tobytes() == from_table.tobytes()


@pytest.mark.usefixtures("small_groups")
def test_sides_that_a_plane_bends_hide_no_row_group(tmp_path: Path) -> None:
    """In a wide region the straight side of a box lies 100 m off the parallel of its corners."""
    boxes = [shapely.box(lon, 59, lon + 2, 60) for lon in (0, 2, 4)]
    districts = grid(3, 1).set_geometry(gpd.GeoSeries(boxes, crs=4326))
    wide = Region(districts, NO_CAPITALS, NO_POINTS)
    surface = surface_of(metric_of(wide, SURFACES[1]))
    flat = forward(np.array(boxes, dtype=object), surface.crs)
    west, south, east, north = shapely.total_bounds(flat).tolist()
    places = [shapely.Point(x, north - 1.0) for x in np.linspace(west, east, 98)]
    posts = gpd.GeoDataFrame(
        geometry=inverse(np.array(places, dtype=object), surface.crs), crs=4326
    )
    file = write_layer_file(tmp_path / "posts.parquet", [posts], (0, 59, 6, 60))
    near = FiledLayer("it", file, surface).near((west, south, east, north))
    assert len(near) == len(posts)


# What is in memory


@pytest.mark.usefixtures("small_groups")
def test_near_a_place_only_its_row_groups_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_files, "ROWS_KEPT", 30)
    draw = np.random.default_rng(2)
    posts = [at(*place) for place in draw.uniform(0, 4, (700, 2))]
    it = laid(written(tmp_path, *posts))
    read: list[int] = []

    def counted(table: pa.Table) -> Any:
        read.append(1)
        return FiledLayer._laid(it, table)

    monkeypatch.setattr(it, "_laid", counted)
    box = square(1, 1, 0.4)
    near = it.near(box.bounds)
    assert len(near) == sum(box.intersects(post) for post in posts)
    assert 0 < len(read) < 15  # of a hundred
    it.near(box.bounds)
    again = len(read)
    assert len(it.near(None)) == len(posts)
    assert len(read) >= again + 96
    assert sum(len(group.features) for group in it._kept.values()) <= 30


def test_the_groups_kept_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = laid(written(tmp_path, at(0.5, 0.5), at(1.5, 0.5)))
    first = it.near(None).shapes
    monkeypatch.setattr(it, "_laid", lambda table: pytest.fail("read again"))
    assert it.near(None).shapes.tolist() == first.tolist()


# The file


def test_others_can_read_it_and_a_box_of_it(tmp_path: Path) -> None:
    it = layer(at(0.5, 0.5), line((1, 1), (2, 2)), square(3, 0), from_year=[2018, None, 2020])
    it["value"], it["code"] = [1.5, 2.5, np.nan], ["010101", None, "ñ"]
    file = write_layer_file(tmp_path / "it.parquet", [it], BOUNDS)
    read = gpd.read_parquet(file.path)
    assert read.crs.equals("EPSG:4326", ignore_axis_order=True)
    assert sorted(shape.wkt for shape in read.geometry) == sorted(
        shape.wkt for shape in it.geometry
    )
    by_type = read.set_index(read.geometry.geom_type)
    assert by_type.loc["Point", ["code", "value", "from_year"]].tolist() == ["010101", 1.5, 2018]
    assert pd.isna(by_type.loc["LineString", "from_year"])
    box = gpd.read_parquet(file.path, bbox=square(2.5, -0.5).bounds)
    assert box.geometry.geom_type.tolist() == ["Polygon"]


def test_rows_without_a_geometry_are_left_out_and_any_crs_is_taken(tmp_path: Path) -> None:
    it = layer(at(0.5, 0.5), None, shapely.Point(), at(1.5, 0.5)).to_crs(32718)
    near = laid(write_layer_file(tmp_path / "it.parquet", [it], BOUNDS)).near(None)
    found = shapely.get_coordinates(near.shapes)
    assert found == pytest.approx(shapely.get_coordinates([at(0.5, 0.5), at(1.5, 0.5)]), abs=1e-9)


@pytest.mark.parametrize("frames", [[], [layer()], [layer(), layer()]])
def test_a_file_without_features_says_nothing(frames: list[Any], tmp_path: Path) -> None:
    file = write_layer_file(tmp_path / "it.parquet", frames, BOUNDS)
    assert len(laid(file).near(None)) == 0
    for measure in ("distance", "count_density", "share_of_area", "length_density"):
        assert np.isnan(numbers(WHERE, file, Factor("it", measure))).all()


def test_all_in_one_place_and_beyond_the_bounds_that_were_told(tmp_path: Path) -> None:
    it = layer(at(0.5, 0.5), at(0.5, 0.5), at(80, 30), at(-20, -90))
    spot = at(0.5, 0.5)
    file = write_layer_file(tmp_path / "it.parquet", [it], (spot.x, spot.y, spot.x, spot.y))
    found = numbers(WHERE, file, Factor("it", "count_density"))
    assert found.tolist() == numbers(WHERE, it, Factor("it", "count_density")).tolist()
    assert found[0] > 0


def test_years_are_told_before_any_row_is_read(tmp_path: Path) -> None:
    it = layer(at(0.5, 0.5), at(0.6, 0.5), from_year=[2018, 2019], until_year=[2021, None])
    file = write_layer_file(tmp_path / "it.parquet", [it], BOUNDS)
    known = laid(file)
    assert known.years.first == 2018
    assert known.years.changes.tolist() == [2018, 2019, 2021]
    assert known.dimensions == {0}
    assert not known.valued
    years = [2017, 2018, 2019, 2021]
    found = table_of(WHERE, {"it": file}, [Factor("it", "count_density")], years=years)
    counts = first_of(found, "010101")
    assert np.isnan(counts[0])
    assert counts[1:] / counts[1] == pytest.approx([1, 2, 1])


def _text(path: Path) -> None:
    path.write_text("no parquet")


def _other_parquet(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def _only_the_key(path: Path) -> None:
    about = json.dumps(
        {"first": 1, "always": False, "dimensions": [], "valued": False, "changes": []}
    )
    pq.write_table(pa.table({"a": [1]}).replace_schema_metadata({layer_files.KEY: about}), path)


def _broken_about(path: Path) -> None:
    write_layer_file(path, [layer(at(0, 0))], BOUNDS)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({layer_files.KEY: b"{"}), path)


def _no_years(path: Path) -> None:
    write_layer_file(path, [layer(at(0, 0))], BOUNDS)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({layer_files.KEY: b"{}"}), path)


def _no_geometry(path: Path) -> None:
    write_layer_file(path, [layer(at(0.5, 0.5))], BOUNDS)
    table = pq.read_table(path)
    column = table.schema.get_field_index("geometry")
    pq.write_table(table.set_column(column, "geometry", pa.array([b"xyz"], pa.binary())), path)


def _half(path: Path) -> None:
    write_layer_file(path, [layer(*(at(x, 0.5) for x in np.linspace(0, 2, 500)))], BOUNDS)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])


@pytest.mark.parametrize(
    "spoil",
    [_text, _other_parquet, _only_the_key, _broken_about, _no_years, _no_geometry, _half],
)
def test_a_file_that_is_none(spoil: Any, tmp_path: Path) -> None:
    path = tmp_path / "it.parquet"
    spoil(path)
    with pytest.raises(
        GeometryError, match=r"read from it\.parquet, which is no layer file"
    ) as caught:
        numbers(WHERE, LayerFile(path), Factor("it", "distance"))
    assert "write_layer_file" in str(caught.value.hint)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="is not there"):
        numbers(WHERE, LayerFile(tmp_path / "it.parquet"), Factor("it", "distance"))


def test_when_writing_fails_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    file = written(tmp_path, at(0, 0))
    before = file.path.read_bytes()

    def frames() -> Any:
        yield layer(at(1, 1))
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write_layer_file(file.path, frames(), BOUNDS)
    assert [path.name for path in tmp_path.iterdir()] == ["it.parquet"]
    assert file.path.read_bytes() == before


def test_invalid_features_are_refused_as_in_a_table(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([at(0, 0), at(1, 1), at(1, 0), at(0, 1)])
    with pytest.raises(GeometryError, match='The layer "it" has 1 invalid'):
        numbers(WHERE, written(tmp_path, bow_tie), Factor("it", "distance"))


def test_a_bent_region_has_no_gaps() -> None:
    """The hand-made region of these tests is a coverage, as real districts are."""
    shapes = bent().geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapes).sum())
