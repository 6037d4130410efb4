"""One district and outcome in words: the rows behind the popup of the map."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from maps.factors import factor_names, factor_phrase, label_of, listed, value_text
from maps.levels import LEVELS, NO_DATA
from maps.released import Released
from maps.table import RANKS
from maps.words import Words

FACTORS_SHOWN = 4
# A factor's multiple of the rate from which it is said to weigh little, well, and a lot.
STRENGTHS = tuple(math.log(multiple) for multiple in (1.05, 1.2, 2.0))
NUMBERS = ("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high", "score")

FactorText = tuple[int, int, str]  # index in ``factor_texts``, strength -3..3, value
Row = list[Any]  # level, [rate, low, high, rr, low, high, score, rank, low, high], no records, ...


def factor_texts(released: Released, words: Words) -> list[dict[str, str]]:
    """Label and phrase of each factor; the phrase has a place for ``{value}``."""
    return [
        {
            "id": factor["id"],
            "label": label_of(factor, words),
            "phrase": factor_phrase(factor, words),
        }
        for factor in released.facts["factors"]
    ]


def rows_of(released: Released, outcome: str, words: Words) -> Iterator[Row]:
    """What the popup says of each district, in the order of ``released.districts``.

    Yields
    ------
    list
        ``[level, numbers or None, no records, reason, factors]``: the index in ``LEVELS``; the
        numbers as text in the order of ``NUMBERS`` and ``RANKS``, "" for what an index has not; 0
        or 1; why there is no score ("" where there is one); and the factors that weigh most.
    """
    main = factors_by_code(released, outcome, words)
    reasons: dict[object, str] = {}
    for score in released.scores_of(outcome).reset_index().to_dict("records"):
        level = score["level"] if score["level"] in LEVELS else NO_DATA
        index = LEVELS.index(level)
        if level == NO_DATA:
            reason = score["no_data_reason"]
            if reason not in reasons:
                reasons[reason] = reason_text(released, words, reason)
            yield [index, None, 0, reasons[reason], []]
            continue
        numbers = numbers_of(score, words)
        yield [index, numbers, int(bool(score["no_records"])), "", main[score["code"]]]


def numbers_of(score: Mapping[Any, Any], words: Words) -> list[str]:
    """The numbers of one district in the order of ``NUMBERS`` and ``RANKS``, in words."""
    numbers = [_number(score[name], words) for name in NUMBERS]
    return numbers + [words.count(int(score[name])) for name in RANKS]


def reason_text(released: Released, words: Words, reason: object) -> str:
    """Why a district has no score, with factors by their names."""
    if not isinstance(reason, str) or not reason:
        return words("detail.no_data")
    return key_text(released, words, "reason", reason)


def key_text(released: Released, words: Words, family: str, key: str) -> str:
    """A message key of a run, ``kind`` or ``kind:factor,factor``, in words."""
    kind, _, rest = key.partition(":")
    names = factor_names(released.facts["factors"], words)
    shown = listed(dict.fromkeys(names.get(one, one) for one in rest.split(",") if one), words)
    return words(words.known(f"{family}.{kind}", f"{family}.other"), key=kind, names=shown)


def strength(contribution: float) -> int:
    """How much a factor weighs, 0 (not worth saying) to 3, with the sign of its direction."""
    size = sum(abs(contribution) >= least for least in STRENGTHS)
    return size if contribution > 0 else -size


def factors_by_code(
    released: Released, outcome: str, words: Words
) -> Mapping[str, list[FactorText]]:
    """The factors that weigh most in each district, the strongest first."""
    factors = released.facts["factors"]
    order = {factor["id"]: number for number, factor in enumerate(factors)}
    table = released.contributions
    table = table[(table["outcome"] == outcome) & table["contribution"].notna()]
    table = table.assign(size=table["contribution"].abs())
    table = table.sort_values(["size", "factor"], ascending=[False, True], kind="stable")
    found: dict[str, list[FactorText]] = defaultdict(list)
    for row in _columns(table, ["code", "factor", "value", "contribution"]):
        code, factor, value, contribution = row
        if len(found[code]) < FACTORS_SHOWN and (weight := strength(contribution)):
            index = order[factor]
            found[code].append((index, weight, value_text(factors[index], value, words)))
    return found


def _number(value: float, words: Words) -> str:
    return "" if pd.isna(value) else words.number(float(value))


def _columns(table: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].tolist() for name in names), strict=True)
