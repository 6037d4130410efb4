"""What is believed before any case is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from geo.geodesy import Floats
from models.areal.counts import Prior
from models.areal.graph import Graph
from models.areal.hyper import LEAST, MOST, Hyperparameter, Mix, Spread

NOTHING_STRUCTURED = 1e-6  # of the variance, where there are no neighbours
SCATTER = Spread(above=1.0, chance=0.05)  # of a negative binomial: square root of 1 / size


@dataclass(frozen=True)
class Priors:
    """Of coefficients, and which hyperparameters there are.

    Attributes
    ----------
    mean, precision : arrays of shape (coefficients,)
    spread : Spread
    scattered : bool
        Whether counts are negative binomial.
    structured : bool
        Whether any district has a neighbour.
    """

    mean: Floats
    precision: Floats
    spread: Spread
    scattered: bool
    structured: bool

    def at(self, place: Floats) -> Prior:
        """At given hyperparameters, in the order of ``hyperparameters``."""
        left = list(place)
        spread = float(np.exp(left.pop(0)))
        mix = float(expit(left.pop(0))) if self.structured else NOTHING_STRUCTURED
        scatter = float(np.exp(2 * left.pop(0))) if self.scattered else 0.0
        return Prior(spread, mix, self.mean, self.precision, scatter)


def hyperparameters(graph: Graph, priors: Priors) -> list[Hyperparameter]:
    """The log of the spread, the logit of the mix, half the log of the scatter."""
    found = [Hyperparameter("log_spread", np.log(0.3), priors.spread.log_density, -5.0, 2.5)]
    if priors.structured:
        found.append(Hyperparameter("logit_mix", 0.0, Mix(graph).log_density, LEAST + 2, MOST - 2))
    if priors.scattered:
        found.append(Hyperparameter("log_scatter", -1.0, SCATTER.log_density, -6.0, 2.5))
    return found
