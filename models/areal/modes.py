"""The most probable deviations and coefficients at given hyperparameters, by Newton's method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.geodesy import Floats
from models.areal.counts import Likelihood, Observed, Prior, State, likelihood
from models.areal.gaussian import Gaussian
from models.areal.graph import Graph

STEPS, HALVINGS = 60, 30
SETTLED = 1e-9  # of the log posterior, for each row


@dataclass(frozen=True)
class Mode:
    """The most probable state at given hyperparameters, and the Gaussian there.

    Attributes
    ----------
    state : State
    gaussian : Gaussian
    drawn : Gaussian
        What draws are from: the same, or the nearest one that can be drawn from.
    likelihood : Likelihood
    log_joint : float
        Of counts and state.
    settled : bool
        Whether Newton's method ended here, and was not stopped.
    exact : bool
        Whether ``gaussian`` has the second derivatives of the posterior itself.
    steps : int
    """

    state: State
    gaussian: Gaussian
    drawn: Gaussian
    likelihood: Likelihood
    log_joint: float
    settled: bool
    exact: bool
    steps: int


def log_prior(graph: Graph, prior: Prior, state: State) -> float:
    """Of a state, up to what no hyperparameter changes."""
    noise = state.b - prior.pull * state.u
    value = 0.5 * len(graph) * np.log(prior.noise_precision)
    value -= 0.5 * prior.noise_precision * (noise @ noise)
    value -= 0.5 * (state.u @ (graph.precision @ state.u))
    away = state.g - prior.mean
    return float(
        value + 0.5 * np.log(prior.precision).sum() - 0.5 * (prior.precision * away**2).sum()
    )


def mode(
    graph: Graph,
    observed: Observed,
    prior: Prior,
    start: State,
    raised: Floats | float = 0.0,
) -> Mode:
    """Newton's method with halved steps."""
    state, steps, settled = start, 0, False
    of = likelihood(observed, prior, state, raised)
    best = _target(graph, prior, state, of)
    while True:
        gaussian = Gaussian(graph, observed, prior, of)
        exact = gaussian.proper
        if not exact:
            of = likelihood(observed, prior, state, raised, safe=True)
            gaussian = Gaussian(graph, observed, prior, of)
        if settled or steps == STEPS:
            drawn = gaussian
            if not gaussian.drawable:
                safe = likelihood(observed, prior, state, raised, safe=True)
                drawn = Gaussian(graph, observed, prior, safe)
            return Mode(state, gaussian, drawn, of, best, settled, exact, steps)
        step = gaussian.step(*_gradient(graph, observed, prior, state, of))
        part = 1.0
        for _ in range(HALVINGS):
            tried = state.moved(step, part)
            seen = likelihood(observed, prior, tried, raised)
            value = _target(graph, prior, tried, seen)
            if value >= best - 1e-12 * abs(best):
                break
            part /= 2
        gained = value - best
        state, of, best, steps = tried, seen, value, steps + 1
        settled = abs(gained) < SETTLED * max(len(observed.district), 1) and part == 1.0


def _target(graph: Graph, prior: Prior, state: State, of: Likelihood) -> float:
    return of.value + log_prior(graph, prior, state)


def _gradient(
    graph: Graph, observed: Observed, prior: Prior, state: State, of: Likelihood
) -> tuple[Floats, Floats, Floats, Floats]:
    noise = prior.noise_precision * (state.b - prior.pull * state.u)
    b = np.bincount(observed.district, of.gradient, minlength=len(graph)) - noise
    u = prior.pull * noise - graph.precision @ state.u
    g = of.slopes.T @ of.gradient - prior.precision * (state.g - prior.mean)
    return b, u, g, -(graph.sums.T @ state.u)
