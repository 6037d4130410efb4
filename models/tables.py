"""What a fit needs of its tables, checked once: everything after this can rely on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vigia.errors import ModelError

# Belsley, Kuh & Welsch 1980, Regression Diagnostics: beyond 30, coefficients trade places.
STRONG_CONDITION_INDEX = 30.0
BEYOND_ALL_UNITS = 1e100  # squares of larger numbers overflow


@dataclass(frozen=True)
class Tables:
    """Counts and target, checked and sorted.

    Attributes
    ----------
    rows : DataFrame
        code, year, province, people, count and factors of every observed district-year that can
        teach something: people and all factors known. Sorted by code and year.
    target : DataFrame
        code, people and factors of every district, sorted by code; ``reason`` is "" where a rate
        can be estimated, otherwise why not.
    factors : tuple of str
        Those that vary among ``rows``.
    observed : frozenset of str
        Codes with at least one observed count.
    warnings : tuple of str
        Message keys, with what they speak of after a colon.
    """

    rows: pd.DataFrame
    target: pd.DataFrame
    factors: tuple[str, ...]
    observed: frozenset[str]
    warnings: tuple[str, ...]


def checked(counts: pd.DataFrame, target: pd.DataFrame, factors: Sequence[str]) -> Tables:
    """Check the tables of ``models.train.fit_outcome`` and keep what can be used.

    Raises
    ------
    ModelError
        When they cannot be fitted, with what to do about it.
    """
    if not factors:
        raise ModelError(
            "There is no factor to explain risk with.",
            hint='Give at least one [[layers]] with role = "risk" some factors.',
        )
    _columns(counts, ("code", "year", "province", "people", "count", *factors), "counts")
    _columns(target, ("code", "people", *factors), "target")
    _no_row_twice(counts, ["code", "year"])
    _no_row_twice(target, ["code"])
    observed = counts[counts["count"].notna()]
    _counts_are_counts(observed)
    for table in (observed, target):
        _people_are_people(table)
        _factors_are_finite(table, factors)
    rows = _usable(observed, factors).sort_values(["code", "year"], kind="stable")
    varying = tuple(f for f in factors if np.ptp(rows[f].to_numpy(dtype=float)) > 0)
    if not varying:
        raise ModelError(
            f"Every factor has the same value wherever cases were counted: {', '.join(factors)}.",
            hint="Bring a layer that tells districts apart.",
        )
    _more_districts_than_coefficients(rows, varying)
    ahead = target.sort_values("code", kind="stable").reset_index(drop=True)
    ahead["reason"] = _missing(ahead, varying)
    _somebody_lives_there(ahead)
    return Tables(
        rows=rows.reset_index(drop=True),
        target=ahead,
        factors=varying,
        observed=frozenset(observed["code"]),
        warnings=_warnings(observed, ahead, rows, factors, varying),
    )


def _more_districts_than_coefficients(rows: pd.DataFrame, varying: Sequence[str]) -> None:
    """With as many coefficients as districts the rates are the counts, which nobody may see."""
    districts, coefficients = rows["code"].nunique(), len(varying) + 1
    if districts <= coefficients:
        raise ModelError(
            f"{districts} districts with observed counts are too few for {len(varying)} factors: "
            "the rates would only repeat the counts.",
            hint="Bring counts of more districts, or take out factors.",
        )


def _columns(table: pd.DataFrame, needed: Sequence[str], name: str) -> None:
    lacking = [column for column in needed if column not in table.columns]
    if lacking:
        raise ModelError(
            f"The table of {name} has no column {', '.join(lacking)}.",
            hint="Make the feature table again, with the factors of vigia.toml.",
        )


def _no_row_twice(table: pd.DataFrame, key: list[str]) -> None:
    twice = table[table.duplicated(key)]
    if len(twice):
        raise ModelError(
            f"{_first(twice, key)} is there more than once.",
            hint="Give one row to each district and year.",
        )


def _counts_are_counts(observed: pd.DataFrame) -> None:
    if observed.empty:
        raise ModelError(
            "No district has an observed count.",
            hint="Bring counts by district and year, or say in [[cases]] what absent rows mean.",
        )
    wrong = observed[(observed["count"] < 0) | np.isinf(observed["count"])]
    if len(wrong):
        raise ModelError(
            f"The count of {_first(wrong, ['code', 'year'])} is negative or infinite.",
            hint="Correct the case file, or leave the count empty if it is unknown.",
        )
    if observed["count"].sum() == 0:
        raise ModelError(
            "All observed counts are zero.",
            hint="Bring counts with at least a few cases; rates cannot be told from none.",
        )
    if observed["province"].isna().any():
        raise ModelError(
            f"{_first(observed[observed['province'].isna()], ['code'])} has no province.",
            hint="Give districts a province: intervals and tests rest on whole provinces.",
        )


def _people_are_people(table: pd.DataFrame) -> None:
    known = table[table["people"].notna()]
    wrong = known[(known["people"] <= 0) | np.isinf(known["people"])]
    if len(wrong):
        raise ModelError(
            f"The people of {_first(wrong, ['code'])} are zero, negative or infinite.",
            hint="Correct the population file, or leave the number empty if it is unknown.",
        )


def _factors_are_finite(table: pd.DataFrame, factors: Sequence[str]) -> None:
    for factor in factors:
        beyond = table[np.abs(table[factor].to_numpy(dtype=float)) > BEYOND_ALL_UNITS]
        if len(beyond):
            raise ModelError(
                f"Factor {factor} is infinite, or as good as, in {_first(beyond, ['code'])}.",
                hint="Correct the layer, or leave the value empty if it is unknown.",
            )


def _usable(observed: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    """Observed rows of which everything is known, with at least one case among them."""
    rows = observed[observed[["people", *factors]].notna().all(axis=1)]
    if rows.empty:
        missing = observed[["people", *factors]].isna().mean()
        worst = str(missing.idxmax())
        raise ModelError(
            "No district with an observed count has people and every factor; "
            f"most often missing is {worst} ({missing.max():.0%}).",
            hint="Take out that factor, or bring a layer that covers the districts.",
        )
    if rows["count"].sum() == 0:
        raise ModelError(
            "All cases are in districts that lack people or a factor.",
            hint="Take out the factors that these districts lack, or bring what is missing.",
        )
    return rows


def _somebody_lives_there(target: pd.DataFrame) -> None:
    known = target[target["reason"] == ""]
    if known.empty:
        raise ModelError(
            "In the target year every district lacks a factor.",
            hint="Take out the factors that are missing, or bring newer layers.",
        )
    if known["people"].isna().all():
        raise ModelError(
            "The people of the target year are unknown in every district that has its factors.",
            hint="Bring a population for that year or an earlier one.",
        )


def _missing(target: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """Per district "" or "missing_factor:" with the ids of what is missing."""
    unknown = target[list(factors)].isna().to_numpy()
    names = np.asarray(factors)
    return ["missing_factor:" + ",".join(names[row]) if row.any() else "" for row in unknown]


def _warnings(
    observed: pd.DataFrame,
    target: pd.DataFrame,
    rows: pd.DataFrame,
    factors: Sequence[str],
    varying: Sequence[str],
) -> tuple[str, ...]:
    told = [f"factor_constant:{factor}" for factor in factors if factor not in varying]
    if observed["people"].isna().any() or target["people"].isna().any():
        told.append("people_unknown")
    if observed[list(factors)].isna().any(axis=None):
        told.append("counts_without_factors_left_out")
    alike = _collinear(rows, varying)
    if alike:
        told.append(f"factors_collinear:{','.join(alike)}")
    return tuple(told)


def _collinear(rows: pd.DataFrame, factors: Sequence[str]) -> list[str]:
    """Factors that all but say the same, by the condition index of their correlations."""
    if len(factors) < 2:
        return []
    correlations = np.corrcoef(rows[list(factors)].to_numpy(dtype=float), rowvar=False)
    sizes, directions = np.linalg.eigh(correlations)
    weak = sizes < sizes[-1] / STRONG_CONDITION_INDEX**2
    involved = (np.abs(directions[:, weak]) > 0.1).any(axis=1)
    return [factor for factor, is_in in zip(factors, involved, strict=True) if is_in]


def _first(table: pd.DataFrame, key: list[str]) -> str:
    names = {"code": "district", "year": "year"}
    row = table.sort_values(key, kind="stable").iloc[0]
    return ", ".join(f"{names[column]} {row[column]}" for column in key)
