"""What is recorded, against the truth: in total, cell by cell, near and far, over many seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm, spearmanr

from data.synthetic import Region, SyntheticParams, simulate
from data.synthetic.params import BIASES, SEASONS, STAGES
from data.synthetic.reporting import draw_reporting, recorded_share

SEEDS = range(12)
FAR = 1e-4  # what chance may do once in ten thousand runs


@pytest.fixture(scope="module")
def regions() -> dict[str, list[Region]]:
    return {
        bias: [simulate(SyntheticParams(districts=60, seed=seed, bias=bias)) for seed in SEEDS]
        for bias in BIASES
    }


def district_minutes(region: Region) -> np.ndarray:
    both = np.mean([region.minutes_to_post[season] for season in SEASONS], axis=0)
    return np.column_stack([region.districts.mean_of_people(year) for year in both.T])


@pytest.mark.parametrize("bias", BIASES)
def test_totals_are_those_of_the_truth(regions: dict[str, list[Region]], bias: str) -> None:
    here = 1 - SyntheticParams().province_only - SyntheticParams().department_only
    expected = recorded = 0.0
    for region in regions[bias]:
        for stage in STAGES:
            share = region.recorded.probability[stage]
            expected += float((region.expected[stage][:, :-1] * share).sum())
            recorded += float(region.recorded.at_district[stage].sum())
    expected *= here
    assert abs(recorded - expected) < norm.isf(FAR / 2) * np.sqrt(expected)


@pytest.mark.parametrize("bias", BIASES)
def test_thinning_fits_cell_by_cell(regions: dict[str, list[Region]], bias: str) -> None:
    """Pearson's chi-square of recorded against true x probability, where both are big enough."""
    statistic, cells = 0.0, 0
    for region in regions[bias]:
        for stage in STAGES:
            true = region.recorded.true[stage].sum(axis=1)
            share = region.recorded.probability[stage]
            true_by_year = region.recorded.true[stage]
            mean = (true_by_year * share).sum(axis=1)
            variance = (true_by_year * share * (1 - share)).sum(axis=1)
            recorded = true - region.recorded.unrecorded(stage).sum(axis=1)
            big = variance > 5
            statistic += float(((recorded - mean)[big] ** 2 / variance[big]).sum())
            cells += int(big.sum())
    assert cells > 200
    assert chi2.isf(1 - FAR, cells) < statistic < chi2.isf(FAR, cells)


@pytest.mark.parametrize("bias", ["moderate", "strong"])
def test_far_from_posts_less_is_recorded(regions: dict[str, list[Region]], bias: str) -> None:
    for region in regions[bias]:
        minutes = district_minutes(region)[:, 0]
        for stage in STAGES:
            share = region.recorded.probability[stage][:, 0]
            assert spearmanr(minutes, share).statistic < -0.9
            assert share.max() / share.min() > 1.5


def test_without_bias_distance_does_not_matter(regions: dict[str, list[Region]]) -> None:
    near = np.zeros(2)  # recorded, true
    far = np.zeros(2)
    for region in regions["none"]:
        away = district_minutes(region)[:, 0]
        is_far = away > np.median(away)
        for stage in STAGES:
            assert np.ptp(region.recorded.probability[stage]) < 1e-12
        # one stage only: the level of each stage is its own
        true = region.recorded.true["exploitation"].sum(axis=1)
        recorded = true - region.recorded.unrecorded("exploitation").sum(axis=1)
        level = region.recorded.probability["exploitation"][0, 0]
        near += [recorded[~is_far].sum() - level * true[~is_far].sum(), true[~is_far].sum()]
        far += [recorded[is_far].sum() - level * true[is_far].sum(), true[is_far].sum()]
    for surplus, cases in (near, far):
        assert abs(surplus) < norm.isf(FAR / 2) * np.sqrt(0.25 * cases)


def test_observed_shares_fall_with_bias(regions: dict[str, list[Region]]) -> None:
    """Without looking at any probability: recorded/true of the far third against the near third."""
    ratio = {}
    for bias in BIASES:
        seen = np.zeros((2, 2))
        for region in regions[bias]:
            away = district_minutes(region)[:, 0]
            thirds = (away <= np.quantile(away, 1 / 3), away >= np.quantile(away, 2 / 3))
            for stage in STAGES:
                true = region.recorded.true[stage].sum(axis=1)
                recorded = true - region.recorded.unrecorded(stage).sum(axis=1)
                for row, third in enumerate(thirds):
                    seen[row] += recorded[third].sum(), true[third].sum()
        ratio[bias] = (seen[1, 0] / seen[1, 1]) / (seen[0, 0] / seen[0, 1])
    assert ratio["none"] == pytest.approx(1, abs=0.12)
    assert ratio["strong"] < 0.6 * ratio["moderate"] < 0.6 * 0.75


def test_bias_moves_records_alone(regions: dict[str, list[Region]]) -> None:
    for none, strong in zip(regions["none"], regions["strong"], strict=True):
        for stage in STAGES:
            assert np.array_equal(none.recorded.true[stage], strong.recorded.true[stage])
            assert np.array_equal(none.rates.rate[stage], strong.rates.rate[stage])


def test_level_and_slope_come_from_the_stated_prior() -> None:
    params = SyntheticParams(bias="strong")
    drawn = [draw_reporting(params, np.random.default_rng(seed)) for seed in range(800)]
    slopes = [slope for _, slope in drawn]
    assert kstest(slopes, norm(params.slope_strong, params.slope_sd).cdf).pvalue > FAR
    levels = [level["transit"] for level, _ in drawn]
    sd = np.hypot(params.level_sd, params.stage_level_sd)
    assert kstest(levels, norm(params.level_mean, sd).cdf).pvalue > FAR
    flat = SyntheticParams(bias="none")
    slopes = [draw_reporting(flat, np.random.default_rng(seed))[1] for seed in range(20)]
    assert set(slopes) == {0.0}


def test_the_curve_is_the_documented_one() -> None:
    hours = np.array([0.0, 1.0, 12.0])
    logit = 0.3 - 0.9 * np.log(1 + hours)
    np.testing.assert_allclose(recorded_share(hours * 60, 0.3, 0.9), 1 / (1 + np.exp(-logit)))


def test_raids_find_many_at_once_and_never_what_is_recorded(region: Region) -> None:
    effort = region.effort
    assert (effort["found"] <= effort["unrecorded_before"]).all()
    assert not effort.duplicated(["code", "year", "stage"]).any()
    assert (effort["team_days"] > 0).all()
    raids = effort[effort["method"] == "raid"]
    assert set(raids["year"]) == set(region.params.counted_years)
    assert raids["found"].max() >= 8
    for row, year, stage, left in zip(
        effort["row"], effort["year"], effort["stage"], effort["unrecorded_before"], strict=True
    ):
        column = year - region.params.first_year
        assert region.recorded.unrecorded(stage)[row, column] == left


def test_counts_are_scarce_as_real_ones_are(region: Region) -> None:
    counts = np.stack([region.recorded.at_district[stage] for stage in STAGES])
    yearly = counts.sum(axis=(0, 1))
    assert ((yearly > 120) & (yearly < 700)).all()
    assert (counts == 0).mean() > 0.6
    for level in ("at_province", "at_department"):
        assert sum(getattr(region.recorded, level)[stage].sum() for stage in STAGES) > 20


def test_without_bias_records_rank_districts_in_part() -> None:
    """Eight years of records per person tell something of the true order, and far from all."""
    found = []
    for seed in range(4):
        region = simulate(SyntheticParams(seed=seed, bias="none"))
        for stage in STAGES:
            counted = region.recorded.at_district[stage].sum(axis=1) / region.people[:, 1]
            found.append(spearmanr(counted, region.rates.rate[stage].mean(axis=1)).statistic)
    assert 0.3 < np.mean(found) < 0.9
