"""The posterior of ``ArealRates`` by Hamiltonian Monte Carlo: slow, and as exact as it is long.

The same model written a second time, in numpyro, with the neighbours as a dense root of their
covariance, or, for large graphs, as differences over the edges (Morris et al. 2019, Spatial and
Spatio-temporal Epidemiology 31). Priors of hyperparameters are written from their definition.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro import distributions as dist
from numpyro.diagnostics import effective_sample_size
from numpyro.distributions import constraints
from numpyro.infer import MCMC, NUTS
from scipy.sparse import triu

from geo.geodesy import Floats
from models.areal.counts import Observed
from models.areal.graph import Graph
from models.areal.priors import SCATTER, Priors, hyperparameters

numpyro.enable_x64()

DENSE = 200  # districts: with more, differences over edges are quicker than a dense root
SOFT_SUM = 1e-3  # standard deviation of the mean of a component, where edges are used


@dataclass(frozen=True)
class Exact:
    """Draws from the posterior.

    Attributes
    ----------
    log_rate : array of shape (draws, rows)
        Of the true rate.
    hyper : array of shape (draws, hyperparameters)
    coefficients : array of shape (draws, coefficients)
    effective, effective_hyper : float
        Least effective size of anything drawn; of hyperparameters.
    seconds : float
        Of sampling, warm-up included and compilation not.
    """

    log_rate: Floats
    hyper: Floats
    coefficients: Floats
    effective: float
    effective_hyper: float
    seconds: float

    @property
    def mean(self) -> Floats:
        return np.asarray(self.log_rate.mean(axis=0))

    @property
    def sd(self) -> Floats:
        return np.asarray(self.log_rate.std(axis=0))


def posterior(
    graph: Graph,
    observed: Observed,
    priors: Priors,
    *,
    draws: int = 4000,
    warmup: int = 1000,
    seed: int = 1,
    accept: float = 0.9,
    timed: bool = False,
) -> Exact:
    """One chain; what it is worth is told by its effective sizes.

    ``timed`` samples twice, as the first time compiles: seconds are then of sampling alone.
    """
    model = _model(graph, observed, priors)
    kernel = NUTS(model, target_accept_prob=accept, init_strategy=numpyro.infer.init_to_median())
    chain = MCMC(kernel, num_warmup=warmup, num_samples=draws, progress_bar=False)
    chain.warmup(jax.random.key(seed), collect_warmup=False)  # compiles; is run again below
    if timed:
        chain.run(jax.random.key(seed))
        chain.post_warmup_state = chain.last_state
    before = time.perf_counter()
    chain.run(jax.random.key(seed + 1))
    found = {name: np.asarray(jax.device_get(some)) for name, some in chain.get_samples().items()}
    seconds = time.perf_counter() - before
    sizes = {name: np.min(effective_sample_size(some[None])) for name, some in found.items()}
    names = [one.name for one in hyperparameters(graph, priors)]
    return Exact(
        found["log_rate"],
        np.column_stack([found[name] for name in names]),
        found["coefficients"],
        float(min(sizes.values())),
        float(min(sizes[name] for name in names)),
        seconds,
    )


def _model(graph: Graph, observed: Observed, priors: Priors) -> Callable[[], None]:
    deviations = (_by_root if len(graph) <= DENSE else _by_edges)(graph)
    mix_density = _mix_density(graph)
    k, q = observed.design.shape[1], observed.detection.shape[1]
    single = ~np.isnan(observed.count)
    part = observed.total >= 0
    count = jnp.asarray(observed.count[single])

    def model() -> None:
        place = {
            one.name: numpyro.sample(
                one.name,
                dist.ImproperUniform(constraints.interval(one.least, one.most), (), ()),
            )
            for one in hyperparameters(graph, priors)
        }
        spread = jnp.exp(place["log_spread"])
        numpyro.factor("of_spread", _exponential(priors.spread, spread))
        mix = jnp.asarray(0.0)
        if priors.structured:
            mix = jax.nn.sigmoid(place["logit_mix"])
            numpyro.factor("of_mix", mix_density(place["logit_mix"]))
        b = deviations(spread, mix)
        size = len(priors.mean)
        raw = numpyro.sample("raw", dist.Normal(jnp.zeros(size), 1.0))
        g = numpyro.deterministic("coefficients", priors.mean + raw / np.sqrt(priors.precision))
        log_rate = numpyro.deterministic("log_rate", b[observed.district] + observed.design @ g[:k])
        log = observed.log_exposure + log_rate
        if q:
            recorded = jax.nn.log_sigmoid(observed.detection @ g[k : k + q])
            log = log + jnp.where(observed.is_reported, recorded, 0.0)
        if observed.found.shape[1]:
            log = log + observed.found @ g[k + q :]
        expected = jnp.exp(log[single])
        if priors.scattered:
            root = jnp.exp(place["log_scatter"])
            numpyro.factor("of_scatter", _exponential(SCATTER, root))
            likely = dist.NegativeBinomial2(expected, 1 / root**2).log_prob(count)
        else:
            likely = count * log[single] - expected
        numpyro.factor("counts", likely.sum())
        if len(observed.total_count):
            sums = jnp.zeros(len(observed.total_count))
            sums = sums.at[observed.total[part]].add(jnp.exp(log[part]))
            numpyro.factor("totals", (observed.total_count * jnp.log(sums) - sums).sum())

    return model


def _exponential(prior: Any, value: Any) -> Any:
    """Log density of the log of an exponential number."""
    rate = -np.log(prior.chance) / prior.above
    return jnp.log(rate) - rate * value + jnp.log(value)


def _covariance(graph: Graph) -> Floats:
    return np.asarray(np.linalg.pinv(graph.precision.toarray(), hermitian=True))


def _mix_density(graph: Graph) -> Callable[[Any], Any]:
    """Exponential in the square root of twice the divergence from independent noise."""
    own = np.linalg.eigvalsh(_covariance(graph))

    def distance(logit: Any) -> Any:
        mix = jax.nn.sigmoid(logit)
        twice = mix * (own - 1).sum() - jnp.log1p(mix * (own - 1)).sum()
        return jnp.sqrt(twice)

    rate = float(np.log(3) / distance(0.0))  # a mix below a half has the probability 2/3
    slope = jax.grad(distance)

    def density(logit: Any) -> Any:
        return jnp.log(rate) - rate * distance(logit) + jnp.log(slope(logit))

    return density


def _by_root(graph: Graph) -> Callable[[Any, Any], Any]:
    """Along the principal axes of the neighbours' covariance, each by itself."""
    own, axes = np.linalg.eigh(_covariance(graph))
    own, axes = jnp.asarray(np.maximum(own, 0.0)), jnp.asarray(axes)

    def deviations(spread: Any, mix: Any) -> Any:
        z = numpyro.sample("z", dist.Normal(jnp.zeros(len(own)), 1.0))
        return spread * (axes @ (jnp.sqrt(mix * own + 1 - mix) * z))

    return deviations


def _by_edges(graph: Graph) -> Callable[[Any, Any], Any]:
    edges = triu(graph.precision, 1).tocoo()
    one, other, weight = edges.row, edges.col, jnp.asarray(-edges.data)
    alone = jnp.asarray(graph.component < 0)
    means = jnp.asarray(graph.sums / np.maximum(graph.sums.sum(axis=0), 1))
    n = len(graph)

    def deviations(spread: Any, mix: Any) -> Any:
        u = numpyro.sample("u", dist.ImproperUniform(constraints.real, (), (n,)))
        bent = weight @ (u[one] - u[other]) ** 2 + (alone * u**2).sum()
        numpyro.factor("neighbours", -0.5 * bent)
        numpyro.factor("sums", -0.5 * (((u @ means) / SOFT_SUM) ** 2).sum())
        v = numpyro.sample("v", dist.Normal(jnp.zeros(n), 1.0))
        return spread * (jnp.sqrt(mix) * u + jnp.sqrt(1 - mix) * v)

    return deviations
