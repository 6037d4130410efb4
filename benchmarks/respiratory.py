"""A real panel, held out year by year: ``python -m benchmarks.respiratory``.

It writes the tables of docs/respiratory.md. Cases of respiratory disease in the 38 districts of
Lambayeque, 2010-2023: nothing to do with trafficking, but the only complete panel of districts and
years at hand. The last seven years are each forecast from all years before by ``ArealRates`` and by
every challenger, with what is known of a district (altitude, poverty, human development, density)
as factors. It reads the folder of real files (VIGIA_PERU_DATA, by default shared/peru beside the
repository).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.results import ROOT, Results, write_between
from geo.crs import choose_metric_crs
from geo.neighbours import queen_neighbours
from models.areal.rates import ArealRates
from models.forecast import RATE_UNIT
from models.honesty.contenders import challengers
from models.honesty.folds import held_out_splits
from models.honesty.forecasts import Contender, Forecast
from models.honesty.measures import Judge, Measures
from models.honesty.trial import Trial, tried
from models.resampling import Interval, Resamples

PERU = Path(os.environ.get("VIGIA_PERU_DATA") or ROOT.parent / "shared" / "peru")
PAGE = ROOT / "docs" / "respiratory.md"
MARKS = (
    "<!-- respiratory panel: written by benchmarks.respiratory -->",
    "<!-- end of respiratory panel -->",
)
OUTCOMES = {
    "neumonias_men5": "pneumonia under five",
    "neumonias_60mas": "pneumonia from sixty on",
    "hospitalizados_men5": "in hospital under five",
    "ira_no_neumonia": "acute respiratory infection, no pneumonia",
}
SIGNS = {"altitude": 1, "poverty": 1, "development": -1, "log_density": 0}
ORIGINS = 7
DEPARTMENT = "14"
HIT_SHARE = 0.2
SEED = 1
HEADINGS = (
    "",
    "log score",
    "the model is ahead by",
    "deviance",
    "in the 80 % interval",
    "in the 95 % interval",
    "cases in the first fifth",
)
COEFFICIENT_SD, YEAR_SD, WIDE_YEAR_SD, DRAWS = 0.5, 0.2, 0.5, 1_000
LABELS = {
    "model": f"ArealRates, `period_sd={YEAR_SD}`",
    "model_wide_years": f"ArealRates, `period_sd={WIDE_YEAR_SD}`",
    "prior_counts": "prior counts, smoothed",
    "raw_prior_counts": "prior counts as they are",
    "population": "population alone",
    "expert_index": "expert index",
    "risk_terrain": "risk terrain",
    "boosting": "boosting",
}


def load(folder: Path) -> tuple[pd.DataFrame, csr_array]:
    """Rows of all outcomes with factors, and the neighbours of districts in the order of codes."""
    codes = {"ubigeo_inei": str}
    cases = pd.read_csv(folder / "cases_respiratory_lambayeque_district_year.csv", dtype=codes)
    known = pd.read_csv(folder / "district_attributes.csv", dtype=codes).set_index("ubigeo_inei")
    of = known.loc[cases["ubigeo_inei"]]
    rows = cases[[*OUTCOMES]].assign(
        code=cases["ubigeo_inei"],
        year=cases["year"],
        province=cases["provincia"],
        people=of["population_2020_derived"].to_numpy(),
        altitude=of["capital_altitude_m"].to_numpy(),
        poverty=of["total_poverty_pct"].to_numpy(),
        development=of["hdi_2019"].to_numpy(),
        log_density=np.log(of["pop_density_2020_per_km2"].to_numpy()),
    )
    borders = gpd.read_file(folder / "districts.geojson").rename(columns={"IDDIST": "code"})
    borders = borders[borders["IDDPTO"] == DEPARTMENT]
    west, south, east, north = borders.total_bounds.tolist()
    found = queen_neighbours(borders, choose_metric_crs((west, south, east, north)))
    return rows.sort_values(["code", "year"], ignore_index=True), found.adjacency


def model(
    neighbours: csr_array, codes: Sequence[str], year_sd: float, draws: int = DRAWS
) -> Contender:
    """``ArealRates`` without detection, of which nothing is known here.

    Parameters
    ----------
    neighbours : sparse array of shape (districts, districts)
    codes : sequence of str
        Of its rows.
    year_sd : float
        Prior standard deviation of the effects of years.
    draws : int
    """
    place, factors = pd.Index(codes), list(SIGNS)

    def forecast(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        fitted = ArealRates(
            neighbours,
            family="negative_binomial",
            coefficient_sd=COEFFICIENT_SD,
            period_sd=year_sd,
            draws=draws,
            seed=SEED,
        ).fit(
            train[factors],
            train["count"],
            exposure=train["people"] / RATE_UNIT,
            district=place.get_indexer(pd.Index(train["code"])),
            period=train["year"],
        )
        rates = fitted.rates_at(
            ahead[factors], place.get_indexer(pd.Index(ahead["code"])), ahead["year"]
        )
        people = ahead["people"].to_numpy(dtype=float) / RATE_UNIT
        return Forecast(rates.T * people, fitted.scatter_draws_[:, np.newaxis])

    return forecast


def held_out(
    rows: pd.DataFrame, neighbours: csr_array, origins: int = ORIGINS, draws: int = DRAWS
) -> Trial:
    """Every contender on the same years.

    Parameters
    ----------
    rows : DataFrame
        As of ``load``, with the column ``count``.
    neighbours : sparse array of shape (districts, districts)
    origins, draws : int
    """
    codes = sorted(rows["code"].unique())
    contenders = {
        "model": model(neighbours, codes, YEAR_SD, draws),
        "model_wide_years": model(neighbours, codes, WIDE_YEAR_SD, draws),
    }
    contenders |= challengers(list(SIGNS), SIGNS, SEED)
    splits, _ = held_out_splits(rows, seed=SEED, origins=origins)
    rolling = [split for split in splits if split.name == "rolling_origin"]
    return tried(rows, contenders, rolling, seed=SEED, progress=_silent).trials["rolling_origin"]


def _silent(*_: Any) -> None:
    """Nobody waits for less than a minute."""


def judged(trial: Trial) -> dict[str, dict[str, Any]]:
    """By contender: each measure with the ends of its interval over resampled districts."""
    resamples = Resamples(trial.units["code"], seed=SEED)
    judge = Judge(trial.units, resamples)
    of_model = trial.scores["model"]["log_probability"]
    found = {}
    for name, scores in trial.scores.items():
        ahead = resamples.mean(of_model - scores["log_probability"])
        found[name] = _figures(judge.measures(scores)) | {"model_ahead": _ends(ahead)}
    return found


def _figures(found: Measures) -> dict[str, Any]:
    covered = {f"{of.level:.0%}": _ends(of.covered) for of in found.coverage}
    return {
        "log_score": _ends(found.log_score),
        "deviance": _ends(found.poisson_deviance),
        "covered_80": covered["80%"],
        "covered_95": covered["95%"],
        "hit_rate": _ends(found.hit_rate["districts", HIT_SHARE]),
    }


def _ends(of: Interval) -> list[float]:
    return [round(number, 4) for number in (of.value, of.low, of.high)]


def measure(folder: Path) -> dict[str, Any]:
    """Judge each outcome that is not yet judged at this commit; write after each."""
    results = Results("respiratory")
    rows, neighbours = load(folder)
    for outcome in OUTCOMES:
        if outcome not in results.of:
            trial = held_out(rows.assign(count=rows[outcome].astype(float)), neighbours)
            results.of[outcome] = {"contenders": judged(trial), "failed": trial.failed}
            results.save()
            print(outcome, file=sys.stderr, flush=True)
    return {outcome: results.of[outcome] for outcome in OUTCOMES}


def table(results: dict[str, Any]) -> str:
    """One Markdown table for each outcome."""
    said = []
    for outcome, found in results.items():
        said += [
            f"**{OUTCOMES[outcome].capitalize()}** (`{outcome}`)",
            "",
            f"| {' | '.join(HEADINGS)} |",
            "|---|" + "---:|" * (len(HEADINGS) - 1),
            *(_line(name, of) for name, of in found["contenders"].items()),
            "",
        ]
    return "\n".join(said).rstrip()


def _line(name: str, of: dict[str, Any]) -> str:
    value, low, high = of["model_ahead"]
    cells = [
        f"{of['log_score'][0]:.3f}",
        "" if name == "model" else f"{value:.3f} ({low:.3f} to {high:.3f})",
        f"{of['deviance'][0]:,.2f}",
        *(f"{of[share][0]:.0%}" for share in ("covered_80", "covered_95", "hit_rate")),
    ]
    return f"| {LABELS[name]} | {' | '.join(cells)} |"


def main() -> None:
    """Judge all outcomes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON; leave docs/respiratory.md")
    asked = parser.parse_args()
    if not PERU.is_dir():
        print(f"There are no files of Peru at {PERU}: set VIGIA_PERU_DATA.", file=sys.stderr)
        sys.exit(1)
    results = measure(PERU)
    if asked.json:
        print(json.dumps(results))
    else:
        print(table(results))
        write_between(PAGE, MARKS, table(results))


if __name__ == "__main__":
    main()
