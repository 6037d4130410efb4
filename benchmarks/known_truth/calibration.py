"""Whether intervals hold the truth as often as they say, where the truth is of the model's kind.

Districts, neighbours, people and factors are a simulated region's, from its files. The parameters
are drawn from the priors that the model is given, the level and the slopes of reporting included,
and the counts from them. Only the intercept's prior, which is next to flat, says nothing that one
could draw: the log of the mean rate is even between two bounds, whatever the other parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from benchmarks.known_truth.regions import Prepared
from models.areal.graph import Graph, graph_of
from models.areal.hyper import LEAST, MOST, Mix
from models.areal.inputs import Scale
from models.forecast import RATE_UNIT, Floats
from models.metrics import rank_correlation
from models.settings import TrainSettings
from models.shapes import Shapes
from models.stage import StageModel
from models.tables import Tables

STAGE = "exploitation"  # whose rows and factors are used; all stages have the same
MEAN_PER_100K = (5.0, 40.0)  # true rate of all people, between: some thousand true cases
SPREAD_CHANCE = 0.01  # of ``spread_above``: what models.areal.rates takes where nobody says more
TRUTHS = 4  # of each region: reading a region's files takes longer than a fit
MOVED = 0.5  # change of the log risk by one sd of a detection column, where it moves risk too
RIGHT = "right"
OFF = {  # what the odds of being recorded, and their fall, are believed to be, over the truth's
    "share x 1/4": (0.25, 1.0),
    "share x 1/2": (0.5, 1.0),
    "share x 2": (2.0, 1.0),
    "share x 4": (4.0, 1.0),
    "slope x 0": (1.0, 0.0),
    "slope x 1/2": (1.0, 0.5),
    "slope x 2": (1.0, 2.0),
    "slope x 4": (1.0, 4.0),
}
MOVES = {"risk rises far from police": 1.0, "risk falls far from police": -1.0}


@dataclass(frozen=True)
class Drawn:
    """A truth of the model's own kind.

    Attributes
    ----------
    rows : DataFrame
        Those of the tables, with counts of this truth.
    rates : array of shape (districts,)
        True, per 100,000 people in the target year, in the order of the target rows.
    """

    rows: pd.DataFrame
    rates: Floats


def judged(region: Prepared, seed: int, *, doubts: bool) -> dict[str, dict[str, float]]:
    """Coverage on one region, by what is believed.

    Where the beliefs are right it is the mean over several truths; ``doubts`` tries wrong ones on
    the first of them too.
    """
    tables, settings = region.tables[STAGE], region.settings

    def fitted(one: TrainSettings, of: Drawn) -> dict[str, float]:
        model = StageModel(region.places, tables.columns, one).fit(of.rows)
        return held(model.rates(tables.target), of, tables.target["people"].to_numpy(dtype=float))

    truths = [drawn(region, seed, number) for number in range(TRUTHS)]
    each = pd.DataFrame([fitted(settings, truth) for truth in truths])
    found = {RIGHT: {str(name): float(value) for name, value in each.mean().items()}}
    if doubts:
        for name, (share, slope) in OFF.items():
            found[name] = fitted(believing(settings, share, slope), truths[0])
        for name, sign in MOVES.items():
            found[name] = fitted(settings, drawn(region, seed, 0, moved=MOVED * sign))
    return found


def believing(settings: TrainSettings, share: float, slope: float) -> TrainSettings:
    """The settings, with the odds of being recorded and their fall believed to be others."""
    believed = settings.reporting
    odds = share * believed.share / (1 - believed.share)
    other = replace(believed, share=odds / (1 + odds), slope=slope * believed.slope)
    return replace(settings, reporting=other)


def held(rates: Floats, truth: Drawn, people: Floats) -> dict[str, float]:
    """How the draws of rates stand to the true ones.

    Returns
    -------
    dict
        ``coverage95`` and ``coverage80``: shares of districts whose interval holds the true rate;
        ``log_level``: log of estimated over true cases in all; ``rank``: Spearman; ``recorded``:
        cases that the register has.
    """
    found = {}
    for level in (95, 80):
        low, high = np.quantile(rates, [0.5 - level / 200, 0.5 + level / 200], axis=1)
        found[f"coverage{level}"] = float(((low <= truth.rates) & (truth.rates <= high)).mean())
    mean = rates.mean(axis=1)
    found["log_level"] = float(np.log(mean @ people / (truth.rates @ people)))
    found["rank"] = rank_correlation(mean, truth.rates)
    found["recorded"] = float(truth.rows["count"].sum())
    return found


def drawn(region: Prepared, seed: int, number: int, *, moved: float = 0.0) -> Drawn:
    """A truth from the priors; ``moved`` lets the first detection column move the risk too."""
    tables, settings = region.tables[STAGE], region.settings
    rng = np.random.default_rng([seed, number, *b"calibration"])
    x, x_ahead = _standardised(tables, tables.columns.factors)
    z, z_ahead = _standardised(tables, tables.columns.detection)
    effects = rng.normal(0, settings.coefficient_sd, x.shape[1])
    deviation = deviations(graph_of(region.places.neighbours), settings, rng, 1)[0]
    times = np.unique([*tables.rows["year"], *tables.target["year"]])
    steps = rng.normal(0, settings.year_sd * np.sqrt(np.diff(times)))  # a random walk
    years = dict(zip(times.tolist(), [0.0, *np.cumsum(steps).tolist()], strict=True))
    level, slopes = _reporting(tables.columns.signs, tables.columns.detection, settings, rng)

    people = tables.rows["people"].to_numpy(dtype=float) / RATE_UNIT

    def log_rates(rows: pd.DataFrame, factors: Floats, watch: Floats) -> Floats:
        of_year = rows["year"].map(years).to_numpy(dtype=float)
        own = deviation[region.places.rows(rows["code"])]
        return np.asarray(factors @ effects + moved * watch[:, 0] + own + of_year)

    log = log_rates(tables.rows, x, z)
    mean = rng.uniform(*np.log(MEAN_PER_100K)) - np.log(np.average(np.exp(log), weights=people))
    expected = np.exp(mean + log) * people * expit(level + z @ slopes)
    rows = tables.rows.assign(count=rng.poisson(expected).astype(float))
    return Drawn(rows, np.exp(mean + log_rates(tables.target, x_ahead, z_ahead)))


def _reporting(
    signs: Mapping[str, int],
    detection: tuple[str, ...],
    settings: TrainSettings,
    rng: np.random.Generator,
) -> tuple[float, Floats]:
    """The logit of being recorded where detection is average, and its slopes."""
    believed, shared = settings.reporting, len(detection)
    towards = np.array([signs.get(name, 0) for name in detection], dtype=float)
    slopes = rng.normal(believed.slope * towards / shared, believed.slope_sd / np.sqrt(shared))
    return float(rng.normal(logit(believed.share), believed.share_sd)), slopes


def _standardised(tables: Tables, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Columns as the model has them, of the rows counted and of the target year."""
    people = tables.rows["people"].to_numpy(dtype=float)
    shapes = Shapes.of(tables.rows, names, people)
    columns = shapes.applied(tables.rows, filled=True)
    scale = Scale.of(columns, people)
    ahead = shapes.applied(tables.target, filled=True)
    return scale.design(columns)[:, 1:], scale.design(ahead)[:, 1:]


def deviations(
    graph: Graph, settings: TrainSettings, rng: np.random.Generator, size: int
) -> Floats:
    """Of districts, shape (size, districts): BYM2, each with a spread and a mix from their priors.

    The field is drawn by dense eigenvectors, which the estimator does not use. The mix lies where
    the estimator looks for it, its logit not beyond 7 either way; the spread is not cut.
    """
    rate = -np.log(SPREAD_CHANCE) / settings.spread_above
    spread = rng.exponential(1 / rate, (size, 1))
    logits = np.linspace(LEAST + 2, MOST - 2, 2001)
    prior = Mix(graph)
    density = np.exp([prior.log_density(float(one)) for one in logits])
    mix = expit(rng.choice(logits, (size, 1), p=density / density.sum()))
    sizes, directions = np.linalg.eigh(graph.precision.toarray())
    proper = sizes > 1e-9 * sizes[-1]
    free = directions[:, proper] / np.sqrt(sizes[proper])
    structured = rng.standard_normal((size, int(proper.sum()))) @ free.T
    own = rng.standard_normal((size, len(graph)))
    return np.asarray(spread * (np.sqrt(mix) * structured + np.sqrt(1 - mix) * own))
