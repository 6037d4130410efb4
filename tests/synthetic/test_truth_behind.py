"""Travel, flows and rates against brute force and closed forms."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from scipy.stats import spearmanr

from data.synthetic import Region, SyntheticParams, simulate
from data.synthetic.field import smooth_noise
from data.synthetic.flows import sent_down
from data.synthetic.network import cut
from data.synthetic.params import SEASONS, STAGES
from data.synthetic.travel import LEAST_MINUTES, minutes_to_nearest, speeds, travel_graph


@pytest.fixture(scope="module")
def small() -> Region:
    return simulate(SyntheticParams(districts=25, seed=5))


def ways(region: Region, season: str) -> dict[int, list[tuple[int, float]]]:
    """Minutes from each node to those beside it, stretch by stretch from the drawn lines."""
    places, network, params = region.districts.settlements, region.network, region.params
    beside: dict[int, list[tuple[int, float]]] = {}
    down, back = speeds(params, network, season)
    for edge in range(len(network.start)):
        here = np.flatnonzero(places.edge == edge)
        here = here[np.argsort(places.fraction[here], kind="stable")]
        nodes = [network.start[edge], *(len(network.nodes) + here), network.end[edge]]
        along = [0.0, *places.fraction[here], 1.0]
        for k in range(len(nodes) - 1):
            km = (along[k + 1] - along[k]) * network.lines[edge].length
            a, b = int(nodes[k]), int(nodes[k + 1])
            beside.setdefault(a, []).append((b, max(km / down[edge] * 60, LEAST_MINUTES)))
            beside.setdefault(b, []).append((a, max(km / back[edge] * 60, LEAST_MINUTES)))
    return beside


def shortest(beside: dict[int, list[tuple[int, float]]], start: int) -> dict[int, float]:
    """Dijkstra's way, written out."""
    best: dict[int, float] = {}
    queue = [(0.0, start)]
    while queue:
        minutes, node = heapq.heappop(queue)
        if node not in best:
            best[node] = minutes
            for other, more in beside[node]:
                heapq.heappush(queue, (minutes + more, other))
    return best


@pytest.mark.parametrize("season", SEASONS)
def test_minutes_to_the_nearest_post_by_hand(small: Region, season: str) -> None:
    beside = ways(small, season)
    first = len(small.network.nodes)
    year = small.params.counted_years[-1]
    posts = {*small.posts.police.open_in(year), *small.posts.prosecutors.open_in(year)}
    minutes = small.minutes_to_post[season][:, -1]
    for settlement in range(0, len(minutes), 7):
        reached = shortest(beside, first + settlement)
        nearest = min(reached[first + int(post)] for post in posts)
        assert minutes[settlement] == pytest.approx(nearest)


def test_against_the_current_and_at_low_water_it_takes_longer(region: Region) -> None:
    high, low = (region.minutes_to_post[season] for season in SEASONS)
    assert (low >= high - 1e-9).all()
    assert (low > high + 1).mean() > 0.3
    down, back = speeds(region.params, region.network, "high")
    river = region.network.is_river
    assert (back[river] < down[river]).all()
    assert (back[~river] == down[~river]).all()
    assert np.isfinite(high).all()


def test_nearer_posts_can_only_help(region: Region) -> None:
    for minutes in region.minutes_to_post.values():
        assert (np.diff(minutes, axis=1) <= 1e-9).all()  # posts open, none closes


def test_what_is_sent_down_a_tree_passes_every_node_below() -> None:
    random = np.random.default_rng(8)
    onward = np.array([-9999, *(int(random.integers(n)) for n in range(1, 40))])
    people = random.random((5, 2))
    origin = np.array([3, 11, 27, 39, 11])
    by_hand = np.zeros((40, 2))
    for start, load in zip(origin, people, strict=True):
        node = int(start)
        while node >= 0:
            by_hand[node] += load
            node = int(onward[node])
    np.testing.assert_allclose(sent_down(np.zeros(40), onward, origin, people), by_hand)


def test_flows_add_up_and_follow_gravity(region: Region) -> None:
    flows, params = region.rates.flows, region.params
    recruited = region.expected["recruitment"]
    np.testing.assert_allclose(flows.moved.sum(axis=1), params.moved_share * recruited, rtol=1e-9)
    # Between two destinations the log of the ratio falls with the minutes, alike for all origins.
    a, b = flows.moved[:, 0, 0], flows.moved[:, 1, 0]
    both = (a > 1e-250) & (b > 1e-250)
    gap = flows.minutes[both, 0] - flows.minutes[both, 1]
    level = np.log(a[both] / b[both]) + gap / (60 * params.gravity_hours)
    np.testing.assert_allclose(level, level[0], rtol=1e-6)
    assert flows.is_crossing.any()
    # At a destination's capital passes at least what ends there.
    ending = flows.moved.sum(axis=0)
    at = region.districts.district_of[flows.hub]
    assert (flows.passing[at] >= ending - 1e-9).all()


def test_rates_are_what_their_parts_say(region: Region) -> None:
    rates, params = region.rates, region.params
    people = region.people[:, 1]
    for stage in STAGES:
        log = rates.intercept[stage] + rates.field[stage][:, None] + rates.year_effect[stage]
        for name, slope in rates.coefficients[stage].items():
            log = log + slope * rates.factors[name]
        np.testing.assert_allclose(rates.rate[stage], 1e5 * np.exp(log), rtol=1e-9)
        mean = np.average(rates.rate[stage][:, 0], weights=people)
        assert mean == pytest.approx(getattr(params, f"{stage}_per_100k"))


def test_each_stage_has_drivers_of_its_own(region: Region) -> None:
    sets = [set(slopes) for slopes in region.rates.coefficients.values()]
    assert not sets[0] & sets[1] | sets[0] & sets[2] | sets[1] & sets[2]
    for slopes in region.rates.coefficients.values():
        for name in slopes:
            assert region.rates.factors[name].std() > 0.05, name
    moving = region.rates.factors["mining"]
    assert np.ptp(moving, axis=1).max() > 0.3  # fronts move, and factors with them


def test_factors_can_be_approximated_by_what_files_show(region: Region) -> None:
    """A plain distance from the capital ranks districts much as the hidden factor does."""
    districts, mining = region.districts, region.mining
    capital = districts.settlements.xy[districts.capital]
    fronts = mining.xy[mining.active(region.params.first_year - 1)]
    away = np.linalg.norm(capital[:, None] - fronts[None], axis=2).min(axis=1)
    assert spearmanr(away, region.rates.factors["mining"][:, 0]).statistic < -0.85


def test_the_field_is_alike_among_neighbours(region: Region) -> None:
    pairs = region.districts.neighbours
    correlations = []
    for seed in range(20):
        field = smooth_noise(
            len(region.districts),
            pairs,
            region.params.field_smoothness,
            np.random.default_rng(seed),
        )
        assert field.mean() == pytest.approx(0, abs=1e-9)
        assert field.std() == pytest.approx(1)
        both = field[np.vstack([pairs, pairs[:, ::-1]])]
        correlations.append(np.corrcoef(both.T)[0, 1])
    assert 0.4 < np.mean(correlations) < 0.9


def test_stretches_make_up_the_edges(region: Region) -> None:
    network, places = region.network, region.districts.settlements
    stretches = cut(network, places.edge, places.fraction)
    whole = np.bincount(stretches.edge, stretches.km, len(network.km))
    np.testing.assert_allclose(whole, network.km, rtol=1e-9)
    graph = travel_graph(region.params, network, stretches, "high")
    assert np.isfinite(minutes_to_nearest(graph, np.array([0]))).all()  # all is connected
