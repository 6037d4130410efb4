"""What a run's model says if factors were other than they are: a model scenario, no causal effect.

Stored draws of rates and of coefficients are all that it takes, and no fitted model: the rate is
log-linear, so that in each joint draw

    rate after = rate before x exp(sum over factors of coefficient x change of the column)

Deviations of districts, years and the intercept stay as they were drawn. A coefficient tells how
places that differ in a factor differ in their rates. It does not tell what would happen to a place
whose factor somebody changes (Hernán & Robins 2020, Causal Inference: What If, chapters 1 to 3):
other things differ along with the factor, and people move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.geodesy import Floats
from models.scores import burden, interval, percentiles, ranks_of, scored
from models.settings import TrainSettings
from models.shapes import Shapes
from vigia.errors import MissingStepError, ModelError

__all__ = ["FactorColumns", "burden", "changed_factors", "compare_scores", "scenario_rates"]

Bools = NDArray[np.bool_]
MISSING = "missing_in_scenario"
TOLD = ("level", "no_data_reason")
NUMBERS = ("score", "rank", "rate", "relative_risk")
CHANCES = ("p_above_mean", "p_above_high", "p_below_mean")  # what makes a level
# Sums over the same features in another order differ in their last bits: that is no change.
ROUNDING = 1e-9


@dataclass(frozen=True)
class FactorColumns:
    """How the factors of a fit became the columns that its coefficients are of.

    Attributes
    ----------
    shapes : Shapes
        Least and largest value seen, and which factors are taken as logarithms.
    centre, scale : arrays of shape (factors,)
        Mean and standard deviation that columns are measured against.
    """

    shapes: Shapes
    centre: Floats
    scale: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The factors, in the order of coefficients."""
        return self.shapes.names

    def of(self, factors: pd.DataFrame) -> Floats:
        """Values of all factors as columns, shape (rows, factors); missing stays missing."""
        return np.asarray((self.shapes.applied(factors) - self.centre) / self.scale)

    def to_json(self) -> list[dict[str, Any]]:
        """One mapping for each factor; ``typical`` is None where no logarithm is taken."""
        shapes = self.shapes
        numbers = (shapes.least, shapes.most, shapes.typical, shapes.mean, self.centre, self.scale)
        rows = zip(shapes.names, *(column.tolist() for column in numbers), strict=True)
        return [
            {
                "factor": name,
                "least": least,
                "most": most,
                "typical": None if np.isnan(typical) else typical,
                "mean": mean,
                "centre": centre,
                "scale": scale,
            }
            for name, least, most, typical, mean, centre, scale in rows
        ]

    @classmethod
    def from_json(cls, content: Sequence[Mapping[str, Any]]) -> Self:
        """From what ``to_json`` gave, to the last bit."""

        def column(key: str) -> Floats:
            given = (one[key] for one in content)
            return np.array([np.nan if one is None else one for one in given], dtype=float)

        names = tuple(str(one["factor"]) for one in content)
        shapes = Shapes(names, *(column(key) for key in ("least", "most", "typical", "mean")))
        return cls(shapes, column("centre"), column("scale"))

    @classmethod
    def of_run(cls, validation: Mapping[str, Any], outcome: str) -> Self:
        """Of one outcome, from the ``validation`` of a run.

        Raises
        ------
        MissingStepError
            When the run was trained before columns were kept.
        """
        kept = validation.get(outcome, {}).get("columns")
        if kept is None:
            raise MissingStepError(
                f"The run keeps no coefficients of {outcome}: an earlier version trained it.",
                hint="Train again: vigia train.",
            )
        return cls.from_json(kept)


def changed_factors(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Which factors of which districts are no longer what they were, bool, shaped as ``after``.

    Unknown before and after is no change, and neither is rounding.
    """
    old, new = before[after.columns].to_numpy(dtype=float), after.to_numpy(dtype=float)
    slack = ROUNDING * np.maximum(np.abs(old), np.abs(new))
    with np.errstate(invalid="ignore"):  # infinity less infinity
        near = np.abs(new - old) <= slack
    near &= np.isfinite(old) & np.isfinite(new)
    same = (old == new) | near | (np.isnan(old) & np.isnan(new))
    return pd.DataFrame(~same, index=after.index, columns=after.columns)


def scenario_rates(
    rates: Floats,
    coefficients: Floats,
    columns: FactorColumns,
    before: pd.DataFrame,
    after: pd.DataFrame,
) -> tuple[Floats, pd.DataFrame]:
    """Joint draws of the rates under other factors, and where these leave what the fit saw.

    Parameters
    ----------
    rates : array of shape (draws, districts)
        As the run keeps them; NaN of a district without data, which stays so.
    coefficients : array of shape (draws, factors)
        In the order of the same draws, per standard deviation.
    columns : FactorColumns
        Of the same fit.
    before, after : DataFrame of shape (districts, factors)
        Factors in their own units, districts in the order of ``rates``. A factor of the fit that
        is not in ``after`` stays as it is; one that the fit does not know moves nothing.

    Returns
    -------
    rates : array of shape (draws, districts)
        To the last bit as before where no factor of the fit changed; NaN where one that was known
        no longer is: unknown is never low.
    beyond : DataFrame of bool
        Changed factors that lie outside of all that the fit saw, where they count as the nearest
        value seen. Rows as ``after``, columns those of its factors that the fit knows.

    Raises
    ------
    ModelError
        When shapes do not fit together.
    """
    _fits(rates, coefficients, columns, before, after)
    asked = [name for name in columns.names if name in after.columns]
    places = [columns.names.index(name) for name in asked]
    some = FactorColumns(
        columns.shapes.of_some(asked), columns.centre[places], columns.scale[places]
    )
    changed = changed_factors(before[asked], after[asked]).to_numpy(dtype=bool)
    moved = np.where(changed, some.of(after) - some.of(before), 0.0)
    touched = changed.any(axis=1)
    answer = rates.copy()
    answer[:, touched] *= np.exp(coefficients[:, places] @ moved[touched].T)
    values = after[asked].to_numpy(dtype=float)
    outside = (values < some.shapes.least) | (values > some.shapes.most)
    beyond = pd.DataFrame(outside & changed, index=after.index, columns=asked)
    return answer, beyond


def _fits(
    rates: Floats,
    coefficients: Floats,
    columns: FactorColumns,
    before: pd.DataFrame,
    after: pd.DataFrame,
) -> None:
    wrong = [
        f"{what} {found}, not {wanted}"
        for what, found, wanted in (
            ("draws of coefficients:", len(coefficients), len(rates)),
            ("coefficients:", coefficients.shape[1], len(columns.names)),
            ("districts before:", len(before), rates.shape[1]),
            ("districts after:", len(after), rates.shape[1]),
        )
        if found != wanted
    ]
    if wrong:
        raise ModelError(
            f"Draws and factors do not fit together ({'; '.join(wrong)}).",
            hint="Give draws, columns and factors of one run, with its districts by code.",
        )


def compare_scores(
    before: Floats,
    after: Floats,
    codes: Sequence[str],
    people: Floats,
    reasons: Sequence[str],
    settings: TrainSettings,
) -> pd.DataFrame:
    """Scores side by side, and how far they are apart, with its doubt.

    Scores, ranks and levels hold districts against each other and against their mean: they can
    move where the rate did not. Differences are taken draw by draw: both sides share their doubt,
    and what is left is that about the change.

    Parameters
    ----------
    before, after : array of shape (draws, districts)
        Rates; NaN where there is no data.
    codes : sequence of str
        Of the districts, rising.
    people : array of shape (districts,)
        NaN where unknown.
    reasons : sequence of str
        Why a district had no data before; "" where it had.

    Returns
    -------
    DataFrame
        code; score, rank, rate and relative_risk, each with ``_before``, ``_after``, and the
        ``_low`` and ``_high`` of both (95 %; not of a score); level, no_data_reason and the
        probabilities of ``CHANCES`` before and after; score_change, rate_change (after less
        before) and rate_ratio (after over before), each with ``_low`` and ``_high``.

    Raises
    ------
    ModelError
        When no district has data on both sides.
    """
    table = pd.DataFrame({"code": list(codes), "people": people, "reason": list(reasons)})
    lost = (table["reason"] == "").to_numpy() & np.isnan(after).any(axis=0)
    later = table.assign(reason=np.where(lost, MISSING, table["reason"]))
    both = (later["reason"] == "").to_numpy()
    if not both.any():
        raise ModelError(
            "No district has data both before and after the change.",
            hint="A layer that is emptied leaves its factors unknown: change less of it.",
        )
    sides = {
        "before": _side(table, before, settings),
        "after": _side(later, after, settings),
    }
    answer = table[["code"]].copy()
    for name in (*_columns_of_sides(), *CHANCES, *TOLD):
        for when, side in sides.items():
            answer[f"{name}_{when}"] = side[name].to_numpy()
    old, new = before[:, both], after[:, both]
    told = sides["after"]["score"].to_numpy() - sides["before"]["score"].to_numpy()
    ratio = new.mean(axis=0) / old.mean(axis=0)
    # Each draw's percentiles among the districts that are known on both sides.
    moved = percentiles(ranks_of(new)) - percentiles(ranks_of(old))
    for name, draws, estimate in (
        ("score_change", moved, told[both]),
        ("rate_change", new - old, new.mean(axis=0) - old.mean(axis=0)),
        ("rate_ratio", new / old, ratio),
    ):
        low, high = interval(draws, estimate)
        for column, values in ((name, estimate), (f"{name}_low", low), (f"{name}_high", high)):
            answer[column] = np.nan
            answer.loc[both, column] = values
    return answer


def _side(table: pd.DataFrame, rates: Floats, settings: TrainSettings) -> pd.DataFrame:
    return scored(table, rates[:, (table["reason"] == "").to_numpy()], settings)


def _columns_of_sides() -> list[str]:
    ends = {"rate": "rate", "rank": "rank", "relative_risk": "rr"}
    bounds = {name: (f"{end}_low", f"{end}_high") for name, end in ends.items()}
    return [column for name in NUMBERS for column in (name, *bounds.get(name, ()))]
