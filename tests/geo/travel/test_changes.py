"""From river to road: at ports and where an end of one meets the other, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geo.travel import Network
from tests.geo.travel.ways import RULES, at, both, close, km, line, minutes, network, ports, table

METRE = 1 / 111_000 / 0.05
RIVER = line((-1, 0), (1, 0))


def crossing(**more: object) -> Network:
    """A road that crosses a river in its middle."""
    road = table(line((0, -1), (0, 1)), mode="road")
    return network(both(table(RIVER), road), [at(1, 0)], **more)  # type: ignore[arg-type]


def by_both(transfer: float) -> float:
    return km((-1, 0), (0, 0)) / 20 * 60 + transfer + km((0, 0), (0, 1)) / 30 * 60


def test_a_bridge_is_no_landing() -> None:
    net = crossing()
    assert np.isnan(minutes(net, at(-1, 0), at(0, 1)))
    assert net.report.changes == 0
    assert len(net.report.components) == 2


@pytest.mark.parametrize(
    ("columns", "transfer"),
    [({}, 30.0), ({"transfer_minutes": [np.nan]}, 30.0), ({"transfer_minutes": [75.0]}, 75.0),
     ({"transfer_minutes": [0.0]}, 0.0)],
)  # fmt: skip
def test_at_a_port_people_change(columns: dict[str, list[float]], transfer: float) -> None:
    net = crossing(port=ports(at(0, 0), **columns))
    assert minutes(net, at(-1, 0), at(0, 1)) == close(by_both(transfer))
    assert net.report.changes == 1
    assert len(net.report.components) == 1


def test_a_port_off_the_road_is_idle() -> None:
    net = crossing(port=ports(at(0.5, 0)))
    assert np.isnan(minutes(net, at(-1, 0), at(0, 1)))
    assert net.report.idle_ports == 1


@pytest.mark.parametrize("off", [0.0, 70 * METRE])
def test_where_a_road_ends_at_a_river_people_change(off: float) -> None:
    road = table(line((0, off), (0, 1)), mode="road")
    net = network(both(table(RIVER), road), [at(1, 0)])
    assert minutes(net, at(-1, 0), at(0, 1)) == pytest.approx(by_both(30.0), rel=0.003)
    assert net.report.changes == 1


def test_where_a_river_ends_at_a_road_too() -> None:
    road = table(line((1, -1), (1, 1)), mode="road")
    net = network(both(table(RIVER), road), [at(1, 0)])
    expected = km((-1, 0), (1, 0)) / 20 * 60 + 30 + km((1, 0), (1, 1)) / 30 * 60
    assert minutes(net, at(-1, 0), at(1, 1)) == close(expected)


def test_a_road_that_ends_farther_off_does_not_reach_the_river() -> None:
    road = table(line((0, 150 * METRE), (0, 1)), mode="road")
    assert network(both(table(RIVER), road), [at(1, 0)]).report.changes == 0


def test_a_port_with_a_figure_rules_over_the_ends_that_meet_there() -> None:
    road = table(line((0, 0), (0, 1)), mode="road")
    port = ports(at(0, 20 * METRE), transfer_minutes=[90.0])
    net = network(both(table(RIVER), road), [at(1, 0)], port=port)
    assert minutes(net, at(-1, 0), at(0, 1)) == close(by_both(90.0))


def test_a_change_may_take_no_time() -> None:
    road = table(line((0, 0), (0, 1)), mode="road")
    net = network(both(table(RIVER), road), [at(1, 0)], rules=replace(RULES, transfer_minutes=0.0))
    assert minutes(net, at(-1, 0), at(0, 1)) == close(by_both(0.0))


def test_a_change_is_a_leg_of_the_path() -> None:
    path = crossing(port=ports(at(0, 0))).path(at(-1, 0), at(0, 1), "high")
    assert [leg.mode for leg in path.legs] == ["river", "change", "road"]
    assert path.legs[1].minutes == 30
    assert path.minutes == close(by_both(30.0))


def test_a_place_at_a_bridge_stands_on_both() -> None:
    """It can be left by boat and by road, though nobody changes there."""
    net = crossing()
    assert minutes(net, at(0, 0), at(0, 1)) == close(km((0, 0), (0, 1)) / 30 * 60)
    assert minutes(net, at(0, 0), at(1, 0)) == close(km((0, 0), (1, 0)) / 20 * 60)
