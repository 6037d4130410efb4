"""The benchmark's own reckoning: what it compares, what it goes on with, what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import features, results
from benchmarks.peers.columns import differences, disc_1000km2
from benchmarks.peers.process import cpu_seconds, peak_mb
from benchmarks.peers.region import read_people

ROUNDED = {"seconds": 1.0, "cpu_seconds": 1.5, "parts": {}, "loaded_mb": 1.0, "peak_mb": 2.0}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(features, "WORK", tmp_path)
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(results, "commit", lambda: "abc")
    return tmp_path


def frame(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"x": list(values)}, index=[f"{n}" for n in range(len(values))])


def test_differences_are_relative_and_symmetric() -> None:
    one, other = frame(0.0, 2.0, float("nan")), frame(0.0, 2.0 + 2e-6, float("nan"))
    assert differences(one, other)["x"] == pytest.approx(1e-6, rel=1e-3)
    assert differences(other, one)["x"] == differences(one, other)["x"]


@pytest.mark.parametrize("other", [frame(1.0), frame(1.0, float("nan")), frame(1.0, 0.0)])
def test_a_number_where_the_other_has_none_is_no_agreement(other: pd.DataFrame) -> None:
    assert differences(frame(1.0, 3.0), other)["x"] >= 1.0


def test_one_count_too_many_is_found(elsewhere: Path) -> None:
    features.measure("tiny", ["vigia"], 1)
    ours = pd.read_parquet(features.table_of("vigia", "tiny"))
    ours.to_parquet(features.table_of("sedonadb", "tiny"))
    same = features.compared("tiny", ["vigia", "sedonadb"])
    assert same["counts_off"] == {"sedonadb": 0}
    ours.iloc[0, ours.columns.get_loc("points_10km_capital")] += 1 / 0.31415926
    ours.to_parquet(features.table_of("sedonadb", "tiny"))
    off = features.compared("tiny", ["vigia", "sedonadb"])
    assert off["counts_off"] == {"sedonadb": 1}
    runs = {"vigia": [ROUNDED], "sedonadb": [{**ROUNDED, "seconds": 5.0}]}
    said = features.summary({"runs": runs, **off})
    assert said["ratios"] == {"sedonadb": 5.0}
    assert len(features.disagreements(said)) == 2


def test_one_mine_too_many_around_one_person_is_found(elsewhere: Path) -> None:
    features.measure("tiny", ["vigia"], 1)
    ours = pd.read_parquet(features.table_of("vigia", "tiny"))
    people = read_people(features.folder_of("tiny"))
    more = 1 / people.iloc[0] / disc_1000km2(25)
    ours.loc[people.index[0], "mines_25km_people"] += more
    ours.to_parquet(features.table_of("geopandas", "tiny"))
    assert features.compared("tiny", ["vigia", "geopandas"])["counts_off"] == {"geopandas": 1}
    ours.loc[people.index[0], "mines_25km_people"] = float("nan")
    ours.to_parquet(features.table_of("geopandas", "tiny"))
    assert features.compared("tiny", ["vigia", "geopandas"])["counts_off"] == {"geopandas": 1}


def test_a_measured_run_is_not_measured_again(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features.measure("tiny", ["vigia"], 1)
    written = json.loads((elsewhere / "results" / "features.json").read_text())
    monkeypatch.setattr(features, "run", lambda *_: pytest.fail("it was measured again"))
    again = features.measure("tiny", ["vigia"], 1)
    assert again == written["results"]
    assert written["commit"] == "abc"


def test_the_shortest_run_and_the_largest_memory_count() -> None:
    runs = [{**ROUNDED, "seconds": s, "peak_mb": m} for s, m in ((3.0, 5.0), (2.0, 4.0))]
    entry = {"runs": {"vigia": runs}, "differences": {}, "counts_off": {}}
    said = features.summary(entry)
    assert said["seconds"] == {"vigia": 2.0}
    assert said["peak_mb"] == {"vigia": 5.0}
    assert features.rows("small", said) == ["| small | vigia | 2.00 |  | 1.50 | 5 |  |"]


def test_peak_memory_is_of_the_process_and_not_of_the_one_that_started_it() -> None:
    held = bytearray(300_000_000)
    script = "from benchmarks.peers.process import cpu_seconds, peak_mb; print(peak_mb())"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True,
        cwd=results.ROOT,
    )  # fmt: skip
    assert peak_mb() > len(held) / 1e6
    assert float(done.stdout) < 100


def test_cpu_time_is_that_of_the_work() -> None:
    before, clock = cpu_seconds(), time.process_time()
    while time.process_time() < clock + 0.3:
        pass
    assert cpu_seconds() - before == pytest.approx(0.3, abs=0.1)
