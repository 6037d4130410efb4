"""The whole region: every part made in order, each from a stream of random numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from data.synthetic.districts import Districts, make_districts
from data.synthetic.effort import make_effort
from data.synthetic.mining import Mining, make_mining
from data.synthetic.network import Network, cut, make_network
from data.synthetic.params import SEASONS, STAGES, SyntheticParams
from data.synthetic.people import people_by_year, poverty_percent
from data.synthetic.plane import foreign_border, outline
from data.synthetic.posts import AllPosts, make_posts
from data.synthetic.rates import Rates, make_rates
from data.synthetic.reporting import Recorded, record
from data.synthetic.rivers import Rivers, make_rivers
from data.synthetic.roads import Roads, make_roads
from data.synthetic.settlements import make_settlements
from data.synthetic.streams import stream
from data.synthetic.towns import choose_towns
from data.synthetic.travel import minutes_to_nearest, travel_graph


@dataclass(frozen=True)
class Region:
    """What was simulated: the visible parts, and the truth behind them.

    Attributes
    ----------
    people : array of shape (districts, years + 2)
        From the census (the year before the first counts) to the year to be predicted.
    poverty : array of shape (districts,)
        Percent.
    minutes_to_post : dict of str to array of shape (settlements, years)
        By season, to the nearest police or prosecutor open in each year counted.
    effort : DataFrame
        See ``data.synthetic.effort``.
    """

    params: SyntheticParams
    border: shapely.LineString
    rivers: Rivers
    roads: Roads
    network: Network
    districts: Districts
    people: np.ndarray
    poverty: np.ndarray
    posts: AllPosts
    mining: Mining
    rates: Rates
    minutes_to_post: dict[str, np.ndarray]
    recorded: Recorded
    effort: pd.DataFrame

    @property
    def expected(self) -> dict[str, np.ndarray]:
        """True cases to be expected, districts x years with rates."""
        return {stage: self.rates.rate[stage] * self.people[:, 1:] / 1e5 for stage in STAGES}


def simulate(params: SyntheticParams) -> Region:
    """A fictional Amazon. The same parameters give the same region."""

    def draws(part: str) -> np.random.Generator:
        return stream(params.seed, part)

    shape = outline(params, draws("outline"))
    border = foreign_border(shape)
    rivers = make_rivers(params, shape, draws("rivers"))
    towns = choose_towns(params, rivers, draws("towns"))
    roads = make_roads(params, shape, rivers, towns, draws("roads"))
    network = make_network(rivers, roads)
    settlements = make_settlements(params, network, towns, draws("settlements"))
    districts = make_districts(params, shape, settlements)
    people = people_by_year(params, districts, draws("growth"))
    poverty = poverty_percent(params, districts, draws("poverty"))
    posts = make_posts(params, border, network, districts)
    mining = make_mining(params, shape, rivers, draws("mining"))

    places = districts.settlements
    stretches = cut(network, places.edge, places.fraction)
    graphs = {season: travel_graph(params, network, stretches, season) for season in SEASONS}
    both = sum(graphs.values()) / len(SEASONS)
    rates = make_rates(params, districts, people[:, 1:], poverty, posts, mining, both)
    minutes = {
        season: post_minutes(params, graph, posts, len(places)) for season, graph in graphs.items()
    }
    counted = slice(0, params.years)
    recorded = record(
        params,
        districts,
        {s: rates.rate[s][:, counted] * people[:, 1:-1] / 1e5 for s in STAGES},
        np.mean([minutes[season] for season in SEASONS], axis=0),
    )
    effort = make_effort(params, districts, recorded, draws("effort"))
    return Region(
        params, border, rivers, roads, network, districts, people, poverty, posts, mining,
        rates, minutes, recorded, effort,
    )  # fmt: skip


def post_minutes(
    params: SyntheticParams, graph: csr_array, posts: AllPosts, settlements: int
) -> np.ndarray:
    """From each settlement to the nearest post of police or prosecutors, by year counted."""
    first = graph.shape[0] - settlements
    columns = []
    for year in params.counted_years:
        open_posts = [posts.police.open_in(year), posts.prosecutors.open_in(year)]
        targets = first + np.unique(np.concatenate(open_posts))
        columns.append(minutes_to_nearest(graph, targets)[first:])
    return np.column_stack(columns)
