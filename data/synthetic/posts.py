"""What stands at settlements: police, prosecutors, women's centres, health posts, ports, sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from data.synthetic.districts import Districts
from data.synthetic.network import Network
from data.synthetic.params import SyntheticParams
from data.synthetic.streams import stream

LONG_AGO = 2005


@dataclass(frozen=True)
class Posts:
    """Posts of one kind.

    Attributes
    ----------
    settlement : array of shape (posts,)
        Row of the settlement that each stands in, ascending.
    opened : array of shape (posts,)
        First year of existence.
    """

    settlement: np.ndarray
    opened: np.ndarray

    def __len__(self) -> int:
        return len(self.settlement)

    def open_in(self, year: int) -> np.ndarray:
        """Settlements with a post in that year."""
        return self.settlement[self.opened <= year]


@dataclass(frozen=True)
class AllPosts:
    """Posts of every kind; ``crossings`` are the settlements at border crossings."""

    police: Posts
    prosecutors: Posts
    women_centres: Posts
    health: Posts
    ports: Posts
    sites: Posts
    crossings: Posts


def make_posts(
    params: SyntheticParams,
    border: shapely.LineString,
    network: Network,
    districts: Districts,
) -> AllPosts:
    """Every kind from a stream of its own."""
    people = districts.settlements.people.astype(float)
    seats = province_seats(districts)
    capitals = districts.capital
    on_river = network.is_river[districts.settlements.edge]

    def draw(part: str, count: float, sure: np.ndarray, weight: np.ndarray) -> Posts:
        random = stream(params.seed, part)
        return standing(chosen(round(count), sure, weight, random))

    n, provinces = params.districts, params.provinces
    police = draw("police", params.police_per_district * n, seats, people**0.7)
    none = np.zeros(0, dtype=int)
    return AllPosts(
        police=opened_later(params, police, seats, stream(params.seed, "police opened")),
        prosecutors=draw(
            "prosecutors", params.prosecutors_per_province * provinces, seats, people**1.2
        ),
        women_centres=draw(
            "women's centres", params.women_centres_per_province * provinces, seats, people
        ),
        health=draw("health posts", params.health_posts_per_district * n, seats, people**0.5),
        ports=draw("ports", params.ports_per_district * n, none, on_river * people**0.8),
        sites=draw("sites", params.sites_per_district * n, capitals, people**0.6),
        crossings=crossings(params, border, districts),
    )


def province_seats(districts: Districts) -> np.ndarray:
    """The capital of each province: that of its first district."""
    _, first = np.unique(districts.province_code, return_index=True)
    return np.sort(districts.capital[first])


def chosen(
    count: int, sure: np.ndarray, weight: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """``sure`` ones and others by weight, ``count`` together where there are enough."""
    weight = weight.astype(float).copy()
    weight[sure] = 0
    more = min(max(count - len(sure), 0), int((weight > 0).sum()))
    drawn = random.choice(len(weight), size=more, replace=False, p=weight / weight.sum())
    return np.sort(np.concatenate([sure, drawn]))


def standing(settlement: np.ndarray) -> Posts:
    """Posts that have always been there."""
    return Posts(settlement, np.full(len(settlement), LONG_AGO))


def opened_later(
    params: SyntheticParams, posts: Posts, seats: np.ndarray, random: np.random.Generator
) -> Posts:
    """Some posts beyond the seats opened in the course of the years counted."""
    years = random.integers(params.first_year, params.first_year + params.years, len(posts))
    late = (random.random(len(posts)) < params.opened_later) & ~np.isin(posts.settlement, seats)
    return Posts(posts.settlement, np.where(late, years, posts.opened))


def crossings(params: SyntheticParams, border: shapely.LineString, districts: Districts) -> Posts:
    """On each stretch of the foreign border, a place that is near it and has people."""
    xy = districts.settlements.xy
    points = shapely.points(xy)
    away = shapely.distance(points, border)
    count = max(3, round(params.crossings_per_1000_km * border.length / 1000))
    along = shapely.line_locate_point(border, points, normalized=True)
    stretch = np.minimum((along * count).astype(int), count - 1)
    appeal = 0.5 * np.log(districts.settlements.people) - away / (0.15 * params.scale_km)
    order = np.lexsort((-appeal, stretch))
    _, first = np.unique(stretch[order], return_index=True)
    return standing(np.sort(order[first]))
