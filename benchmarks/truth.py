"""What docs/model.md claims, held to regions whose truth is known: ``make truth``.

For every region the whole way is gone, from files to a trained run, and its rates are compared with
the true ones of the target year. Every region's result is written down when it ends; a second call
goes on where the first one stopped. At the end the table in docs/model.md is written anew.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.results import ROOT, Results, write_between
from data.synthetic import SyntheticParams, simulate, write_project
from data.synthetic.params import BIASES, STAGES
from models.baselines import PriorCounts
from models.forecast import RATE_UNIT
from models.metrics import cases_reached, rank_correlation
from tests.truth.region import Truth, load_truth
from vigia import pipeline
from vigia.project import Project, load_project
from vigia.training_table import fitted_registers, outcome_table, target_year

WORK = ROOT / "var" / "truth"
REACH = 0.2  # of the districts, which a plan could visit
MARKS = ("<!-- truth table: written by make truth -->", "<!-- end of truth table -->")
FIGURES = ("rank", "rank_prior", "reach", "reach_prior", "coverage", "far_over_near")
HEADING = (
    "| reporting bias | stage | rank correlation with true rates | the same, prior counts | "
    "share of the best reach | the same, prior counts | true recorded rate in the 95 % interval | "
    "far over near |\n" + "|---|---|" + "---:|" * 6
)


def judge(folder: Path, params: SyntheticParams) -> dict[str, dict[str, float]]:
    """Go the whole way on one region and hold each stage to its truth.

    Returns
    -------
    dict
        By stage: ``rank``, ``rank_prior`` (Spearman of estimated and true rates, by district);
        ``reach``, ``reach_prior`` (true cases in the fifth of districts put first by expected
        cases, over those in the best fifth); ``coverage`` (share of districts whose interval holds
        the true rate of what the district register records); ``far_over_near`` (estimated over true
        rate, median of the quarter farthest from a police post over that of the nearest quarter).
    """
    write_project(simulate(params), folder)
    project = load_project(folder)
    pipeline.ingest(project)
    pipeline.build_features(project)
    record = pipeline.train(project)
    truth = load_truth(folder)
    with pipeline.open_store(project) as store:
        scores = store.scores(record.id)
    prior = prior_rates(project)
    return {
        stage: _held_to_truth(
            scores[scores["outcome"] == stage].set_index("code").sort_index(), prior[stage], truth
        )
        for stage in STAGES
    }


def prior_rates(project: Project) -> dict[str, pd.Series]:
    """Smoothed prior counts of each outcome as rates per 100,000, by code."""
    settings = project.settings
    with pipeline.open_store(project) as store:
        snapshot = pipeline.stored_snapshot(project, store)
        cases, districts = store.cases(snapshot), store.districts(snapshot)
        people = store.population(snapshot)
        features = pipeline.current_features(project, store, snapshot).table
    tables = [
        outcome_table(spec, cases, districts, people, features, target_year(settings, cases))
        for spec in fitted_registers(settings, cases)
    ]
    found = {}
    for table in tables:
        seen = table.counts[table.counts["count"].notna()].sort_values(["code", "year"])
        rate = seen["count"] / seen["people"] * RATE_UNIT
        model = PriorCounts().fit(seen[["code", "year"]], rate, seen["people"])
        target = table.target.sort_values("code")
        found[table.outcome] = pd.Series(
            model.predict(target[["code", "year"]]), index=target["code"].to_numpy()
        )
    return found


def _held_to_truth(scores: pd.DataFrame, prior: pd.Series, truth: Truth) -> dict[str, float]:
    stage = str(scores["outcome"].iloc[0])
    true = truth.of(stage, truth.target_year).reindex(scores.index)
    drawn = truth.drawn["params"]
    by_district = 1 - drawn["province_only"] - drawn["department_only"]
    share = truth.of(stage, truth.target_year - 1)["recorded_share"].reindex(scores.index)
    recorded = true["rate_per_100k"] * share * by_district
    people, rate = true["people"], true["rate_per_100k"]
    held = (scores["rate_low"] <= recorded) & (recorded <= scores["rate_high"])
    best = _reached(rate, rate, people)
    return {
        "rank": rank_correlation(scores["rate"], rate),
        "rank_prior": rank_correlation(prior.reindex(scores.index), rate),
        "reach": _reached(scores["rate"], rate, people) / best,
        "reach_prior": _reached(prior.reindex(scores.index), rate, people) / best,
        "coverage": float(held.mean()),
        "far_over_near": _far_over_near(scores["rate"] / rate, truth),
    }


def _reached(order: pd.Series, rate: pd.Series, people: pd.Series) -> float:
    return float(cases_reached(rate * people, order * people, np.ones(len(rate)), REACH))


def _far_over_near(ratio: pd.Series, truth: Truth) -> float:
    travel = truth.travel[truth.travel["year"] == truth.travel["year"].max()]
    minutes = travel.groupby("code")["mean_minutes"].mean().reindex(ratio.index)
    near, far = minutes.quantile(0.25), minutes.quantile(0.75)
    return float(ratio[minutes >= far].median() / ratio[minutes <= near].median())


def measure(regions: int, districts: int) -> dict[str, Any]:
    """Judge what is not yet judged at this commit; write after every region."""
    results = Results("truth")
    for seed in range(1, regions + 1):
        for bias in BIASES:
            name = f"{bias}-{districts}-{seed}"
            if name in results.of:
                continue
            folder = WORK / name
            shutil.rmtree(folder, ignore_errors=True)
            results.of[name] = judge(
                folder, SyntheticParams(seed=seed, districts=districts, bias=bias)
            )
            shutil.rmtree(folder)
            results.save()
            print(name, flush=True)
    return results.of


def table(results: dict[str, Any], districts: int) -> str:
    """Means over the regions, with the standard deviation between regions in brackets."""
    rows = pd.DataFrame(
        [
            {"bias": name.split("-")[0], "stage": stage, **values}
            for name, stages in results.items()
            for stage, values in stages.items()
        ]
    )
    regions = len(rows) // len(STAGES) // rows["bias"].nunique()
    lines = [HEADING]
    for bias in BIASES:
        for stage in STAGES:
            cell = rows[(rows["bias"] == bias) & (rows["stage"] == stage)]
            said = [_said(cell[name]) for name in FIGURES]
            lines.append(f"| {bias} | {stage} | {' | '.join(said)} |")
    about = (
        f"{regions} regions of {districts} districts; in brackets the deviation between regions."
    )
    return "\n".join(lines) + f"\n\n{about}"


def _said(values: pd.Series) -> str:
    return f"{values.mean():.2f} ({values.std():.2f})"


def main() -> None:
    """Judge the asked-for regions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=20)
    parser.add_argument("--districts", type=int, default=160)
    asked = parser.parse_args()
    results = measure(asked.regions, asked.districts)
    write_between(ROOT / "docs" / "model.md", MARKS, table(results, asked.districts))


if __name__ == "__main__":
    main()
