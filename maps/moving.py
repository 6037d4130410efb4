"""Why a district moved between two runs: its factors, what is left for the records, or others.

The logarithm of a district's relative risk is what its factors add, and a rest: what its own
records and those of its neighbours say beyond the factors. Rates are published to two digits, so
the rest is known no better than these allow: where they leave it open, there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from maps.factors import factor_names, value_text
from maps.facts import STRENGTHS
from maps.released import Released
from maps.words import words

MOST_FACTORS = 3
LEAST_CHANGE = STRENGTHS[0]  # of the log of the risk: below it nothing is said to have changed
DIGITS, REST_DIGITS = 4, 2

Why = dict[str, Any]


class Reasons:
    """Why districts of an outcome moved from one run to another; ``known`` are their factors."""

    def __init__(self, before: Released, after: Released, outcome: str) -> None:
        self._weights = after.stages_of(outcome)
        self._labels = {one.id: one for one in after.outcomes}
        self._stages = _stages(before, after, self._weights)
        self._factors = _factors(before, after, outcome)
        known = [*before.facts["factors"], *after.facts["factors"]]
        self.known = {str(factor["id"]): factor for factor in known}
        told = list(self.known.values())
        self._names = (factor_names(told, words("es")), factor_names(told, words("en")))

    def of(self, row: pd.Series) -> list[Why]:
        """Reasons, the weightiest first.

        Parameters
        ----------
        row : Series
            code, relative_risk_before and relative_risk_after.

        Returns
        -------
        list of dict
            ``because`` is "factor" (with ``factor``, its names, ``value`` and ``contribution``
            before and after, None where a run has none, and ``change`` of the contribution),
            "records" (``change`` of the log of the relative risk that no factor explains),
            "stage" (of a composite: ``rate`` before and after, and ``change`` of the burden), or
            "others": its own risk hardly changed, that of others did.
        """
        code = row["code"]
        if self._weights:
            return self._of_stages(_rows_of(self._stages, code))
        changes = list(_changes(_rows_of(self._factors, code)))
        told = self._of_factors(changes, LEAST_CHANGE)
        risks = row["relative_risk_after"], row["relative_risk_before"]
        moved = log_ratio(*risks)
        if moved is None:
            return told
        explained = sum(one["change"] for one in changes)  # small changes of many add up
        rest = round(moved - explained, REST_DIGITS)
        if abs(moved - explained) <= sum(map(rounding, risks)):
            rest = 0.0
        if abs(rest) >= LEAST_CHANGE and (not told or abs(rest) > abs(explained)):
            told.append({"because": "records", "change": rest})
        told.sort(key=lambda why: -abs(why["change"]))
        moved = explained + rest
        if abs(moved) < LEAST_CHANGE:
            return [*told, {"because": "others", "change": round(moved, DIGITS)}]
        return told or self._of_factors(changes, 0.0)

    def _of_factors(self, changes: list[Why], least: float) -> list[Why]:
        large = [one for one in changes if abs(one["change"]) >= least]
        large.sort(key=lambda one: -abs(one["change"]))
        return [self._named(one) for one in large[:MOST_FACTORS]]

    def _named(self, one: Why) -> Why:
        factor = one["factor"]
        said = {
            when: None if value is None else value_text(self.known[factor], value, words("en"))
            for when, value in one["value"].items()
        }
        spanish, english = (names[factor] for names in self._names)
        return {"because": "factor", "name": spanish, "name_en": english, "said": said, **one}

    def _of_stages(self, rows: pd.DataFrame) -> list[Why]:
        told = []
        for row in rows.to_dict("records"):
            label = self._labels[row["outcome"]]
            change = self._weights[row["outcome"]] * (row["after"] - row["before"])
            told.append(
                {
                    "because": "stage",
                    "stage": row["outcome"],
                    "name": label.label,
                    "name_en": label.label_en,
                    "rate": {when: round(row[when], DIGITS) for when in ("before", "after")},
                    "change": round(change, DIGITS),
                }
            )
        return sorted(told, key=lambda why: -abs(why["change"]))


def _factors(before: Released, after: Released, outcome: str) -> pd.DataFrame:
    """What each factor of either run added in each district, before and after."""
    old, new = (
        one.contributions[one.contributions["outcome"] == outcome] for one in (before, after)
    )
    both = old.merge(new, how="outer", on=["code", "factor"], suffixes=("_before", "_after"))
    return both.sort_values(["code", "factor"], kind="stable").set_index("code")


def _rows_of(table: pd.DataFrame, code: str) -> pd.DataFrame:
    """Rows of a district, of a table whose index are codes in order."""
    return table.iloc[table.index.searchsorted(code) : table.index.searchsorted(code, "right")]


def _changes(rows: pd.DataFrame) -> Iterator[Why]:
    """What each factor added in one district; one that a run has not added nothing."""
    for row in rows.to_dict("records"):
        told = {
            name: {when: _known(row[f"{name}_{when}"]) for when in ("before", "after")}
            for name in ("value", "contribution")
        }
        added = told["contribution"]
        change = round((added["after"] or 0.0) - (added["before"] or 0.0), DIGITS)
        yield {"factor": row["factor"], **told, "change": change}


def _stages(before: Released, after: Released, weights: Mapping[str, float]) -> pd.DataFrame:
    """Rates of the stages of a composite, before and after, where both runs have one."""
    tables = [
        one.scores[one.scores["outcome"].isin(list(weights))].set_index(["code", "outcome"])["rate"]
        for one in (before, after)
    ]
    both = pd.concat(tables, axis=1, keys=["before", "after"], join="inner").dropna()
    return both.reset_index().sort_values("code", kind="stable").set_index("code")


def _known(number: float) -> float | None:
    return None if pd.isna(number) else round(float(number), DIGITS)


def log_ratio(after: float, before: float) -> float | None:
    if pd.isna(after) or pd.isna(before) or min(after, before) <= 0:
        return None
    return math.log(float(after) / float(before))


def rounding(risk: float) -> float:
    """How far the log of a number of two digits may lie from that of the number behind it."""
    half = 10.0 ** (math.floor(math.log10(risk)) - 1) / 2
    return -math.log(1 - half / risk)
