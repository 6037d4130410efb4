"""What published rates give away of the counts behind them: ``python -m benchmarks.attack``.

It writes the table of docs/disclosure.md. The attacker knows the factors, the people and the
recorded cases of every other district, and wants those of one: all that its register has of a
stage. He learns from the others how cases hang together with what he sees, first of the place and
its neighbours alone, then with its published scores too, with rates as they are published and with
all their digits. Every district is his victim once. Judged is what he finds of districts with
fewer cases than everybody is told; every finished region is written down at once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, cross_val_predict
from threadpoolctl import threadpool_limits

from benchmarks.known_truth.regions import Prepared, prepared
from benchmarks.results import ROOT, Results, write_between
from data.disclosure import RATES, release_scores
from data.synthetic import SyntheticParams
from geo.geodesy import Floats
from models.scores import NUMBERS, scored
from models.stage import Places, StageModel
from models.tables import Tables

PAGE = ROOT / "docs" / "disclosure.md"
MARKS = (
    "<!-- rates attacked: written by benchmarks.attack -->",
    "<!-- end of rates attacked -->",
)
SMALL = 11  # fewer cases than that are told to nobody but partners
FOLDS, TREES, LEAF = 10, 300, 2
NEIGHBOURS, PUBLISHED, EXACT = "neighbours", "published", "exact"
LABELS = {
    NEIGHBOURS: "the place and its neighbours",
    PUBLISHED: "the same, and its published scores",
    EXACT: "the same, and its scores with all digits",
}
HEADINGS = {
    "exact": "count guessed exactly",
    "any": "whether there is any",
    "error": "mean error in cases",
    "nearer": "nearer than from the neighbours",
    "farther": "farther off",
}


def attacked(place: pd.DataFrame, scores: dict[str, pd.DataFrame], counts: Floats) -> pd.DataFrame:
    """How well each way of guessing does, a row each.

    Parameters
    ----------
    place : DataFrame
        What is known of each district without its scores.
    scores : mapping of str to DataFrame
        By what they are called, in the order of ``place``.
    counts : array of shape (districts,)
        Recorded cases, which nobody should find.

    Returns
    -------
    DataFrame
        Columns of ``HEADINGS``, of districts with fewer than ``SMALL`` cases: ``error`` in cases,
        the rest shares.
    """
    small = counts < SMALL
    beside = _guessed(place, counts)
    rows = {NEIGHBOURS: _judged(beside, beside, counts, small)}
    for name, table in scores.items():
        guess = _guessed(pd.concat([place, table], axis=1), counts)
        rows[name] = _judged(guess, beside, counts, small)
    return pd.DataFrame(rows).T


def _guessed(known: pd.DataFrame, counts: Floats) -> Floats:
    """The count of each district, learnt from others alone."""
    forest = RandomForestRegressor(TREES, min_samples_leaf=LEAF, random_state=1)
    folds = KFold(FOLDS, shuffle=True, random_state=1)
    whole = known.fillna(known.median()).fillna(0.0)
    return np.asarray(np.expm1(cross_val_predict(forest, whole, np.log1p(counts), cv=folds)))


def _judged(guess: Floats, beside: Floats, counts: Floats, small: np.ndarray) -> dict[str, float]:
    whole, error, usual = np.rint(guess), np.abs(guess - counts), np.abs(beside - counts)
    found = {
        "exact": whole == counts,
        "any": (whole > 0) == (counts > 0),
        "error": error,
        "nearer": error < usual,
        "farther": error > usual,
    }
    return {name: float(values[small].mean()) for name, values in found.items()}


def judged(region: Prepared) -> dict[str, Any]:
    """By stage: what ``attacked`` says of a training of the region."""
    return {
        stage: attacked(*seen(tables, region)).to_dict("index")
        for stage, tables in region.tables.items()
    }


def seen(tables: Tables, region: Prepared) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], Floats]:
    """Place, scores and counts of the districts that have a score and a count."""
    model = StageModel(region.places, tables.columns, region.settings)
    model.fit(tables.rows, tables.totals)
    target = tables.target[tables.target["reason"] == ""]
    scores = scored(target, model.rates(target).T, region.settings).set_index("code")
    reported = tables.rows[tables.rows["effort"].isna()]
    counts = reported.groupby("code")["count"].sum(min_count=1).dropna()
    codes = scores.index.intersection(counts.index)
    place = _place(target.set_index("code"), tables, region.places, counts).loc[codes]
    told = release_scores(
        scores.reset_index().assign(outcome="", stage="", no_records=False)
    ).set_index("code")
    of = {
        name: _columns(table.loc[codes], place["people"])
        for name, table in ((PUBLISHED, told), (EXACT, scores))
    }
    return place, of, counts[codes].to_numpy(dtype=float)


def _place(target: pd.DataFrame, tables: Tables, places: Places, counts: pd.Series) -> pd.DataFrame:
    """People, factors, layers of detection, and the recorded cases of the neighbours."""
    beside = pd.DataFrame.sparse.from_spmatrix(places.neighbours, places.codes, places.codes)
    beside = (beside.reindex(target.index).sparse.to_dense() > 0).reindex(columns=counts.index)
    near = beside.fillna(value=False).to_numpy(dtype=float)
    people = target["people"].reindex(counts.index).fillna(0).to_numpy(dtype=float)
    rate = near @ counts.to_numpy(dtype=float) / np.maximum(near @ people, 1)
    columns = [*tables.columns.factors, *tables.columns.detection]
    return target[["people", *columns]].assign(near=rate, by_rate=rate * target["people"])


def _columns(scores: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """Numbers of a score, with the cases that they come to, and how many their doubt speaks of."""
    table = pd.DataFrame(scores[list(NUMBERS)])
    width = np.log(table["rate_high"] / table["rate_low"])
    return table.assign(
        **{f"{name}_cases": table[name] * people for name in RATES[:3]}, told_by=1 / width**2
    )


def table(results: dict[str, Any]) -> str:
    """Means over regions and stages, in Markdown."""
    rows = [
        pd.DataFrame(stage).T.rename_axis("way").reset_index()
        for region in results.values()
        for stage in region.values()
    ]
    means = pd.concat(rows).groupby("way").mean().loc[list(LABELS)]
    lines = [
        f"| {' | '.join(['what the attacker knows', *HEADINGS.values()])} |",
        f"|---|{'---:|' * len(HEADINGS)}",
    ]
    for way, label in LABELS.items():
        cells = [
            f"{value:.2f}" if name == "error" else f"{value:.0%}".replace("%", " %")
            for name, value in means.loc[way, list(HEADINGS)].items()
        ]
        lines.append(f"| {' | '.join([label, *cells])} |")
    return "\n".join(lines)


def measure(regions: int, districts: int, folder: Path | None) -> Results:
    """Attack what is not yet attacked at this commit."""
    results = Results("attack", folder)
    with threadpool_limits(limits=1):
        for name, params in _asked(regions, districts):
            if name not in results.of:
                results.of[name] = judged(prepared(params))
                results.save()
                print(name, file=sys.stderr, flush=True)
    return results


def _asked(regions: int, districts: int) -> Iterator[tuple[str, SyntheticParams]]:
    for seed in range(1, regions + 1):
        yield f"{districts}-{seed}", SyntheticParams(seed=seed, districts=districts)


def main() -> None:
    """Attack the asked-for regions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=2)
    parser.add_argument("--districts", type=int, default=160)
    parser.add_argument("--json", action="store_true", help="print results; write no text")
    asked = parser.parse_args()
    folder = ROOT / "var" / "attack" if asked.json else None
    results = measure(asked.regions, asked.districts, folder)
    if asked.json:
        print(json.dumps(results.of))
        return
    told = (
        f"{table(results.of)}\n\nMeans over {len(results.of)} regions of {asked.districts} "
        f"districts and three stages each, at commit {results.commit}."
    )
    write_between(PAGE, MARKS, told)


if __name__ == "__main__":
    main()
