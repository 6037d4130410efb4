"""The simulator's own minutes, from its files.

Two things keep the figures apart: the files round speeds to 0.01 km/h (0.0013 of the slowest,
3.85 km/h), and the simulator places settlements along lines of its sheet, where a reach is not
stretched as it is on the ellipsoid (some 30 m, half a minute against the water).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.synthetic.params import SEASONS
from tests.geo.travel.regions import RULES, synthetic

ROUNDING = 0.0013
PLACING_MINUTES = 0.5
REGIONS = [(1, 40), (2, 40), (5, 80), (3, 160)]


@pytest.mark.parametrize("season", SEASONS)
@pytest.mark.parametrize(("seed", "districts"), REGIONS)
def test_minutes_to_the_nearest_post_are_the_simulators(
    seed: int, districts: int, season: str
) -> None:
    made = synthetic(seed, districts)
    net = made.network()
    assert net.report.loops == net.report.undirected == (0, 0)
    assert len(net.report.components) == 1
    times = net.minutes_to_nearest(made.settlements, made.settlements[made.posts], season)
    truth = made.truth(season)
    assert np.isfinite(truth).all()
    assert times.minutes == pytest.approx(truth, rel=ROUNDING, abs=PLACING_MINUTES)
    long = truth > 400  # where half a minute is no more than the rounding
    assert long.sum() > 5
    assert times.minutes[long] == pytest.approx(truth[long], rel=ROUNDING)
    assert (times.walked_share == 0).all()


@pytest.mark.parametrize(("seed", "districts"), REGIONS[:2])
def test_lengths_of_the_drawn_lines_are_off_by_less_than_one_per_cent(
    seed: int, districts: int
) -> None:
    """The sheet that the simulator measures on is not the ellipsoid."""
    made = synthetic(seed, districts)
    times = made.network(drawn_lengths=True).minutes_to_nearest(
        made.settlements, made.settlements[made.posts], "high"
    )
    truth = made.truth("high")
    assert times.minutes == pytest.approx(truth, rel=0.01, abs=PLACING_MINUTES)
    long = truth > 100
    assert np.abs(times.minutes[long] / truth[long] - 1).max() > 0.001


def test_upstream_takes_longer() -> None:
    """From the mouth to every settlement, and from there to the mouth."""
    made = synthetic(1, 40)
    net = made.network()
    down = net.minutes_to_nearest(made.settlements, made.outlet, "high", "to").minutes
    up = net.minutes_to_nearest(made.settlements, made.outlet, "high", "from").minutes
    assert (up > down).all()


def test_low_water_takes_longer_and_not_on_roads_alone() -> None:
    made = synthetic(1, 40)
    net = made.network()
    high, low = (
        net.minutes_to_nearest(made.settlements, made.outlet, season).minutes for season in SEASONS
    )
    assert (low > high).all()


def test_with_the_usual_tolerance_few_settlements_have_another_way() -> None:
    """Those at a bridge stand on both ways; in the simulator each stands on one."""
    made = synthetic(2, 40)
    times = made.network(replace(RULES, snap_m=100.0)).minutes_to_nearest(
        made.settlements, made.settlements[made.posts], "high"
    )
    truth = made.truth("high")
    other = np.abs(times.minutes - truth) > ROUNDING * truth + PLACING_MINUTES
    assert other.mean() < 0.05
    assert (times.minutes[other] < truth[other]).all()


def test_no_outlet_is_guessed_where_all_loose_ends_are_sources() -> None:
    """At the region's mouth several reaches meet, so that no line ends loose there."""
    made = synthetic(1, 40)
    net = replace(made, outlet=made.outlet.iloc[:0]).network()
    assert len(net.report.outlets.value) == 0
    assert net.report.undirected[1] == pytest.approx(net.report.km["river"])
