"""How near the order of districts comes to that of the true rates, for the model and its rivals.

The regions are the simulator's, read from its files; its rates and its reporting are not of the
model's kind: the chance of being recorded falls with the log of the hours to a post, averaged over
settlements, and what no factor explains is a simultaneous autoregression.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.known_truth.regions import Prepared
from models.forecast import RATE_UNIT, Floats
from models.honesty.contenders import challengers
from models.metrics import cases_reached, rank_correlation
from models.stage import StageModel
from models.tables import Tables
from models.transit import LINKED, TransitModel

TOP = 0.1  # of the districts
CORRECTED, NAIVE, WITHOUT_FLOW, TRUTH = "corrected", "naive", "without_flow", "truth"
FLOWS = 2  # draws of the flow, as in the held-out tests of a training

Rates = dict[str, Floats]


def judged(region: Prepared, seed: int) -> dict[str, dict[str, dict[str, float]]]:
    """How everybody stands on one region, by stage and contender; see ``standing``.

    The corrected model knows which columns move reporting; the naive one is the same without
    them. Transit has the expected flow in both; a third is the corrected one without it.
    """
    corrected, naive = (modelled(region, detection=known) for known in (True, False))
    found = {}
    for stage, tables in region.tables.items():
        rates = {CORRECTED: corrected[stage], NAIVE: naive[stage], **challenged(tables, seed)}
        if stage == "transit":
            rates[WITHOUT_FLOW] = corrected[WITHOUT_FLOW]
        true = region.truth.of(stage, region.truth.target_year).reindex(tables.target["code"])
        rates[TRUTH] = true["rate_per_100k"].to_numpy(dtype=float)
        people = tables.target["people"].to_numpy(dtype=float)
        found[stage] = {name: standing(one, people, true) for name, one in rates.items()}
    return found


def modelled(region: Prepared, *, detection: bool) -> Rates:
    """Mean rates of the target year by stage, and of transit without the flow."""
    settings = replace(region.settings, flows=FLOWS)
    columns = {
        stage: tables.columns if detection else replace(tables.columns, detection=())
        for stage, tables in region.tables.items()
    }
    plain = {
        stage: StageModel(region.places, columns[stage], settings).fit(tables.rows)
        for stage, tables in region.tables.items()
        if detection or stage in LINKED
    }
    transit = region.tables["transit"]
    everywhere = pd.concat([transit.rows, transit.target], ignore_index=True)
    linked = {stage: plain[stage] for stage in LINKED}
    flowing = TransitModel(
        region.places, columns["transit"], settings, linked, everywhere, region.gravity
    ).fit(transit.rows)
    means = {
        stage: model.rates(region.tables[stage].target).mean(axis=1)
        for stage, model in plain.items()
    }
    if "transit" in means:
        means[WITHOUT_FLOW] = means["transit"]
    return means | {"transit": flowing.rates(transit.target).mean(axis=1)}


def challenged(tables: Tables, seed: int) -> Rates:
    """Rates of the target year as the challengers forecast them."""
    people = tables.target["people"].to_numpy(dtype=float) / RATE_UNIT
    every = challengers(tables.columns.factors, tables.columns.signs, seed)
    return {name: one(tables.rows, tables.target).expected / people for name, one in every.items()}


def standing(rates: Floats, people: Floats, true: pd.DataFrame) -> dict[str, float]:
    """How rates stand to the true ones.

    Returns
    -------
    dict
        ``rank``: Spearman of rates; ``top``: share of the true cases that the tenth of the
        districts put first, by cases to be expected, has.
    """
    cases = true["expected"].to_numpy(dtype=float)
    reached = cases_reached(cases, rates * people, np.ones(len(cases)), TOP)
    return {
        "rank": rank_correlation(rates, true["rate_per_100k"]),
        "top": reached / float(cases.sum()),
    }
