"""True rates of the three stages: each of its own factors, a spatial field and the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from data.synthetic.districts import Districts
from data.synthetic.field import smooth_noise
from data.synthetic.flows import Flows, make_flows
from data.synthetic.mining import Mining
from data.synthetic.params import STAGES, SyntheticParams
from data.synthetic.posts import AllPosts
from data.synthetic.streams import stream


@dataclass(frozen=True)
class Rates:
    """The hidden truth, before chance.

    Attributes
    ----------
    factors : dict of str to array of shape (districts, years)
        What drives the stages; for each year as it stood at the end of the year before.
    coefficients : dict of str to dict of str to float
        Stage, then factor.
    intercept : dict of str to float
        Log of cases per person and year.
    field : dict of str to array of shape (districts,)
        On the log rate.
    year_effect : dict of str to array of shape (years,)
    rate : dict of str to array of shape (districts, years)
        Cases per 100,000 people and year.
    flows : Flows
    """

    factors: dict[str, np.ndarray]
    coefficients: dict[str, dict[str, float]]
    intercept: dict[str, float]
    field: dict[str, np.ndarray]
    year_effect: dict[str, np.ndarray]
    rate: dict[str, np.ndarray]
    flows: Flows


def make_rates(
    params: SyntheticParams,
    districts: Districts,
    people: np.ndarray,
    poverty: np.ndarray,
    posts: AllPosts,
    mining: Mining,
    graph: csr_array,
) -> Rates:
    """Recruitment and exploitation first; what flows between them makes transit.

    Parameters
    ----------
    people : array of shape (districts, years)
        Of the years with rates.
    """
    factors = place_factors(params, districts, poverty, posts, mining)
    coefficients = {
        "recruitment": {"poverty": params.poverty_effect, "port": params.port_effect},
        "transit": {"flow": params.flow_effect, "border": params.border_effect},
        "exploitation": {"mining": params.mining_effect, "town": params.town_effect},
    }
    field = fields(params, districts)
    random = stream(params.seed, "years")
    count = len(params.rate_years)
    years = {stage: random.normal(0, params.year_sd, count) for stage in STAGES}
    mean = {stage: float(getattr(params, f"{stage}_per_100k")) for stage in STAGES}
    intercept: dict[str, float] = {}
    rate: dict[str, np.ndarray] = {}

    def settle(stage: str) -> np.ndarray:
        log = field[stage][:, None] + years[stage]
        for name, slope in coefficients[stage].items():
            log = log + slope * factors[name]
        weight = people[:, 0] / people[:, 0].sum()
        intercept[stage] = float(np.log(mean[stage] / 1e5) - np.log(weight @ np.exp(log[:, 0])))
        rate[stage] = np.exp(log + intercept[stage]) * 1e5
        return np.asarray(rate[stage] * people / 1e5)

    recruited, exploited = settle("recruitment"), settle("exploitation")
    crossings = posts.crossings.settlement
    flows = make_flows(params, districts, graph, recruited, exploited, crossings)
    log_flow = np.log1p(flows.passing)
    factors["flow"] = (log_flow - log_flow.mean()) / log_flow.std()
    settle("transit")
    return Rates(factors, coefficients, intercept, field, years, rate, flows)


def place_factors(
    params: SyntheticParams,
    districts: Districts,
    poverty: np.ndarray,
    posts: AllPosts,
    mining: Mining,
) -> dict[str, np.ndarray]:
    """Factors of where people live: 1 at the thing, falling with the distance to it."""
    years = params.rate_years
    places = districts.settlements

    def reach(targets: np.ndarray, km: float) -> np.ndarray:
        if not len(targets):
            return np.zeros(len(districts))
        away, _ = cKDTree(targets).query(places.xy)
        return districts.mean_of_people(np.exp(-away / km))

    def always(column: np.ndarray) -> np.ndarray:
        return np.repeat(column[:, None], len(years), axis=1)

    fronts = [reach(mining.xy[mining.active(y - 1)], params.mining_reach_km) for y in years]
    return {
        "poverty": always((poverty - poverty.mean()) / poverty.std()),
        "port": always(reach(places.xy[posts.ports.settlement], params.port_reach_km)),
        "town": always(reach(places.xy[places.is_town], params.town_reach_km)),
        "border": always(reach(places.xy[posts.crossings.settlement], params.border_reach_km)),
        "mining": np.column_stack(fronts),
    }


def fields(params: SyntheticParams, districts: Districts) -> dict[str, np.ndarray]:
    """One field a stage, with a part that all have in common."""

    def noise(part: str) -> np.ndarray:
        random = stream(params.seed, f"field {part}")
        count = len(districts)
        return smooth_noise(count, districts.neighbours, params.field_smoothness, random)

    shared = noise("shared")
    own, common = np.sqrt(1 - params.field_shared), np.sqrt(params.field_shared)
    return {stage: params.field_sd * (own * noise(stage) + common * shared) for stage in STAGES}
