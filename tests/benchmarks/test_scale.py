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


def grown(peak_mb: float, cpu_seconds: float) -> dict[str, dict[str, float]]:
    """From a region to one of ten times the size."""
    small = {"peak_mb": 200.0, "seconds": 2.0, "cpu_seconds": 3.0, "loaded_mb": 100.0, "missing": 0}
    return {"100": small, "1000": small | {"peak_mb": peak_mb, "cpu_seconds": cpu_seconds}}


def test_growth_is_of_the_large_region_over_the_small_one() -> None:
    results = grown(peak_mb=250.0, cpu_seconds=31.5)
    assert scale.ratios(results) == {"peak_mb": 1.25, "seconds": 1.0, "cpu_seconds": 10.5}
    lines = scale.table(results).splitlines()
    assert lines[2:4] == ["| 100 | 5,000 | 2 | 3 | 200 |", "| 1,000 | 50,000 | 2 | 32 | 250 |"]
    assert lines[-1] == "Memory grows 1.25-fold, CPU time 10.5-fold."


def test_growth_beyond_what_is_allowed_is_told() -> None:
    assert scale.too_much(grown(peak_mb=300.0, cpu_seconds=37.5)) == []
    assert "Memory" in scale.too_much(grown(peak_mb=301.0, cpu_seconds=30.0))[0]
    assert "1.33 times" in scale.too_much(grown(peak_mb=200.0, cpu_seconds=40.0))[0]
