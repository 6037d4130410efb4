"""The order of rows and the direction of drawing leave no trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.crs import choose_metric_crs
from geo.travel import Network, build_network
from tests.geo.travel.regions import RULES, synthetic


@settings(deadline=None, max_examples=8)
@given(st.randoms(use_true_random=False))
def test_rows_and_directions_may_be_as_they_like(random: Any) -> None:
    made = synthetic(1, 40)
    ways = made.ways.assign(fid=[f"w{row}" for row in range(len(made.ways))], crossings=True)
    rows = list(range(len(ways)))
    random.shuffle(rows)
    shuffled = ways.iloc[rows].reset_index(drop=True)
    turned = [random.random() < 0.5 for _ in rows]
    shuffled["geometry"] = [
        shapely.reverse(g) if t else g for g, t in zip(shuffled.geometry, turned, strict=True)
    ]
    one, other = (built(table, made) for table in (ways, shuffled))
    assert one.report.to_json() == other.report.to_json()
    pd.testing.assert_frame_equal(one.frame(), other.frame(), check_exact=True)
    places, targets = made.settlements[::7], made.settlements[made.posts]
    for season in ("high", "low"):
        first, second = (net.minutes_to_nearest(places, targets, season) for net in (one, other))
        assert first.minutes.tobytes() == second.minutes.tobytes()
        assert first.target.tolist() == second.target.tolist()


def built(ways: Any, made: Any) -> Network:
    metric = choose_metric_crs(tuple(shapely.total_bounds(made.settlements).tolist()))
    return build_network(ways, made.outlet, None, RULES, metric)


def test_the_order_of_targets_and_places_moves_rows_alone() -> None:
    made = synthetic(1, 40)
    net = made.network()
    targets, places = made.settlements[made.posts], made.settlements
    turn = np.random.default_rng(3).permutation(len(places))
    turn_targets = np.random.default_rng(4).permutation(len(targets))
    plain = net.minutes_to_nearest(places, targets, "high")
    turned = net.minutes_to_nearest(places[turn], targets[turn_targets], "high")
    assert turned.minutes.tobytes() == plain.minutes[turn].tobytes()
    assert turn_targets[turned.target].tolist() == plain.target[turn].tolist()
