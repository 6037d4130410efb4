"""What hangs on the belief about the register: the level does, the order hardly."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models import belief
from models.settings import Reporting, TrainSettings
from models.stage import StageModel
from models.tables import checked
from tests.models.test_stage import HOURS, watched

FEW = TrainSettings(draws=400, family="poisson", weighed=False, reporting=Reporting(share=0.4))


@pytest.fixture(scope="module")
def fitted() -> tuple[StageModel, object]:
    w, columns, _ = watched(slope=-0.5, rate_per_100k=60)
    tables = checked(w.counts, w.target, columns)
    return StageModel(w.places, columns, FEW).fit(tables.rows), tables


def test_counts_tell_of_the_slope_and_next_to_nothing_of_the_level(fitted) -> None:  # type: ignore[no-untyped-def]
    told = belief.reporting([fitted[0]], FEW)
    assert told is not None
    json.dumps(told)
    assert told["told"] < 0.35
    prior, posterior = told["slope"]["prior"], told["slope"]["posterior"]
    assert posterior["high"] - posterior["low"] < 0.5 * (prior["high"] - prior["low"])
    assert 0.3 < posterior["value"] < 0.8  # in the direction that its sign expects
    assert prior["value"] == pytest.approx(0.5)
    share = told["share"]["prior"]
    assert share["low"] < 0.4 < share["high"]
    assert share["value"] == 0.4


def test_without_detection_there_is_nothing_to_believe() -> None:
    w, columns, _ = watched()
    bare = replace(columns, detection=(), signs={})
    rows = checked(w.counts, w.target, bare).rows
    assert HOURS in rows
    assert belief.reporting([StageModel(w.places, bare, FEW).fit(rows)], FEW) is None


def test_a_belief_that_is_off_moves_the_level_by_as_much_and_hardly_the_order(fitted) -> None:  # type: ignore[no-untyped-def]
    model, tables = fitted

    def refit(other: TrainSettings) -> StageModel:
        return StageModel(model.places, model.columns, other).fit(tables.rows)

    rates = model.rates(tables.target).mean(axis=1)
    found = {
        (one["share"], one["slope"]): one
        for one in belief.sensitivity(refit, tables.target, rates, FEW)
    }
    assert set(found) == set(belief.DOUBTS)
    assert found[0.5, 1.0]["level_ratio"] > 1.2 > 0.85 > found[2.0, 1.0]["level_ratio"]
    assert all(one["rank_correlation"] > 0.95 for one in found.values())
    assert all(0.5 < one["top_kept"] <= 1 for one in found.values())


def test_what_is_told_of_the_inference_is_plain(fitted) -> None:  # type: ignore[no-untyped-def]
    told = belief.inference([fitted[0], fitted[0]])
    json.dumps(told)
    assert told["draws"] == 800
    assert told["effective"] is None
    assert told["settled"]
    assert 0 < told["structured"]["low"] < told["structured"]["high"] < 1
    assert np.isfinite(told["spread"]["value"])
