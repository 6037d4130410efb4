"""Areal data from plain files: observed, expected, covariates and a list of neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.geodesy import Floats
from geo.neighbours import neighbours_from_pairs
from models.areal.graph import graph_of
from models.areal.rates import ArealRates
from tests.models.areal.worlds import covariance, lattice
from vigia.errors import GeometryError

ROWS, COLUMNS, ISLANDS = 9, 12, 3
PERCENT = 0.04  # log rate for each percent of the covariate
DRAWS = 400


def names() -> list[str]:
    """With noughts in front, as codes of districts have."""
    return [f"{number:04d}" for number in range(1, ROWS * COLUMNS + ISLANDS + 1)]


def simulated(seed: int = 1) -> pd.DataFrame:
    """A smooth field, some noise and a covariate in percent; the last three are islands."""
    rng, n = np.random.default_rng(seed), ROWS * COLUMNS
    root = np.linalg.cholesky(covariance(graph_of(lattice(ROWS, COLUMNS))) + 1e-10 * np.eye(n))
    field = np.append(root @ rng.normal(size=n), rng.normal(size=ISLANDS))
    percent = rng.choice([0, 1, 7, 10, 16, 24], n + ISLANDS).astype(float)
    expected = np.round(np.exp(rng.normal(1.6, 0.8, n + ISLANDS)), 1) + 0.1
    risk = np.exp(-0.3 + PERCENT * percent + 0.5 * field + 0.15 * rng.normal(size=n + ISLANDS))
    return pd.DataFrame(
        {
            "id": names(), "observed": rng.poisson(expected * risk), "expected": expected,
            "outdoors_percent": percent, "risk": risk,
        }
    )  # fmt: skip


def pairs() -> pd.DataFrame:
    """Each pair of the lattice once."""
    one, other = lattice(ROWS, COLUMNS).nonzero()
    code = np.array(names(), dtype=object)
    up = one < other
    return pd.DataFrame({"id": code[one[up]], "neighbour": code[other[up]]})


def written(folder: Path, table: pd.DataFrame, listed: pd.DataFrame) -> Path:
    table.drop(columns="risk").to_csv(folder / "districts.csv", index=False)
    listed.to_csv(folder / "neighbours.csv", index=False)
    return folder


def fitted(folder: Path) -> tuple[pd.DataFrame, ArealRates]:
    """The five lines of docs/areal.md."""
    table = pd.read_csv(folder / "districts.csv", dtype={"id": str})
    neighbours = neighbours_from_pairs(pd.read_csv(folder / "neighbours.csv", dtype=str), table.id)
    model = ArealRates(neighbours, draws=DRAWS)
    model.fit(table[["outdoors_percent"]], table.observed, exposure=table.expected)
    return table.join(model.summary(thresholds=[1])), model


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, ArealRates]:
    return fitted(written(tmp_path_factory.mktemp("plain"), simulated(), pairs()))


def test_relative_risks_are_nearer_to_the_truth_than_ratios(
    answer: tuple[pd.DataFrame, ArealRates],
) -> None:
    found, truth = answer[0], simulated()
    assert found["id"].tolist() == names()
    log = np.log(truth["risk"])
    raw = np.log((truth["observed"] + 0.5) / (truth["expected"] + 0.5))
    off, off_raw = (np.sqrt(((one - log) ** 2).mean()) for one in (np.log(found["mean"]), raw))
    assert off < 0.75 * off_raw
    inside = (found["low"] < truth["risk"]) & (truth["risk"] < found["high"])
    assert 0.88 < inside.mean() <= 1.0
    likely = found["p_above_1"] > 0.8
    assert (truth["risk"][likely] > 1).mean() > 0.8


def test_the_effect_of_a_percent_is_found(answer: tuple[pd.DataFrame, ArealRates]) -> None:
    model = answer[1]
    effect = model.coefficient_draws_[1] / model.scale_.sd[0]
    low, high = np.quantile(effect, [0.025, 0.975])
    assert low < PERCENT < high
    assert high - low < 0.04


def test_islands_have_no_neighbours_and_are_estimated(
    answer: tuple[pd.DataFrame, ArealRates],
) -> None:
    found, model = answer
    islands = found[-ISLANDS:]
    assert (np.diff(model.neighbours.indptr)[-ISLANDS:] == 0).all()
    assert (islands["low"] < islands["mean"]).all()
    assert (islands["mean"] < islands["high"]).all()


def test_a_district_cut_off_from_its_neighbours_is_known_less_well(
    tmp_path: Path, answer: tuple[pd.DataFrame, ArealRates]
) -> None:
    row = int(simulated()["expected"][: ROWS * COLUMNS].argmin())
    listed = pairs()
    _, model = fitted(written(tmp_path, simulated(), listed[~(listed == names()[row]).any(axis=1)]))
    assert model.log_rate_sd_[row] > 1.1 * answer[1].log_rate_sd_[row]


def deviations(folder: Path, table: pd.DataFrame, listed: pd.DataFrame) -> Floats:
    folder.mkdir()
    return fitted(written(folder, table, listed))[1].deviation_draws_


def test_how_the_list_is_written_does_not_matter(tmp_path: Path) -> None:
    """Each pair once, either way round, both ways round, twice, in any order: the same bytes."""
    once = pairs()
    turned = once.rename(columns={"id": "neighbour", "neighbour": "id"})[["id", "neighbour"]]
    both = pd.concat([once, turned, once.head(20)]).sample(frac=1, random_state=1)
    table = simulated()
    found = [
        deviations(tmp_path / str(number), table, listed).tobytes()
        for number, listed in enumerate((once, turned, both))
    ]
    assert found[0] == found[1] == found[2]


def test_a_covariate_in_percent_or_as_a_share_is_the_same(
    tmp_path: Path, answer: tuple[pd.DataFrame, ArealRates]
) -> None:
    share = simulated()
    share["outdoors_percent"] /= 100
    found, model = fitted(written(tmp_path, share, pairs()))
    assert found["mean"].to_numpy() == pytest.approx(answer[0]["mean"].to_numpy(), rel=1e-6)
    assert model.scale_.sd[0] == pytest.approx(answer[1].scale_.sd[0] / 100)


def test_the_order_of_districts_does_not_matter(
    tmp_path: Path, answer: tuple[pd.DataFrame, ArealRates]
) -> None:
    shuffled = simulated().sample(frac=1, random_state=3)
    found, model = fitted(written(tmp_path, shuffled, pairs()))
    found["log_mean"], found["log_sd"] = model.log_rate_mean_, model.log_rate_sd_
    found = found.set_index("id").loc[names()]
    assert found["log_mean"].to_numpy() == pytest.approx(answer[1].log_rate_mean_, abs=1e-5)
    assert found["log_sd"].to_numpy() == pytest.approx(answer[1].log_rate_sd_, abs=1e-5)


def test_expected_counts_ten_times_as_high_are_risks_of_a_tenth(
    tmp_path: Path, answer: tuple[pd.DataFrame, ArealRates]
) -> None:
    more = simulated()
    more["expected"] *= 10
    found, _ = fitted(written(tmp_path, more, pairs()))
    assert 10 * found["mean"].to_numpy() == pytest.approx(answer[0]["mean"].to_numpy(), rel=1e-6)


def test_codes_that_lost_their_noughts_are_told(tmp_path: Path) -> None:
    """Before anything is fitted to the wrong neighbours."""
    folder = written(tmp_path, simulated(), pairs())
    codes = pd.read_csv(folder / "districts.csv")["id"]
    with pytest.raises(GeometryError, match="another type"):
        neighbours_from_pairs(pd.read_csv(folder / "neighbours.csv", dtype=str), codes)


def test_years_in_rows_apart_go_by_the_row_of_their_district(tmp_path: Path) -> None:
    """A panel: the same district in several rows shares its deviation."""
    table = simulated()
    folder = written(tmp_path, table, pairs())
    districts = pd.read_csv(folder / "districts.csv", dtype={"id": str})
    panel = pd.concat([districts.assign(year=year) for year in (2020, 2021)], ignore_index=True)
    neighbours = neighbours_from_pairs(
        pd.read_csv(folder / "neighbours.csv", dtype=str), districts.id
    )
    model = ArealRates(neighbours, draws=DRAWS).fit(
        panel[["outdoors_percent"]], panel.observed, exposure=panel.expected,
        district=pd.Index(districts.id).get_indexer(panel.id), period=panel.year,
    )  # fmt: skip
    alone = ArealRates(neighbours, draws=DRAWS).fit(
        districts[["outdoors_percent"]], 2 * districts.observed, exposure=2 * districts.expected
    )
    year = model.log_rate_mean_.reshape(2, -1)
    assert year.mean(axis=0) == pytest.approx(alone.log_rate_mean_, abs=0.05)
    assert np.ptp(year[1] - year[0]) == pytest.approx(0, abs=1e-9)
