"""Real rivers and roads of Peru: what the network is made of, and which way its rivers flow."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from benchmarks.peru_travel import MARKS, PAGE, SCALE_RANKS, Peru, load, network, networks_table
from geo.travel import Network, TravelRules, build_network
from tests.geo.travel.ways import GEOD

pytestmark = pytest.mark.peru

# Where rivers end on any map of the region: the confluence with the next one, or the open edge of
# the file in the east.
MOUTHS = {
    "Ucayali": (-73.49, -4.45),
    "Marañón": (-73.49, -4.45),
    "Huallaga": (-75.62, -5.08),
    "Napo": (-72.67, -3.45),
    "Javari": (-69.97, -4.24),
    "Putumayo": (-67.93, -3.09),
    "Amazonas": (-67.0, -2.73),
    "Purús": (-67.0, -7.77),
    "Juruá": (-67.0, -5.10),
    "Madre de Dios": (-67.0, -11.36),
}
IQUITOS, BORDER = shapely.Point(-73.2442, -3.7481), shapely.Point(-69.9578, -4.2238)


@pytest.fixture(scope="module")
def files(peru: Path) -> Peru:
    return load(peru)


@pytest.fixture(scope="module")
def net(files: Peru) -> Network:
    return network(files, files.rivers, files.roads)


def test_the_report_is_as_the_page_has_it(files: Peru) -> None:
    text = PAGE.read_text(encoding="utf-8")
    written = text.split(MARKS[0])[1].split(MARKS[1])[0]
    roads = networks_table({"roads (departmental and local)": network(files, files.roads)})
    assert roads.splitlines()[-1] in written


def test_kilometres_are_those_of_the_files(files: Peru, net: Network) -> None:
    for mode, table in (("river", files.rivers), ("road", files.roads)):
        drawn = sum(GEOD.geometry_length(way) for way in table.geometry) / 1000
        assert net.report.km[mode] == pytest.approx(drawn, rel=1e-3)  # one road is there twice


def test_rivers_run_to_their_mouths(peru: Path, net: Network) -> None:
    """However Natural Earth drew them: at its mouth a river ends, and nothing of it begins."""
    names = gpd.read_file(peru / "rivers_natural_earth_10m.geojson")["name_en"]
    edges = net.frame()
    edges = edges[(edges["mode"] == "river") & (edges["flow"] == 1) & (edges["km"] > 10)]
    river = names[edges["fid"].astype(int)].to_numpy()
    for name, mouth in MOUTHS.items():
        ways = edges.geometry[river == name]
        begins, ends = (
            [GEOD.inv(*way.coords[at], *mouth)[2] / 1000 for way in ways] for at in (0, -1)
        )
        assert min(ends) < 2, name
        assert min(begins) > 10, name


@pytest.mark.parametrize(("season", "down", "up"), [("high", 14.0, 8.5), ("low", 10.5, 6.4)])
def test_to_the_border_the_water_helps_and_back_it_does_not(
    net: Network, season: str, down: float, up: float
) -> None:
    there, back = (
        net.path(*ends, season)  # type: ignore[arg-type]
        for ends in ((IQUITOS, BORDER), (BORDER, IQUITOS))
    )
    for path, kmh in ((there, down), (back, up)):
        river = next(leg for leg in path.legs if leg.mode == "river")
        assert 400 < river.km < 520
        assert river.minutes == pytest.approx(river.km / kmh * 60)
        assert path.walked_share < 0.05
    assert back.minutes > 1.5 * there.minutes


def test_what_cannot_be_reached_is_missing_and_never_zero(files: Peru, net: Network) -> None:
    to = net.minutes_to_nearest(files.capitals, files.posts, "high", "to")
    back = net.minutes_to_nearest(files.capitals, files.posts, "high", "from")
    missing = np.isnan(to.minutes)
    assert 1300 < missing.sum() < 1600
    assert (np.isnan(back.minutes) == missing).all()
    assert (to.target[missing] == -1).all()
    assert (to.minutes[~missing] >= 0).all()
    lima = files.capitals["ubigeo_inei"].eq("150101").to_numpy()
    assert missing[lima].all()


def test_a_wider_tolerance_mends_more(files: Peru) -> None:
    parts = [
        len(
            build_network(
                files.roads,
                None,
                None,
                TravelRules(snap_m=snap_m, river_classes=SCALE_RANKS),
                files.metric,
            ).report.components
        )
        for snap_m in (0.0, 100.0, 300.0)
    ]
    assert parts == sorted(parts, reverse=True)
    assert len(set(parts)) == 3
