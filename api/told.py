"""What is told of a released run: scores as records, districts with the factors that move them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from api.factors import factors_by_id
from api.schemas import District, ExplainedScore, FactorWeight
from data.answers import Answer
from data.records import PublishedRun
from maps.released import Released, release
from maps.table import as_records, score_table

MAIN_FACTORS = 3
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
Json = dict[str, Any]
Weight = tuple[str, float | None, float | None]  # factor, value, contribution


def as_bytes(content: Any) -> bytes:
    """JSON; what was read from it comes out the same to the byte."""
    return _ANYTHING.dump_json(content)


class Told:
    """A released run, ready to be told of."""

    def __init__(self, released: Released) -> None:
        self.released = released
        self.scores = score_table(released)
        self.factors = factors_by_id(released.facts["factors"])
        self._labels = {one["id"]: one for one in released.facts["factors"]}
        self._weights = _weights(released.contributions)

    @property
    def about(self) -> Json:
        """The run, and whose its boundaries are."""
        return {
            "run": self.released.run_id,
            "target_year": self.released.target_year,
            "attribution": self.released.boundaries["attribution"],
            "licence": self.released.boundaries["licence"],
        }

    def records(self, table: pd.DataFrame) -> list[Json]:
        """Scores with the factors that move them most."""
        return [
            row | {"main_factors": self._main(row["outcome"], row["code"])}
            for row in as_records(table)
        ]

    def district(self, rows: pd.DataFrame) -> District:
        """All that is told of the district that these scores are of."""
        records = self.records(rows)
        place = {name: records[0][name] for name in ("code", "name", "province", "department")}
        scores = [
            ExplainedScore(**row, factors=self._factors(row["outcome"], row["code"]))
            for row in records
        ]
        return District(**place, **self.about, scores=scores)

    def raising(self, outcome: str, code: str) -> list[str]:
        """Ids of the factors that raise a district's rate most, the strongest first."""
        weights = self._weights.get((outcome, code), ())
        return [factor for factor, _, moved in weights if (moved or 0) > 0][:MAIN_FACTORS]

    def _main(self, outcome: str, code: str) -> list[Json]:
        moving = [one for one in self._weights.get((outcome, code), ()) if one[2]]
        return [
            {
                "factor": factor,
                "name": self.factors[factor].name,
                "name_en": self.factors[factor].name_en,
                "direction": _direction(contribution),
            }
            for factor, _, contribution in moving[:MAIN_FACTORS]
        ]

    def _factors(self, outcome: str, code: str) -> list[FactorWeight]:
        return [
            FactorWeight(
                **dict(self.factors[factor]),
                label=self._labels[factor]["label"],
                label_en=self._labels[factor]["label_en"],
                value=value,
                contribution=contribution,
                direction=_direction(contribution),
            )
            for factor, value, contribution in self._weights.get((outcome, code), ())
        ]


def frozen(run: PublishedRun) -> Iterator[Answer]:
    """What is answered of each district of a run, by code, as it is kept for later."""
    told = Told(release(run))
    for code, rows in told.scores.groupby("code", sort=True):
        district = as_bytes(told.district(rows))
        yield Answer(str(code), as_bytes(told.records(rows)), district)


def _weights(contributions: pd.DataFrame) -> dict[tuple[str, str], list[Weight]]:
    """By outcome and code, those that weigh most first."""
    table = contributions.assign(size=contributions["contribution"].abs())
    table = table.sort_values(
        ["outcome", "code", "size", "factor"], ascending=[True, True, False, True], kind="stable"
    )
    plain = table.astype(object).where(table.notna(), None)
    rows = plain[["outcome", "code", "factor", "value", "contribution"]].itertuples(
        index=False, name=None
    )
    return {
        (outcome, code): [(factor, value, moved) for _, _, factor, value, moved in same]
        for (outcome, code), same in groupby(rows, key=lambda row: (row[0], row[1]))
    }


def _direction(contribution: float | None) -> Any:
    moved = contribution or 0.0
    return "up" if moved > 0 else "down" if moved < 0 else "none"
