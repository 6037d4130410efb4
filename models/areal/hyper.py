"""Priors of hyperparameters that prefer the simpler model, on the scales they are searched on.

Penalised complexity (Simpson et al. 2017, Statistical Science 32): the distance from the simpler
model is exponential. A spread goes to 0; a mix goes to independent noise (Riebler et al. 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import expit

from models.areal.graph import Graph

LEAST, MOST = -9.0, 9.0  # of the logit of a mix
NODES = 73


@dataclass(frozen=True)
class Hyperparameter:
    """A number that is searched on a line.

    Attributes
    ----------
    name : str
    start : float
    log_prior : callable
        Log density on that line.
    least, most : float
        Beyond them nothing is looked for.
    """

    name: str
    start: float
    log_prior: Callable[[float], float]
    least: float
    most: float


@dataclass(frozen=True)
class Spread:
    """A standard deviation that is above ``above`` with probability ``chance``; searched as log."""

    above: float = 1.0
    chance: float = 0.01

    def log_density(self, log_value: float) -> float:
        rate = -np.log(self.chance) / self.above
        return float(np.log(rate) - rate * np.exp(log_value) + log_value)


class Mix:
    """The structured part of a variance, below a half with probability two thirds; as logit."""

    def __init__(self, graph: Graph, below: float = 0.5, chance: float = 2 / 3) -> None:
        logits = np.linspace(LEAST, MOST, NODES)
        distance = CubicSpline(logits, [_distance(graph, float(mix)) for mix in expit(logits)])
        self._distance, self._slope = distance, distance.derivative()
        self._rate = -np.log1p(-chance) / float(distance(np.log(below / (1 - below))))

    def log_density(self, logit: float) -> float:
        at = min(max(logit, LEAST), MOST)
        slope = max(float(self._slope(at)), 1e-12)
        return float(np.log(self._rate) - self._rate * self._distance(at) + np.log(slope))


def _distance(graph: Graph, mix: float) -> float:
    """Square root of twice the Kullback-Leibler divergence from independent noise."""
    n, null = len(graph), graph.components
    log_det = graph.log_determinant_of_mix(mix) + null * np.log1p(-mix)
    twice = n * mix * (graph.trace / n - 1) - log_det
    return float(np.sqrt(max(twice, 0.0)))
