"""Statistics of rasters, against every cell cut by Shapely, closed forms and rasterio."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from rasterio.io import MemoryFile

from geo.crs import forward, transformer
from geo.geodesy import area_km2
from geo.raster import Raster, at_points, known_share, share_at_points, zonal
from vigia.errors import GeometryError

UTM = "EPSG:32718"
METRES = {"west": 3e5, "north": 9.2e6, "cell_width": 1000.0, "cell_height": 800.0, "crs": UTM}
DEGREES = {"west": -75.5, "north": -3.0, "cell_width": 0.1, "cell_height": 0.08, "crs": "EPSG:4326"}
FAR_NORTH = DEGREES | {"north": 64.0}
KINDS = pytest.mark.parametrize("grid", [METRES, DEGREES, FAR_NORTH], ids=["m", "deg", "north"])
CLASSES = (1.0, 3.0)


def raster(grid: dict[str, Any], rows: int = 30, columns: int = 40, seed: int = 1) -> Raster:
    """Whole numbers 0 to 4, a fifth of them missing."""
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 5, (rows, columns)).astype(float)
    values[draw.random((rows, columns)) < 0.2] = np.nan
    return Raster(values, **grid)


def backward(shapes: list[Any], where: Raster) -> np.ndarray:
    """From the raster's coordinates to degrees; on a fine thread, as edges are straight there."""
    if where.crs != UTM:
        return np.array(shapes, dtype=object)
    to = transformer(UTM)
    return np.asarray(
        shapely.transform(
            shapely.segmentize(np.array(shapes, dtype=object), 500.0),
            lambda xy: np.column_stack(to.transform(*xy.T, direction="INVERSE")),
        )
    )


def in_cells(where: Raster, *corners: tuple[float, float]) -> list[tuple[float, float]]:
    """Coordinates of places given in columns from the west and rows from the north."""
    return [
        (where.west + column * where.cell_width, where.north - row * where.cell_height)
        for column, row in corners
    ]


def shapes_on(where: Raster) -> list[Any]:
    """With holes, in parts, beyond the edge, within one cell, along cells' borders."""

    def polygon(*corners: tuple[float, float], holes: Any = ()) -> shapely.Polygon:
        return shapely.Polygon(
            in_cells(where, *corners), [in_cells(where, *hole) for hole in holes]
        )

    triangle = polygon((3.2, 2.1), (18.7, 9.9), (6.5, 25.3))
    holes = [[(15.1, 10.2), (20.4, 10.9), (19.9, 15.5)], [(22, 12), (25, 12), (25, 16), (22, 16)]]
    holed = polygon((10.5, 5.2), (30.1, 3.3), (35.9, 22.2), (12.3, 27.7), holes=holes)
    small = polygon((7.1, 7.2), (7.3, 7.2), (7.25, 7.6))
    aligned = polygon((5, 5), (9, 5), (9, 8), (5, 8))
    over_the_edge = polygon((-6.5, -4.5), (8.3, -2.2), (4.1, 7.7))
    parts = shapely.MultiPolygon([triangle, polygon((25.5, 20.5), (33.3, 21.1), (28.8, 29.2))])
    return [triangle, holed, small, aligned, over_the_edge, parts]


def cell_area(where: Raster, row: int) -> float:
    """km² on the ellipsoid, or m² of the plane: only ratios matter."""
    if where.crs == UTM:
        return 1.0
    low, high = (where.north - where.cell_height * (row + side) for side in (1, 0))
    cell = shapely.box(where.west, low, where.west + where.cell_width, high)
    return float(area_km2(np.array([shapely.segmentize(cell, 0.001)], dtype=object))[0])


def cut_cells(where: Raster, shape: Any) -> list[tuple[float, float, float]]:
    """Value, part covered and area of every cell of the raster that a shape covers."""
    found = []
    rows, columns = where.values.shape
    for row in range(rows):
        for column in range(columns):
            corners = in_cells(where, (column, row), (column + 1, row + 1))
            cell = shapely.box(*corners[0], *corners[1])
            part = shapely.intersection(cell, shape).area / cell.area
            if part > 0:
                found.append((where.values[row, column], part, cell_area(where, row)))
    return found


def weighted(where: Raster, shape: Any) -> dict[str, float]:
    value, part, area = np.array(cut_cells(where, shape)).T
    known = ~np.isnan(value)
    weight = (part * area)[known]
    belongs = np.isin(value[known], CLASSES)
    return {
        "mean": float(np.average(value[known], weights=weight)) if known.any() else np.nan,
        "sum": float(np.sum((value * part)[known])) if known.any() else np.nan,
        "share": 100 * float(np.average(belongs, weights=weight)) if known.any() else np.nan,
        "known": float(weight.sum() / np.sum(part * area)),
    }


@KINDS
def test_statistics_are_those_of_every_cell_cut_by_the_polygon(grid: dict[str, Any]) -> None:
    where = raster(grid)
    shapes = shapes_on(where)
    expected = [weighted(where, shape) for shape in shapes]
    polygons = backward(shapes, where)
    for statistic in ("mean", "sum", "share"):
        found = zonal(polygons, where, statistic, CLASSES)  # type: ignore[arg-type]
        assert found == pytest.approx([each[statistic] for each in expected], rel=1e-6)
    within = known_share(polygons, where)
    assert within[[0, 1, 2, 3, 5]] == pytest.approx(
        [expected[row]["known"] for row in (0, 1, 2, 3, 5)], rel=1e-6
    )


@KINDS
def test_what_is_known_counts_what_lies_beyond_the_edge(grid: dict[str, Any]) -> None:
    """The same polygon on the raster with a wide margin of nothing."""
    where = raster(grid)
    margin = 10
    wide = Raster(
        np.pad(where.values, margin, constant_values=np.nan),
        where.west - margin * where.cell_width,
        where.north + margin * where.cell_height,
        where.cell_width,
        where.cell_height,
        where.crs,
    )
    polygons = backward(shapes_on(where), where)
    found = known_share(polygons, where)
    assert found == pytest.approx(known_share(polygons, wide), rel=1e-4)
    assert found[4] == pytest.approx(weighted(wide, shapes_on(where)[4])["known"], rel=1e-4)
    assert 0 < found[4] < 0.6


def test_a_smaller_cell_toward_the_pole_counts_less() -> None:
    """Two rows, one at the equator and one at 60 degrees north, where a cell is half as wide."""
    where = Raster(np.array([[1.0], [0.0]]), 10.0, 90.0, 1.0, 90.0, "EPSG:4326")
    whole = shapely.box(10, -90, 11, 90)
    assert zonal(np.array([whole]), where, "mean")[0] == pytest.approx(0.5)  # both halves of Earth
    geod = Geod(ellps="WGS84")
    rows = [
        abs(geod.geometry_area_perimeter(shapely.segmentize(shapely.box(0, y, 1, y + 1), 1e-3))[0])
        for y in (60, 0)
    ]
    tall = np.full((61, 1), np.nan)
    tall[0], tall[-1] = 1.0, 0.0
    where = Raster(tall, 0.0, 61.0, 1.0, 1.0, "EPSG:4326")
    found = zonal(np.array([shapely.box(0, 0, 1, 61)]), where, "mean")[0]
    assert found == pytest.approx(rows[0] / sum(rows), rel=1e-6)
    assert found == pytest.approx(1 / 3, abs=0.01)


@KINDS
def test_a_constant_has_itself_as_mean(grid: dict[str, Any]) -> None:
    where = Raster(np.full((30, 40), 7.5), **grid)
    polygons = backward(shapes_on(where), where)
    assert zonal(polygons, where, "mean") == pytest.approx(np.full(6, 7.5), rel=1e-12)
    assert zonal(polygons, where, "share", (7.5,)).tolist() == [100] * 6
    assert zonal(polygons, where, "share", (7.0,)).tolist() == [0] * 6
    assert known_share(polygons[[0, 1, 2, 3, 5]], where).tolist() == [1] * 5
    part_in = shapely.intersection(
        np.array(shapes_on(where)), shapely.box(where.west, where.south, where.east, where.north)
    )
    expected = 7.5 * shapely.area(part_in) / (where.cell_width * where.cell_height)
    assert zonal(polygons, where, "sum") == pytest.approx(expected, rel=1e-6)


@given(
    st.floats(0.5, 30), st.floats(0.5, 20), st.floats(0.1, 9), st.floats(0.1, 9), st.floats(0, 3)
)
@settings(deadline=None, max_examples=40)
def test_the_mean_of_a_ramp_is_its_value_at_the_centre(
    column: float, row: float, width: float, height: float, slope: float
) -> None:
    """A ramp of cells is one of steps: its mean is a piecewise integral along each side."""
    rows, columns = np.mgrid[0:30, 0:40]
    where = Raster((columns + slope * rows).astype(float), **METRES)
    corners = in_cells(where, (column, row), (column + width, row + height))
    box = backward([shapely.box(*corners[0], *corners[1])], where)

    def mean_step(start: float, size: float) -> float:
        edges = np.unique(np.clip(np.arange(60), start, start + size))
        return float(np.average(np.floor((edges[:-1] + edges[1:]) / 2), weights=np.diff(edges)))

    expected = mean_step(column, width) + slope * mean_step(row, height)
    assert zonal(box, where, "mean")[0] == pytest.approx(expected, rel=2e-6, abs=2e-5)


@KINDS
def test_splitting_a_polygon_keeps_its_sum(grid: dict[str, Any]) -> None:
    where = raster(grid)
    shape = shapes_on(where)[1]
    x, _ = in_cells(where, (20.3, 0))[0]
    halves = [
        shapely.intersection(shape, side)
        for side in (
            shapely.box(x - 1e7, -1e8, x, 1e8),
            shapely.box(x, -1e8, x + 1e7, 1e8),
        )
    ]
    whole = zonal(backward([shape], where), where, "sum")[0]
    assert zonal(backward(halves, where), where, "sum").sum() == pytest.approx(whole, rel=1e-6)


@KINDS
def test_the_order_of_polygons_and_their_company_change_nothing(grid: dict[str, Any]) -> None:
    where = raster(grid)
    polygons = backward(shapes_on(where), where)
    whole = zonal(polygons, where, "mean")
    assert zonal(polygons[::-1], where, "mean")[::-1].tobytes() == whole.tobytes()
    alone = [zonal(polygons[row : row + 1], where, "mean")[0] for row in range(len(polygons))]
    assert np.array(alone).tobytes() == whole.tobytes()


def test_where_there_is_nothing_there_is_no_number() -> None:
    values = np.full((4, 4), np.nan)
    values[0, 0] = 5
    where = Raster(values, 0.0, 4.0, 1.0, 1.0, "EPSG:4326")
    nothing = [
        None,
        shapely.Polygon(),
        shapely.LineString([(0, 4), (1, 3)]),
        shapely.box(50, 50, 51, 51),  # elsewhere
        shapely.box(2, 1, 3, 2),  # no data
        shapely.box(1, 3, 2, 4),  # beside the only datum
    ]
    polygons = np.array([*nothing, shapely.box(0, 2, 1, 4)], dtype=object)
    for statistic, expected in (("mean", 5), ("sum", 5), ("share", 100)):
        found = zonal(polygons, where, statistic, (5.0,))  # type: ignore[arg-type]
        assert np.isnan(found[:-1]).all()
        assert found[-1] == pytest.approx(expected)
    known = known_share(polygons, where)
    assert np.isnan(known[:3]).all()
    assert known[3:6].tolist() == [0, 0, 0]
    assert known[6] == pytest.approx(0.5, rel=1e-3)  # the southern cell is a little larger


@pytest.mark.parametrize("west", [-180.0, 0.0, 280.0])
def test_a_raster_may_count_longitudes_from_elsewhere(west: float) -> None:
    """From 0 to 360 degrees, as climate models do."""
    columns = 360 if west < 280 else 20
    where = Raster(np.arange(10.0 * columns).reshape(10, -1), west, 5.0, 1.0, 1.0, "EPSG:4326")
    column = -75 - west if west <= -75 else 285 - west
    expected = 5 * columns + column
    square = np.array([shapely.box(-75, -1, -74, 0)], dtype=object)
    assert zonal(square, where, "mean")[0] == pytest.approx(expected, rel=1e-9)
    assert known_share(square, where).tolist() == [1]
    assert at_points(np.array([shapely.Point(-74.5, -0.5)]), where).tolist() == [expected]


def test_edges_straight_in_degrees_are_bent_into_the_rasters_plane() -> None:
    """One edge of 5 degrees: its chord in the plane is 5 km off."""
    where = Raster(np.zeros((1200, 900)), 0.0, 9.9e6, 1000.0, 1000.0, UTM)
    where.values[:600] = 1
    band = shapely.Polygon([(-78, -6), (-72, -6.5), (-72, -2), (-78, -2)])
    fine = forward(np.array([shapely.segmentize(band, 0.001)]), UTM)
    half = shapely.box(0, where.north - 6e5, 9e5, where.north)
    expected = shapely.area(shapely.intersection(fine, half)) / shapely.area(fine)
    assert zonal(np.array([band]), where, "mean") == pytest.approx(expected, rel=1e-6)


def test_what_leaves_the_plane_has_no_number() -> None:
    """Half around the Earth the zone's plane is not defined."""
    where = raster(METRES)
    square = np.array([shapely.box(14, -1, 16, 1), shapely.box(104, 89, 106, 90)], dtype=object)
    assert np.isnan(zonal(square, where, "mean")).all()
    assert np.isnan(at_points(shapely.point_on_surface(square), where)).all()


# At points


@KINDS
def test_points_read_the_cell_that_rasterio_reads(grid: dict[str, Any]) -> None:
    where = raster(grid)
    draw = np.random.default_rng(4)
    cells = np.column_stack([draw.uniform(-3, 43, 300), draw.uniform(-3, 33, 300)])
    places = np.array(in_cells(where, *cells))
    rows, columns = where.values.shape
    transform = rasterio.Affine(where.cell_width, 0, where.west, 0, -where.cell_height, where.north)
    profile = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float64"}
    with MemoryFile() as file:
        with file.open(**profile, transform=transform, nodata=np.nan, crs=where.crs) as written:
            written.write(where.values, 1)
        with file.open() as read:
            sampled = np.ma.vstack(list(read.sample(places, masked=True)))[:, 0].filled(np.nan)
            outside = ~shapely.contains_xy(shapely.box(*read.bounds), places)
    sampled[outside] = np.nan
    found = at_points(backward(list(shapely.points(places)), where), where)
    assert np.isnan(found).sum() > 50
    assert np.array_equal(found, sampled, equal_nan=True)


def test_a_point_between_cells_lies_in_the_eastern_and_southern_one() -> None:
    where = Raster(np.arange(6.0).reshape(2, 3), 0.0, 2.0, 1.0, 1.0, "EPSG:4326")
    places = {(0, 2): 0, (1, 1): 4, (1, 2): 1, (3, 2): 2, (3, 0): 5, (0, 0): 3, (2.5, 1): 5}
    points = np.array([shapely.Point(place) for place in places])
    assert at_points(points, where).tolist() == list(places.values())
    outside = [shapely.Point(3.001, 1), shapely.Point(1, -0.001), None, shapely.Point()]
    assert np.isnan(at_points(np.array(outside, dtype=object), where)).all()


def test_a_share_at_a_point_is_all_or_nothing() -> None:
    where = Raster(np.array([[1.0, 2.0, np.nan]]), 0.0, 1.0, 1.0, 1.0, "EPSG:4326")
    points = shapely.points([[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [9, 9]])
    assert share_at_points(points, where, (2.0, 5.0)).tolist()[:2] == [0, 100]
    assert np.isnan(share_at_points(points, where, (2.0, 5.0))[2:]).all()


def test_classes_are_found_in_rasters_of_single_precision() -> None:
    """0.1 is another number there."""
    where = Raster(np.array([[0.1, 0.2]], dtype=np.float32), 0.0, 1.0, 1.0, 1.0, "EPSG:4326")
    box = np.array([shapely.box(0, 0, 2, 1)], dtype=object)
    assert zonal(box, where, "share", (0.1,))[0] == pytest.approx(50)
    assert share_at_points(shapely.points([[0.5, 0.5]]), where, (0.1,)).tolist() == [100]
    assert zonal(box, where, "mean")[0] == pytest.approx(0.15, rel=1e-6)


# What is refused


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"values": np.empty((0, 3))}, "not the shape"),
        ({"values": np.zeros(5)}, "not the shape"),
        ({"values": np.array([[1, np.inf]])}, "infinite values"),
        ({"cell_width": -1.0}, "or is turned"),
        ({"cell_height": 0.0}, "or is turned"),
        ({"north": np.nan}, "does not say where it lies"),
        ({"crs": "EPSG:0"}, "CRS of a raster is unknown"),
    ],
)
def test_grids_that_are_none_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(GeometryError, match=said) as refusal:
        Raster(**({"values": np.zeros((2, 2))} | DEGREES | changed))
    assert refusal.value.hint


def test_statistics_that_are_none_are_refused() -> None:
    where, nothing = raster(DEGREES), np.array([], dtype=object)
    with pytest.raises(GeometryError, match="share of no class"):
        zonal(nothing, where, "share")
    with pytest.raises(GeometryError, match="share of no class"):
        share_at_points(nothing, where, ())
    with pytest.raises(GeometryError, match='no statistic "median".*mean, sum, share'):
        zonal(nothing, where, "median")  # type: ignore[arg-type]
    assert zonal(nothing, where, "mean").shape == (0,)
    assert known_share(nothing, where).shape == (0,)
    assert at_points(nothing, where).shape == (0,)
