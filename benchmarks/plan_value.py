"""What a plan is worth: ``python -m benchmarks.plan_value --regions 50``, for docs/plans.md.

Simulated regions whose truth is known, with three levels of reporting bias. Everybody sends as
many teams to capitals of districts for as many days; a team reaches the people to whom it comes
within three hours at low water. What counts is the true cases of the target year that are to be
expected among those, over team-days. Every region's result is written down as it ends, and a
second call at the same commit goes on where the first one stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from threadpoolctl import threadpool_limits

from benchmarks.known_truth.figures import interval_of_mean
from benchmarks.known_truth.ranking import challenged
from benchmarks.known_truth.regions import Ground, Prepared, prepared_with_ground
from benchmarks.results import FOLDER, ROOT, Results, write_between
from data.synthetic import SyntheticParams
from data.synthetic.params import BIASES
from geo.geodesy import Floats, Ints
from models.plan.demand import demand_of
from models.plan.request import SitesRequest
from models.plan.sites import plan_sites
from models.stage import StageModel

STAGE = "exploitation"
TEAMS, DAYS, REACH_MINUTES = 8, 10, 180.0
CHANCES = 200  # random choices, of which the mean counts
PRINTED = ROOT / "var" / "plan-value"
MARKS = ("<!-- worth of plans: written by benchmarks.plan_value -->", "<!-- end of worth -->")
NAMES = {
    "oracle": "a plan by who knows the truth",
    "plan": "the plan",
    "plan_prior_counts": "a plan as ours, by smoothed prior counts",
    "top_expected": "the districts with most cases by our model",
    "top_score": "the districts with our highest scores",
    "prior_counts": "the districts with most recorded cases",
    "risk_terrain": "the highest relative risks of Risk Terrain Modeling",
    "expert_index": "the highest values of an index of experts",
    "random": "chance",
}


def judged(region: Prepared, ground: Ground, seed: int) -> dict[str, float]:
    """True cases reached per team-day, by who decides."""
    tables = region.tables[STAGE]
    people = tables.target["people"].to_numpy(dtype=float)
    true = region.truth.of(STAGE, region.truth.target_year).reindex(tables.target["code"])
    model = StageModel(region.places, tables.columns, region.settings)
    draws = model.fit(tables.rows, tables.totals).rates(tables.target).T
    others = challenged(tables, seed)
    worth = {
        "top_expected": draws.mean(axis=0) * people,
        "top_score": rankdata(draws, axis=1).mean(axis=0),
        "prior_counts": others["raw_prior_counts"] * people,
        "risk_terrain": others["risk_terrain"],
        "expert_index": others["expert_index"],
    }
    chosen = {name: np.argsort(-one, kind="stable")[:TEAMS] for name, one in worth.items()}
    rates = true["rate_per_100k"].to_numpy(dtype=float)
    by = {"plan": draws, "plan_prior_counts": others["prior_counts"][None], "oracle": rates[None]}
    chosen |= {name: planned(one, people, ground) for name, one in by.items()}
    truth = _Truth(true["expected"].to_numpy(dtype=float), ground)
    rng = np.random.default_rng(seed)
    random = [truth.reached(rng.permutation(len(people))[:TEAMS]) for _ in range(CHANCES)]
    found = {name: truth.reached(one) for name, one in chosen.items()} | {"random": np.mean(random)}
    return {name: float(one) / (TEAMS * DAYS) for name, one in found.items()}


def planned(rates: Floats, people: Floats, ground: Ground) -> Ints:
    """Rows of the districts whose capitals a plan chooses."""
    names = [f"{row}" for row in range(len(people))]
    candidates = pd.DataFrame({"name": names, "code": names, "department": ""}, index=names)
    demand = demand_of(rates, people, ground.district, ground.people)
    request = SitesRequest(teams=TEAMS, reach_minutes=REACH_MINUTES)
    sites = plan_sites(demand, candidates, ground.minutes, request).sites
    return sites.index[sites["chosen"]].astype(int).to_numpy()


class _Truth:
    """What a choice of capitals truly reaches."""

    def __init__(self, expected: Floats, ground: Ground) -> None:
        share = ground.people / np.bincount(ground.district, ground.people)[ground.district]
        self.cases = expected[ground.district] * share
        self.within = ground.minutes <= REACH_MINUTES

    def reached(self, rows: Ints) -> float:
        return float(self.cases[self.within[rows].any(axis=0)].sum())


def figures(results: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Means over regions and levels of bias, with intervals, and what is lost to the oracle."""
    table = _of_regions(pd.DataFrame(results).T)
    lost = table["oracle"].to_numpy()[:, None] - table
    ends = {name: interval_of_mean(table[name].to_numpy()) for name in table}
    return {
        "regions": len(table),
        "reached_per_team_day": table.mean().to_dict(),
        "low": {name: low for name, (low, _) in ends.items()},
        "high": {name: high for name, (_, high) in ends.items()},
        "regret": lost.mean().to_dict(),
    }


def _of_regions(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each region, in the mean over its levels of bias: these are not independent."""
    return table.groupby([name.rpartition("-")[2] for name in table.index], sort=False).mean()


def written(results: Mapping[str, Mapping[str, float]]) -> str:
    """The table of docs/plans.md."""
    table = pd.DataFrame(results).T
    bias = pd.Series([name.split("-")[0] for name in table.index], table.index)
    heading = ["who decides", *(f"bias {one}" for one in BIASES), "all", "the plan less it, all"]
    regions = _of_regions(table)
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)]]
    for name, label in NAMES.items():
        means = [table.loc[bias == one, name].mean() for one in BIASES]
        all_of, away = regions[name].to_numpy(), (regions["plan"] - regions[name]).to_numpy()
        ends = (_told(all_of, ".2f"), "" if name == "plan" else _told(away, "+.3f"))
        lines.append([label, *(f"{one:.2f}" for one in means), *ends])
    told = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        f"{told}\n\nTrue cases reached per team-day; means over {len(regions)} regions, each under "
        "every level of bias, with 95 % intervals over the regions."
    )


def _told(values: Floats, form: str) -> str:
    low, high = interval_of_mean(values)
    return f"{values.mean():{form}} ({low:{form}} to {high:{form}})"


def main() -> None:
    """Judge the asked-for regions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=50)
    parser.add_argument("--districts", type=int, default=160)
    parser.add_argument("--json", action="store_true", help="print figures, write no text")
    asked = parser.parse_args()
    known = Results("plan-value", PRINTED if asked.json else FOLDER)
    wanted = [
        (f"{bias}-{asked.districts}-{seed}", bias, seed)
        for seed in range(1, asked.regions + 1)
        for bias in BIASES
    ]
    with threadpool_limits(limits=1):
        for name, bias, seed in wanted:
            if name in known.of:
                continue
            params = SyntheticParams(seed=seed, districts=asked.districts, bias=bias)
            region, ground = prepared_with_ground(params)
            assert ground is not None  # noqa: S101 - it was asked for
            known.of[name] = judged(region, ground, seed)
            known.save()
            print(name, file=sys.stderr, flush=True)
    results = {name: known.of[name] for name, _, _ in wanted}
    if asked.json:
        print(json.dumps({"commit": known.commit, **figures(results)}, indent=1))
        return
    text = f"{written(results)}\n\nMeasured at commit {known.commit}."
    write_between(ROOT / "docs" / "plans.md", MARKS, text)


if __name__ == "__main__":
    main()
