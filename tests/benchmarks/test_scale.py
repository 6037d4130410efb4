"""The benchmark of growth: regions that are whole, and ratios of the right numbers."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import scale


def test_a_written_region_is_whole_and_all_of_it_has_an_answer(tmp_path: Path) -> None:
    scale.write(tmp_path, 100)
    rivers = tmp_path / "rivers.parquet"
    assert pq.read_metadata(rivers).num_rows == 100 * scale.SEGMENTS
    assert pq.read_metadata(tmp_path / "districts.parquet").num_rows == 100
    took = scale.measured(tmp_path)
    assert took["missing"] == 0
    assert took["seconds"] > 0
    assert took["peak_mb"] >= took["loaded_mb"] > 0


def test_a_region_is_written_once(tmp_path: Path) -> None:
    scale.write(tmp_path, 20)
    before = (tmp_path / "rivers.parquet").stat().st_mtime_ns
    scale.write(tmp_path, 20)
    assert (tmp_path / "rivers.parquet").stat().st_mtime_ns == before


def test_growth_is_of_the_large_region_over_the_small_one() -> None:
    results = {
        "100": {"peak_mb": 200.0, "seconds": 2.0, "loaded_mb": 100.0, "missing": 0},
        "1000": {"peak_mb": 250.0, "seconds": 21.0, "loaded_mb": 100.0, "missing": 0},
    }
    assert scale.ratios(results) == {"peak_mb": 1.25, "seconds": 10.5}
    lines = scale.table(results).splitlines()
    assert lines[2:4] == ["| 100 | 5,000 | 2 | 200 |", "| 1,000 | 50,000 | 21 | 250 |"]
    assert lines[-1] == "Memory grows 1.25-fold, time 10.5-fold."
