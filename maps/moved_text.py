"""How far a district moved from one run to another, and why, in sentences for planners."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from maps.factors import factor_names, value_text
from maps.facts import strength
from maps.moving import Reasons, Why, log_ratio, rounding
from maps.notes import label_of_outcome
from maps.released import Released
from maps.table import RANKS
from maps.words import Words

SIDES = ("_before", "_after")  # of columns


class MovedText:
    """What is said of districts of an outcome that two runs rank."""

    def __init__(self, before: Released, after: Released, outcome: str, words: Words) -> None:
        self._reasons = Reasons(before, after, outcome)
        self._names = factor_names(list(self._reasons.known.values()), words)
        self._ranked = [words.count(one.ranked(outcome)) for one in (before, after)]
        self._labels = {one.id: label_of_outcome(one, words) for one in after.outcomes}
        self._words = words

    def of(self, row: pd.Series) -> Iterator[str]:
        """Ranks with their ranges, whether these leave room for doubt, and the reasons.

        Parameters
        ----------
        row : Series
            code; relative_risk and ``RANKS``, each with ``_before`` and ``_after``.
        """
        before, after = (self._rank(row, *side) for side in zip(SIDES, self._ranked, strict=True))
        yield self._words("against.ranks", before=before, after=after)
        if (
            row["rank_low_after"] <= row["rank_high_before"]
            and row["rank_high_after"] >= row["rank_low_before"]
        ):
            yield self._words("against.within_doubt")
        told = [self._said(why) for why in self._reasons.of(row)]
        yield from filter(None, told) if any(told) else [self._words("against.others")]

    def _rank(self, row: pd.Series, side: str, ranked: str) -> str:
        ranks = {name: self._words.count(round(row[f"{name}{side}"])) for name in RANKS}
        return self._words("against.rank", n=ranked, **ranks)

    def _said(self, why: Why) -> str:
        """A reason; "" of a stage whose rate is another by rounding alone, if at all."""
        because = why["because"]
        if because == "factor":
            return self._factor(why)
        if because == "stage":
            rates = why["rate"]["after"], why["rate"]["before"]
            change = log_ratio(*rates)
            if change is None or abs(change) <= sum(map(rounding, rates)):
                return ""
            name = self._labels[why["stage"]]
            return self._words("against.stage", name=name, effect=self._effect(change))
        if because == "records":
            return self._words("against.records", effect=self._effect(why["change"]))
        return self._words("against.others")

    def _factor(self, why: Why) -> str:
        before, after = (self._value(why["factor"], why["value"][w]) for w in ("before", "after"))
        told = {"name": self._names[why["factor"]], "effect": self._effect(why["change"])}
        if before == after:
            return self._words("against.weighs", value=after, **told)
        return self._words("against.factor", before=before, after=after, **told)

    def _value(self, factor: str, value: float | None) -> str:
        if value is None:
            return self._words("against.absent")
        return value_text(self._reasons.known[factor], value, self._words)

    def _effect(self, change: float) -> str:
        """What a change of the log of the risk does to it."""
        weight = strength(change)
        if not weight:
            return self._words("against.hardly")
        return self._words(f"detail.{'up' if weight > 0 else 'down'}_{abs(weight)}")
