"""The honesty report: the true model passes, what is not true is told, and no count is given."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.sparse import csr_array

from models.honesty.contenders import challengers
from models.honesty.folds import Neighbours, held_out_splits
from models.honesty.forecasts import Contender, Forecast
from models.honesty.report import Verdict, judged
from models.honesty.trial import HeldOut, tried
from tests.models.honesty.worlds import knowing, rows_of, silent
from vigia.errors import ModelError

SHAPES = {"value", "low", "high"}


def _chain(codes: list[str]) -> Neighbours:
    at = np.arange(len(codes) - 1)
    ends = np.append(at, at + 1), np.append(at + 1, at)
    return Neighbours(codes, csr_array((np.ones(2 * len(at)), ends), shape=(len(codes),) * 2))


def _held_out(rows: pd.DataFrame, model: Contender, **others: Contender) -> HeldOut:
    splits, _ = held_out_splits(rows, seed=1)
    return tried(rows, {"model": model, **others}, splits, seed=1, progress=silent)


def _all_rivals() -> dict[str, Contender]:
    return challengers(["stays", "moves"], {"stays": 1, "moves": 1}, 1)


def _rivals() -> dict[str, Contender]:
    """Those whom the gate asks."""
    return {name: _all_rivals()[name] for name in ("prior_counts", "population")}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return rows_of(districts=200, provinces=40)


@pytest.fixture(scope="module")
def verdict(rows: pd.DataFrame) -> Verdict:
    codes = sorted(rows["code"].unique())
    held_out = _held_out(rows, knowing(), **_all_rivals())
    return judged(held_out, seed=1, resamples=199, neighbours=_chain(codes))


def _of(verdict: Verdict, split: str, name: str = "model") -> dict[str, Any]:
    told: dict[str, Any] = verdict.report["splits"][split]["contenders"][name]
    return told


@pytest.mark.parametrize("split", ["rolling_origin", "spatial"])
def test_the_true_model_has_the_best_log_score(verdict: Verdict, split: str) -> None:
    scores = {
        name: told["log_score"]["value"]
        for name, told in verdict.report["splits"][split]["contenders"].items()
        if told["failed"] is None
    }
    assert max(scores, key=lambda name: scores[name]) == "model"
    gains = verdict.report["splits"][split]["differences"]
    assert set(gains) == set(scores) - {"model"}
    assert all(gain["low"] <= gain["value"] <= gain["high"] for gain in gains.values())
    assert gains["population"]["low"] > 0


def test_the_true_model_passes_the_gate(verdict: Verdict) -> None:
    assert (verdict.tested, verdict.beats) == (True, True)
    report = verdict.report
    assert (report["tested"], report["beats"]) == (True, True)
    gate = report["gate"]
    assert (gate["split"], gate["against"]) == ("rolling_origin", "prior_counts")
    assert gate["reasons"] == ["beats_prior_counts"]
    assert gate["difference"] == report["splits"]["rolling_origin"]["differences"]["prior_counts"]


@pytest.mark.parametrize("split", ["rolling_origin", "spatial"])
def test_the_true_model_is_calibrated(verdict: Verdict, split: str) -> None:
    told = _of(verdict, split)
    units = verdict.report["splits"][split]["units"]
    error = np.sqrt(0.1 * 0.9 / units)
    assert all(abs(share["value"] - 0.1) < 4 * error + 0.005 for share in told["pit"])
    for one in told["coverage"]:
        error = np.sqrt(one["promised"] * (1 - one["promised"]) / units)
        assert abs(one["covered"]["value"] - one["promised"]) < 4 * error + 0.01
        assert one["promised"] >= one["level"] - 0.01
    assert told["calibration"]["overall"]["low"] <= 1 <= told["calibration"]["overall"]["high"]


def test_a_model_too_low_and_too_sure_is_told(rows: pd.DataFrame) -> None:
    def too_sure(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        return Forecast(0.5 * ahead["truth"].to_numpy()[None, :], np.array(0.0))

    told = _of(judged(_held_out(rows, too_sure), seed=1, resamples=99), "spatial")
    assert told["calibration"]["overall"]["value"] == pytest.approx(2, abs=0.2)
    assert told["pit"][-1]["low"] > 0.3
    assert all(one["covered"]["high"] < one["promised"] for one in told["coverage"])


def test_measures_of_population_alone_are_what_chance_gives(rows: pd.DataFrame) -> None:
    everywhere = rows.assign(people=20_000.0)
    told = _of(
        judged(_held_out(everywhere, _rivals()["population"]), seed=1, resamples=99), "spatial"
    )
    for share in ("districts_10", "people_10"):
        assert told["hit_rate"][share]["value"] == pytest.approx(0.1, abs=0.005)
        assert told["pai"][share]["value"] == pytest.approx(1, abs=0.05)
    assert told["rank_correlation"]["value"] is None


def test_hit_rates_and_efficiency_by_hand() -> None:
    """Ten districts, one year: the model's first is the third best, its last the best."""
    years = [2020] * 10 + [2021] * 10
    code = [f"{number:02d}" for number in range(10)] * 2
    counts = [1.0] * 10 + [0.0, 0, 0, 0, 0, 2, 4, 6, 8, 20]
    rows = pd.DataFrame(
        {"code": code, "year": years, "province": code, "people": 1000.0, "count": counts}
    )

    def model(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        order = [1.0, 1, 1, 1, 1, 2, 3, 9, 4, 0.5]
        return Forecast(np.array([order])[:, : len(ahead)], np.array(0.1))

    splits, _ = held_out_splits(rows, seed=1, quick=True)
    held_out = tried(rows, {"model": model}, splits, seed=1, progress=silent)
    told = _of(judged(held_out, seed=1, resamples=99), "rolling_origin")
    assert told["hit_rate"]["districts_10"]["value"] == 0.15  # 6 of 40
    assert told["hit_rate"]["people_20"]["value"] == 0.35  # 6 + 8
    assert told["pai"]["districts_10"]["value"] == 1.5
    assert told["pei"]["districts_10"]["value"] == 0.3  # of 20
    assert told["pei"]["people_20"]["value"] == 0.5  # of 28


def test_a_model_that_loses_does_not_pass(rows: pd.DataFrame) -> None:
    verdict = judged(_held_out(rows, knowing(5.0), **_rivals()), seed=1, resamples=99)
    assert (verdict.tested, verdict.beats) == (True, False)
    assert verdict.report["gate"]["reasons"] == ["loses_to_prior_counts"]
    assert verdict.report["gate"]["difference"]["high"] < 0


def test_what_may_be_chance_is_told(rows: pd.DataFrame) -> None:
    rivals = {"prior_counts": knowing(1.0)}
    gate = judged(_held_out(rows, knowing(1.001), **rivals), seed=1, resamples=99).report["gate"]
    assert gate["reasons"][1:] == ["within_chance"]


def test_of_one_year_population_is_to_be_beaten() -> None:
    rows = rows_of(years=1, districts=200, provinces=40)
    for factor, won in ((1.0, True), (6.0, False)):
        verdict = judged(_held_out(rows, knowing(factor), **_rivals()), seed=1, resamples=99)
        assert verdict.report["gate"]["split"] == "spatial"
        assert verdict.report["gate"]["against"] == "population"
        assert verdict.beats is won


@pytest.mark.parametrize(("factor", "won"), [(1.0, True), (4.0, False)])
def test_of_totals_population_is_to_be_beaten(factor: float, won: bool) -> None:
    rows = rows_of(districts=200, provinces=40, years=1)
    rows["stays"] = rows["province"].astype(int) % 5 - 2.0
    rows["truth"] = rows["people"] / 1e5 * 30 * np.exp(0.9 * rows["stays"])
    counts = np.random.default_rng(3).poisson(rows["truth"])
    rows["total"] = rows["province"].astype(int)
    totals = np.bincount(rows["total"], counts)
    rows["count"] = np.nan
    splits, reasons = held_out_splits(rows, seed=1)
    contenders = {"model": knowing(factor), **_rivals()}
    held_out = tried(rows, contenders, splits, seed=1, progress=silent, totals=totals)
    verdict = judged(held_out, seed=1, reasons=reasons, resamples=99)
    split = verdict.report["splits"]["totals"]
    assert verdict.report["gate"]["split"] == "totals"
    assert verdict.beats is won
    assert (split["unit"], split["units"], split["folds"]) == ("total", 40, 40)
    assert (split["held_out_years"], split["clusters"]) == ([], 40)
    assert split["contenders"]["prior_counts"] == {"failed": "no_past_counts"}
    assert len(split["contenders"]["model"]["calibration"]["parts"]) == 8


def test_where_nothing_can_be_held_out_it_is_untested() -> None:
    rows = rows_of(years=1, provinces=1)
    splits, reasons = held_out_splits(rows, seed=1)
    held_out = tried(rows, {"model": knowing()}, splits, seed=1, progress=silent)
    verdict = judged(held_out, seed=1, reasons=reasons)
    assert (verdict.tested, verdict.beats) == (False, None)
    assert verdict.report["gate"] is None
    assert verdict.report["splits"] == {}
    assert verdict.report["reasons"] == ["one_year_and_one_province"]


def test_a_model_that_cannot_be_fitted_is_untested(rows: pd.DataFrame) -> None:
    def fails(train: pd.DataFrame, ahead: pd.DataFrame) -> Forecast:
        raise ModelError(f"District {ahead['code'].iloc[0]} is too much.")

    verdict = judged(_held_out(rows, fails, **_rivals()), seed=1, resamples=99)
    assert (verdict.tested, verdict.beats) == (False, None)
    assert verdict.report["reasons"] == [
        "model_cannot_be_fitted:rolling_origin",
        "model_cannot_be_fitted:spatial",
    ]
    assert _of(verdict, "spatial") == {"failed": "training_part_cannot_be_fitted"}


def test_residuals_that_cluster_are_told(rows: pd.DataFrame) -> None:
    codes = sorted(rows["code"].unique())
    waves = dict(zip(codes, np.exp(np.sin(np.arange(200) / 8)), strict=True))
    random = np.random.default_rng(2)
    wavy = rows.assign(count=random.poisson(rows["truth"] * rows["code"].map(waves)).astype(float))
    told = judged(
        _held_out(wavy, knowing()), seed=1, resamples=99, neighbours=_chain(codes)
    ).report["moran"]
    assert told["year"] == 2022
    assert told["value"] > 0.3
    assert told["p_value"] == 0.001


def test_residuals_of_few_districts_tell_nothing_of_their_neighbours(rows: pd.DataFrame) -> None:
    """In the last year one district alone has a count: that is none too few for the rest."""
    codes = sorted(rows["code"].unique())
    last = rows["year"] == rows["year"].max()
    few = rows[~last | (rows["code"] == codes[0])]
    report = judged(
        _held_out(few, knowing()), seed=1, resamples=99, neighbours=_chain(codes)
    ).report
    assert report["moran"] is None


def test_residuals_of_the_true_model_do_not_cluster(verdict: Verdict) -> None:
    assert verdict.report["moran"]["p_value"] > 0.01
    assert verdict.report["moran"]["expectation"] == pytest.approx(-1 / 199, abs=1e-4)


def test_it_is_json_and_the_same_bytes_again() -> None:
    texts = []
    for _ in range(2):
        rows = rows_of()
        splits, _ = held_out_splits(rows, seed=1, quick=True)
        contenders = {"model": knowing(draws=7, sd=0.2), **_all_rivals()}
        held_out = tried(rows, contenders, splits, seed=1, progress=silent)
        near = _chain(sorted(rows["code"].unique()))
        verdict = judged(held_out, seed=1, resamples=99, neighbours=near)
        texts.append(json.dumps(verdict.report, allow_nan=False))
    assert texts[0] == texts[1]


def test_its_form_is_the_one_that_is_documented(verdict: Verdict) -> None:
    page = (Path(__file__).parents[3] / "docs" / "honesty.md").read_text(encoding="utf-8")
    example = json.loads(page.split("```json")[1].split("```")[0])
    told, shown = verdict.report, example
    assert list(told) == list(shown)
    assert list(told["gate"]) == list(shown["gate"])
    assert list(told["moran"]) == list(shown["moran"])
    assert told["version"] == shown["version"]
    shown = shown["splits"]["rolling_origin"]
    for split in told["splits"].values():
        assert list(split) == list(shown)
        for contender in split["contenders"].values():
            if contender["failed"]:
                assert list(contender) == ["failed"]
                continue
            model = shown["contenders"]["model"]
            assert list(contender) == list(model)
            for key in ("hit_rate", "pai", "pei", "calibration"):
                assert list(contender[key]) == list(model[key])
            assert len(contender["pit"]) == len(contender["calibration"]["parts"]) == 10
            assert [list(one) for one in contender["coverage"]] == 3 * [list(model["coverage"][0])]
    for key in re.findall(r'"([a-z_]+)":', json.dumps(told)):
        assert f'"{key}"' in page or f"`{key}`" in page


def test_no_count_and_no_district_is_in_it(rows: pd.DataFrame, verdict: Verdict) -> None:
    """Whole numbers are of years, folds and places; others have four digits after the point."""
    text = json.dumps(verdict.report)
    assert not any(code in text for code in rows["code"].unique())
    whole = {int(number) for number in re.findall(r"[ \[](\d+)[,}\]]", text)}
    # form; years; folds; years x districts, districts, provinces; resamples and permutations
    assert whole == {1, 2020, 2021, 2022, 3, 5, 600, 1000, 200, 40, 199, 999, 2018, 2019}
    assert not re.search(r"\.\d{5}", text)


def test_shares_of_few_cases_are_left_out() -> None:
    rows = rows_of(districts=60, provinces=12, years=3, rate=30.0)
    few = rows.assign(count=0.0)
    few.loc[few.index % 50 == 0, "count"] = 1.0
    few.loc[few["year"] == 2020, "count"] = 0.0
    some = np.flatnonzero(few["year"] == 2020)[:9]
    few.loc[some, "count"] = 1.0
    splits, _ = held_out_splits(few, seed=1, quick=True)
    for cases, shown in ((9, False), (10, True)):
        few.loc[np.flatnonzero(few["year"] == 2020)[:cases], "count"] = 1.0
        held_out = tried(few, {"model": knowing(0.1)}, splits, seed=1, progress=silent)
        told = _of(judged(held_out, seed=1, resamples=99), "rolling_origin")
        for spent in ("hit_rate", "pai", "pei"):
            assert (told[spent]["districts_10"]["value"] is not None) is shown
        assert (told["calibration"]["overall"]["value"] is not None) is shown
        assert all(part["value"] is None for part in told["calibration"]["parts"])
        assert told["log_score"]["value"] is not None


def test_of_four_districts_nothing_is_shown_but_the_verdict() -> None:
    rows = rows_of(districts=4, provinces=4, rate=300.0)
    verdict = judged(_held_out(rows, knowing(), **_rivals()), seed=1, resamples=99)
    assert verdict.tested
    for split in verdict.report["splits"].values():
        for told in split["contenders"].values():
            found = [told[key]["value"] for key in ("log_score", "crps") if told["failed"] is None]
            assert all(value is None for value in found)
            for one in told.get("coverage", []):
                assert (one["promised"], one["width"]) == (None, None)
        assert all(gain == dict.fromkeys(SHAPES) for gain in split["differences"].values())
    assert verdict.report["gate"]["difference"] == dict.fromkeys(SHAPES)


@pytest.mark.parametrize(("provinces", "shown"), [(1, False), (4, False), (5, True)])
def test_intervals_do_not_tell_of_single_provinces(provinces: int, shown: bool) -> None:
    rows = rows_of(provinces=provinces)
    report = judged(_held_out(rows, knowing(), **_rivals()), seed=1, resamples=99).report
    told = report["splits"]["rolling_origin"]["contenders"]["model"]["calibration"]["overall"]
    for found in (report["gate"]["difference"], told):
        assert found["value"] is not None
        assert (found["low"] is not None, found["high"] is not None) == (shown, shown)


def test_an_event_held_for_impossible_is_no_number(rows: pd.DataFrame) -> None:
    verdict = judged(_held_out(rows, knowing(0.0), **_rivals()), seed=1, resamples=99)
    json.dumps(verdict.report, allow_nan=False)
    assert verdict.beats is False
    assert _of(verdict, "spatial")["log_score"]["value"] is None


def test_intervals_hold_the_truth_over_worlds() -> None:
    """The mean difference to a model that is too high, in 25 worlds of other counts."""
    truth, found = [], []
    for seed in range(25):
        rows = rows_of(districts=100, provinces=25, years=2, seed=seed)
        splits, _ = held_out_splits(rows, seed=1, quick=True)
        contenders = {"model": knowing(), "prior_counts": knowing(1.5)}
        held_out = tried(rows, contenders, splits, seed=1, progress=silent)
        gain = judged(held_out, seed=1, resamples=99).report["gate"]["difference"]
        found.append((gain["low"], gain["high"]))
        truth.append(gain["value"])
    mean = float(np.mean(truth))
    held = sum(low <= mean <= high for low, high in found)
    assert stats.binomtest(held, 25, 0.92).pvalue > 0.01
