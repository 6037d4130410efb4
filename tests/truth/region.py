"""The truth behind a written example project, for tests that judge the software by it.

Only tests and benchmarks read it; docs/synthetic.md has the tables.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

TABLES = ("rates", "factors", "fields", "neighbours", "travel", "flows", "effort")


@dataclass(frozen=True)
class Truth:
    """Tables as ``data.synthetic.truth`` wrote them, and what was drawn."""

    drawn: dict[str, Any]
    rates: pd.DataFrame
    factors: pd.DataFrame
    fields: pd.DataFrame
    neighbours: pd.DataFrame
    travel: pd.DataFrame
    flows: pd.DataFrame
    effort: pd.DataFrame

    def of(self, stage: str, year: int) -> pd.DataFrame:
        """Rates and cases of one stage and year, indexed by code, in order."""
        rows = self.rates[(self.rates["stage"] == stage) & (self.rates["year"] == year)]
        return rows.set_index("code").sort_index()

    @property
    def target_year(self) -> int:
        """The year after the last counts, which has true rates and no cases."""
        return int(self.rates["year"].max())


def load_truth(project: Path) -> Truth:
    """Read ``project/truth``."""
    folder = project / "truth"
    drawn = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    return Truth(drawn, *(pd.read_parquet(folder / f"{name}.parquet") for name in TABLES))
