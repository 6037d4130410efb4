"""``ArealRates`` against exact answers: ``python -m benchmarks.exact``, for docs/model.md.

Small graphs are fitted a second time by Hamiltonian Monte Carlo (numpyro), until each parameter
has an effective size of at least ``ENOUGH``. Every case is written down as it ends, with its
commit; a second call goes on where the first one stopped. ``--peru`` measures speed too.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
from scipy.sparse import block_diag, csr_array

from benchmarks.results import ROOT, Results, write_between
from geo.geodesy import Floats
from models.areal.graph import graph_of
from models.areal.rates import ArealRates
from tests.models.areal.worlds import covariance, lattice

PERU = Path(os.environ.get("VIGIA_PERU_DATA") or ROOT.parent / "shared" / "peru")
MARKS = ("<!-- exact answers: written by benchmarks.exact -->", "<!-- end of exact answers -->")
WORLDS = {
    "one part": lattice(6, 7),
    "parts": csr_array(
        block_diag([lattice(5, 6), lattice(1, 5), lattice(2, 3), csr_array((1, 1))])
    ),
}
MEANS, TOTALS, SEEDS = (5.0, 0.5, 0.05), (0, 6), (1, 2)
DRAWS, MOST_DRAWS, ENOUGH = 30_000, 240_000, 5_000
SPREAD, MIX, SLOPES = 0.6, 0.7, (0.5, -0.3)
FACTORS, ENOUGH_HYPER = 5, 400


def world(neighbours: csr_array, mean: float, totals: int, seed: int) -> dict[str, Any]:
    """What ``ArealRates.fit`` is given: counts of districts, or of totals of as many each."""
    rng, graph = np.random.default_rng(seed), graph_of(neighbours)
    n = len(graph)
    root = np.linalg.cholesky(covariance(graph) + 1e-10 * np.eye(n))
    b = np.sqrt(MIX) * (root @ rng.normal(size=n)) + np.sqrt(1 - MIX) * rng.normal(size=n)
    factors, people = rng.normal(size=(n, len(SLOPES))), np.exp(rng.normal(0, 0.5, n))
    rate = np.exp(SPREAD * b + factors @ np.array(SLOPES))
    rate *= mean / (rate * people).mean()
    cases = rng.poisson(people * rate).astype(float)
    cases[0] += cases.sum() == 0
    given: dict[str, Any] = {"X": factors, "y": cases, "exposure": people}
    if totals:
        total = np.arange(n) * totals // n
        sums = np.bincount(total, cases).astype(float)
        given |= {"y": np.full(n, np.nan), "total": total, "total_counts": sums}
    return given


def fitted(neighbours: csr_array, given: dict[str, Any]) -> ArealRates:
    return ArealRates(neighbours, draws=1000).fit(**given)


def judged(name: str, mean: float, totals: int, seed: int) -> dict[str, float]:
    """How far means and standard deviations of log rates are from those of NUTS.

    Returns
    -------
    dict
        ``mean`` in posterior standard deviations, ``sd`` as a part of it, both averaged over
        districts; ``effective`` of NUTS, ``seconds`` of ``ArealRates``.
    """
    from tests.models.areal.nuts import posterior  # noqa: PLC0415 - only here is jax needed

    neighbours = WORLDS[name]
    given = world(neighbours, mean, totals, seed)
    before = time.perf_counter()
    model = fitted(neighbours, given)
    seconds = time.perf_counter() - before
    graph, draws = graph_of(neighbours), DRAWS
    priors = model._priors(graph, model._rows)
    while True:
        truth = posterior(graph, model._rows, priors, draws=draws, warmup=1500, seed=seed)
        if truth.effective >= ENOUGH or draws >= MOST_DRAWS:
            break
        draws *= 2
    return {
        "mean": float((np.abs(model.log_rate_mean_ - truth.mean) / truth.sd).mean()),
        "sd": float(np.abs(model.log_rate_sd_ / truth.sd - 1).mean()),
        "effective": truth.effective,
        "told": float(model.effective_ or 0),
        "seconds": seconds,
    }


def speed(draws: int = 800) -> dict[str, float]:
    """Seconds of a fit on the graph of Peru, and of NUTS until its hyperparameters are as good."""
    from tests.models.areal.nuts import posterior  # noqa: PLC0415

    districts = geopandas.read_file(PERU / "districts.geojson")
    pairs = districts.sindex.query(districts.geometry, predicate="intersects")
    n = len(districts)
    neighbours = csr_array((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=(n, n))
    neighbours = csr_array(((neighbours + neighbours.T) > 0).astype(np.float64))
    neighbours.setdiag(0)
    neighbours.eliminate_zeros()
    rng = np.random.default_rng(1)
    graph = graph_of(neighbours)
    field = graph.pattern.factor(np.zeros(n)).draw(rng.standard_normal((n, 1)))[:, 0]
    for part in range(graph.components):
        field[graph.component == part] -= field[graph.component == part].mean()
    factors = rng.normal(size=(n, FACTORS))
    log: Floats = 0.5 * field + 0.3 * rng.normal(size=n) + factors @ rng.normal(0, 0.3, FACTORS)
    given = {"X": factors, "y": rng.poisson(5 * np.exp(log)).astype(float)}
    fitted(neighbours, given)  # compiles
    before = time.perf_counter()
    model = fitted(neighbours, given)
    seconds = time.perf_counter() - before
    priors = model._priors(graph, model._rows)
    truth = posterior(graph, model._rows, priors, draws=draws, warmup=500, timed=True)
    whole = truth.seconds * ENOUGH_HYPER / truth.effective_hyper
    return {
        "seconds": seconds,
        "nuts_seconds": whole,
        "effective": truth.effective_hyper,
        "ratio": whole / seconds,
    }


def table(results: dict[str, Any]) -> str:
    """Rows of docs/model.md, means over graphs and seeds."""
    heading = "| cases per district | counted | means off, in posterior sd | sds off | "
    heading += "worst of these | least effective size of NUTS |"
    lines = [heading, "|---:|---|---:|---:|---:|---:|"]
    for mean in MEANS:
        for totals in TOTALS:
            some = [
                one for name, one in results.items()
                if name.split("/")[1:3] == [f"{mean:g}", str(totals)]
            ]  # fmt: skip
            if not some:
                continue
            off, sd = (np.array([one[key] for one in some]) for key in ("mean", "sd"))
            how = f"in {totals} totals" if totals else "by district"
            least = min(one["effective"] for one in some)
            lines.append(
                f"| {mean:g} | {how} | {off.mean():.3f} | {100 * sd.mean():.1f} % | "
                f"{off.max():.3f}, {100 * sd.max():.1f} % | {least:,.0f} |"
            )
    if "peru" in results:
        one = results["peru"]
        lines += ["", (
            f"On the graph of Peru a fit takes {one['seconds']:.1f} s; sampling alone takes NUTS "
            f"{one['nuts_seconds']:.0f} s for an effective size of {ENOUGH_HYPER} of the "
            f"hyperparameters: {one['ratio']:.0f} times as long."
        )]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peru", action="store_true", help="speed too: some minutes")
    asked = parser.parse_args()
    results = Results("exact")
    cases = [(w, m, t, s) for s in SEEDS for m in MEANS for t in TOTALS for w in WORLDS]
    for name, mean, totals, seed in cases:
        key = f"{name}/{mean:g}/{totals}/{seed}"
        if key not in results.of:
            results.of[key] = judged(name, mean, totals, seed)
            results.save()
            print(key, results.of[key], flush=True)
    if asked.peru and "peru" not in results.of:
        results.of["peru"] = speed()
        results.save()
    write_between(ROOT / "docs" / "model.md", MARKS, table(results.of))
    print(json.dumps(results.of, indent=1) if asked.json else table(results.of))


if __name__ == "__main__":
    main()
