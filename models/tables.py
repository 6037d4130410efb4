"""What a fit needs of its tables, checked once: everything after this can rely on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.forecast import Floats
from models.stage import Columns
from vigia.errors import ModelError

# Belsley, Kuh & Welsch 1980, Regression Diagnostics: beyond 30, coefficients trade places.
STRONG_CONDITION_INDEX = 30.0
BEYOND_ALL_UNITS = 1e100  # squares of larger numbers overflow
ABSENT = {"total": -1, "effort": np.nan}  # of counts of single districts, as reported


@dataclass(frozen=True)
class Tables:
    """Counts and target, checked and sorted.

    Attributes
    ----------
    rows : DataFrame
        code, year, province, people, count, total, effort, factors and detection of every
        district-year that can teach something: counted by itself with everything known, or part
        of a total. Sorted by code and year.
    totals : array of shape (totals,)
        Counts of many rows together; ``total`` of a row is a place in it, or -1.
    target : DataFrame
        code, year, people and factors of every district, sorted by code; ``reason`` is "" where a
        rate can be estimated, otherwise why not.
    columns : Columns
        Those that vary among ``rows``.
    observed : frozenset of str
        Codes with at least one observed count, by themselves or in a total.
    warnings : tuple of str
        Message keys, with what they speak of after a colon.
    """

    rows: pd.DataFrame
    totals: Floats
    target: pd.DataFrame
    columns: Columns
    observed: frozenset[str]
    warnings: tuple[str, ...]


def checked(
    counts: pd.DataFrame,
    target: pd.DataFrame,
    columns: Columns,
    totals: Sequence[float] = (),
) -> Tables:
    """Check the tables of ``models.train.fit_outcome`` and keep what can be used.

    Raises
    ------
    ModelError
        When they cannot be fitted, with what to do about it.
    """
    factors, explaining = columns.factors, (*columns.factors, *columns.detection)
    if not factors:
        raise ModelError(
            "There is no factor to explain risk with.",
            hint='Give at least one [[layers]] with role = "risk" some factors.',
        )
    _columns(counts, ("code", "year", "province", "people", "count", *explaining), "counts")
    _columns(target, ("code", "year", "people", *factors), "target")
    counts = counts.assign(**{name: value for name, value in ABSENT.items() if name not in counts})
    reported = counts[counts["effort"].isna()]
    _no_row_twice(reported, ["code", "year"])
    _no_row_twice(target, ["code"])
    observed = counts[counts["count"].notna() | (counts["total"] >= 0)]
    _counts_are_counts(observed, totals, has_weights=bool(columns.weights))
    for table in (observed, target):
        _people_are_people(table)
        _factors_are_finite(table, factors)
    _factors_are_finite(observed, columns.detection)
    rows = _usable(observed if len(observed) else counts, explaining)
    rows = rows.sort_values(["code", "year"], kind="stable")
    varying = tuple(f for f in factors if _varies(rows[f]))
    if not varying:
        raise ModelError(
            f"Every factor has the same value wherever cases were counted: {', '.join(factors)}.",
            hint="Bring a layer that tells districts apart.",
        )
    if not columns.weights:
        _more_districts_than_coefficients(rows, varying)
    kept = replace(
        columns, factors=varying, detection=tuple(d for d in columns.detection if _varies(rows[d]))
    )
    ahead = target.sort_values("code", kind="stable").reset_index(drop=True)
    ahead["reason"] = _missing(ahead, varying)
    _somebody_lives_there(ahead)
    return Tables(
        rows=rows.reset_index(drop=True),
        totals=np.asarray(totals, dtype=float),
        target=ahead,
        columns=kept,
        observed=frozenset(observed["code"]),
        warnings=_warnings(observed, ahead, rows, columns, kept),
    )


def _varies(values: pd.Series) -> bool:
    return bool(values.notna().any() and values.max() > values.min())


def _more_districts_than_coefficients(rows: pd.DataFrame, varying: Sequence[str]) -> None:
    """With as many coefficients as districts the rates are the counts, which nobody may see."""
    districts = rows.loc[rows["total"] < 0, "code"].nunique()
    coefficients = len(varying) + 1
    if districts == 0:
        return
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


def _counts_are_counts(
    observed: pd.DataFrame, totals: Sequence[float], *, has_weights: bool
) -> None:
    if observed.empty and not has_weights:
        raise ModelError(
            "No district has an observed count.",
            hint="Bring counts by district and year, say in [[cases]] what absent rows mean, or "
            "give factors expert weights.",
        )
    wrong = observed[(observed["count"] < 0) | np.isinf(observed["count"])]
    if len(wrong):
        raise ModelError(
            f"The count of {_first(wrong, ['code', 'year'])} is negative or infinite.",
            hint="Correct the case file, or leave the count empty if it is unknown.",
        )
    if observed["count"].sum() + np.sum(totals) == 0 and not has_weights:
        raise ModelError(
            "All observed counts are zero.",
            hint="Bring counts with at least a few cases, or give factors expert weights; "
            "districts cannot be told apart by none.",
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


def _usable(observed: pd.DataFrame, explaining: Sequence[str]) -> pd.DataFrame:
    """Rows of which everything is known, and those that a total cannot do without.

    A total counts all of its districts: one whose factors are missing stays in it, with factors
    as they are on average. One without people adds nothing.
    """
    in_total = (observed["total"] >= 0) & observed["people"].notna()
    rows = observed[observed[["people", *explaining]].notna().all(axis=1) | in_total]
    if rows.empty:
        missing = observed[["people", *explaining]].isna().mean()
        worst = str(missing.idxmax())
        raise ModelError(
            "No district with an observed count has people and every factor; "
            f"most often missing is {worst} ({missing.max():.0%}).",
            hint="Take out that factor, or bring a layer that covers the districts.",
        )
    if rows["count"].sum() == 0 < observed["count"].sum():
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
    given: Columns,
    kept: Columns,
) -> tuple[str, ...]:
    used = {*kept.factors, *kept.detection}
    told = [
        f"factor_constant:{name}" for name in (*given.factors, *given.detection) if name not in used
    ]
    if observed["people"].isna().any() or target["people"].isna().any():
        told.append("people_unknown")
    lacking = observed[[*given.factors, *given.detection]].isna().any(axis=1)
    if (lacking & (observed["total"] < 0)).any():
        told.append("counts_without_factors_left_out")
    if (lacking & (observed["total"] >= 0)).any():
        told.append("missing_factors_as_average_in_totals")
    alike = _collinear(rows.dropna(subset=list(kept.factors)), kept.factors)
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
