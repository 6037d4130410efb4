"""The project file on travel, rasters and factors: what it accepts, and how it says no."""

from __future__ import annotations

import pytest

from tests import tiny_project
from vigia.errors import ProjectError
from vigia.project import parse_settings
from vigia.settings import ProjectSettings

CREDIT = 'source = "us"\ndate = "2020"\nlicence = ""\nattribution = "us"\n'
TRAVEL = f"""
[travel]
walk_kmh = 4.5
outlets = [[-70.0, -4.2], [-69, -4]]
ports = "mining"

[[travel.ways]]
id = "rivers"
path = "rivers.gpkg"
mode = "river"
{CREDIT}
[[travel.speeds]]
mode = "river"
way_class = "main"
down_high = 18.0
up_high = 10
"""
RASTER = f"""
[[layers]]
id = "forest"
label = "Bosque"
label_en = "Forest"
role = "risk"
kind = "raster"
path = "forest_*.tif"
year_in_name = true
factors = [{{ measure = "zonal", statistic = "share", classes = [1, 2] }}]
{CREDIT}
"""
FACTORS = 'factors = [{ measure = "distance", sign = "-" }]'


def parsed(extra: str = "", factors: str = FACTORS) -> ProjectSettings:
    return parse_settings(tiny_project.SETTINGS.replace(FACTORS, factors) + extra)


def test_without_a_section_nothing_is_said_of_travel() -> None:
    assert parsed().travel is None


def test_what_is_said_of_travel_is_read() -> None:
    travel = parsed(TRAVEL).travel
    assert travel is not None
    assert (travel.walk_kmh, travel.snap_m) == (4.5, None)
    assert travel.outlets == ((-70.0, -4.2), (-69.0, -4.0))
    assert travel.ways[0].crossings is True


@pytest.mark.parametrize(
    ("row", "kmh"),
    [
        ("down_high = 18\nup_high = 10", (18, 10, 18, 10)),
        ("down_high = 18\nup_high = 10\ndown_low = 12\nup_low = 6", (18, 10, 12, 6)),
    ],
)
def test_low_water_is_as_high_where_nothing_else_is_said(row: str, kmh: tuple[float, ...]) -> None:
    travel = parsed(TRAVEL.replace("down_high = 18.0\nup_high = 10", row)).travel
    assert travel is not None
    assert travel.speeds[0].kmh() == kmh


@pytest.mark.parametrize(
    ("row", "kmh"),
    [
        ("down_high = 40", (40, 40, 40, 40)),
        ("down_high = 40\ndown_low = 50", (40, 40, 50, 50)),
        ("down_high = 40\ndown_low = 0", (40, 40, 0, 0)),
    ],
)
def test_a_road_has_one_speed_where_nothing_else_is_said(row: str, kmh: tuple[float, ...]) -> None:
    road = TRAVEL.replace('mode = "river"\nway_class', 'mode = "road"\nway_class')
    travel = parsed(road.replace("down_high = 18.0\nup_high = 10", row)).travel
    assert travel is not None
    assert travel.speeds[0].kmh() == kmh


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('ports = "mining"', 'ports = "harbours"', "'harbours', which is no layer"),
        ("[[-70.0, -4.2], ", "[[-70.0], ", "travel.outlets"),
        ("[[-70.0, -4.2], ", "[[-4.2, -170.0], ", "greater than or equal to -90"),
        ("[[-70.0, -4.2], ", "[[inf, -4.2], ", "travel.outlets"),
        ("walk_kmh = 4.5", "walk_kmh = 0", "greater than 0"),
        ("walk_kmh = 4.5", "walk_kmh = nan", "'travel.walk_kmh'"),
        ("walk_kmh = 4.5", "walking = 4.5", "unknown key 'travel.walking'"),
        ('mode = "river"\nsource', 'mode = "rail"\nsource', "'travel.ways[1].mode'"),
        ("down_high = 18.0", "down_high = -18.0", "or equal to 0"),
        ("up_high = 10", "", "a river is slower upstream"),
        ('mode = "river"\nway_class', 'mode = "road"\nway_class', "a road has no current"),
        ('mode = "river"\nsource', 'mode = "river"\nlon = "x"\nlat = "y"\nsource', "are lines"),
        ("up_high = 10", "up_high = 10\nup_low = 8", "both down_low and up_low"),
        ('attribution = "us"\n', "", "'travel.ways[1].attribution' is missing"),
        (
            "[[travel.speeds]]",
            f"{TRAVEL[TRAVEL.index('[[travel.ways') :]}[[travel.speeds]]",
            "once",
        ),
    ],
)
def test_what_cannot_be_so_of_travel_is_refused(right: str, wrong: str, said: str) -> None:
    assert right in TRAVEL
    with pytest.raises(ProjectError) as caught:
        parsed(TRAVEL.replace(right, wrong, 1))
    assert said in caught.value.message


def test_a_raster_is_a_layer() -> None:
    layer = parsed(RASTER).layers[1]
    assert (layer.kind, layer.band, layer.year_in_name) == ("raster", 1, True)
    assert layer.factors[0].classes == (1, 2)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("year_in_name = true", "from_year = 'year'", "a raster has none"),
        ("year_in_name = true", "value = 'v'", "a raster has none"),
        (
            'kind = "raster"\npath = "forest_*.tif"\nyear_in_name = true',
            'path = "f"\nnodata = -1.0',
            "nodata is",
        ),
        ("year_in_name = true", "band = 0", "greater than or equal to 1"),
        ('kind = "raster"\n', "", "year_in_name is of rasters alone"),
        ('statistic = "share", ', "", "give both or neither"),
        (", classes = [1, 2]", "", "give both or neither"),
        ("year_in_name = true", "series = 'stock'", "needs from_year"),
    ],
)
def test_what_cannot_be_so_of_a_raster_is_refused(right: str, wrong: str, said: str) -> None:
    assert right in RASTER
    with pytest.raises(ProjectError) as caught:
        parsed(RASTER.replace(right, wrong))
    assert said in caught.value.message


ONE = '{ measure = "count_density", radius_km = 10, season = "high" }'


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("10", "20"),
        ONE.replace("high", "low"),
        ONE.replace(" }", ', per = "people" }'),
        ONE.replace(" }", ", weighted = true }"),
        ONE.replace(" }", ', direction = "to" }'),
        ONE.replace(" }", ', statistic = "mean" }'),
        ONE.replace(" }", ', support = "capital" }'),
    ],
)
def test_factors_differ_in_any_of_their_keys(other: str) -> None:
    assert len(parsed(factors=f"factors = [{ONE}, {other}]").layers[0].factors) == 2


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        (f'[{ONE}, {ONE[:-2]}, sign = "+" }}]', "two of its factors"),
        (f"[{ONE.replace('10', '0')}]", "greater than 0"),
        (f"[{ONE.replace('10', '1001')}]", "less than or equal to 1000"),
        (f"[{ONE.replace('10', 'inf')}]", "radius_km"),
        (f"[{ONE.replace('high', 'dry')}]", "season"),
    ],
)
def test_factors_that_cannot_be_are_refused(factors: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        parsed(factors=f"factors = {factors}")
    assert said in caught.value.message


def test_the_area_is_measured_on_the_ellipsoid_unless_said() -> None:
    plane = tiny_project.SETTINGS.replace("synthetic = true", 'measured = "plane"')
    assert parsed().area.measured == "geodesic"
    assert parse_settings(plane).area.measured == "plane"
