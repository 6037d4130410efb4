"""Which scores are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import geopandas as gpd
import pandas as pd
from fastapi import Query

from api.callers import Caller
from api.errors import BadQueryError, StageClosedError
from api.schemas import Level
from api.service import Serving

StageQuery = Literal["recruitment", "transit", "exploitation", "none"]


@dataclass(frozen=True)
class ScoreFilter:
    """All that is given must fit."""

    outcome: Annotated[str | None, Query(description="Id of an outcome.")] = None
    stage: Annotated[
        StageQuery | None,
        Query(
            description="`none`: outcomes that are no stage, which are the composite, an experts' "
            "index, and what is no trafficking."
        ),
    ] = None
    level: Annotated[Level | None, Query(description="Level of risk.")] = None
    department: Annotated[str | None, Query(description="Code or name of a department.")] = None


def filtered(serving: Serving, wanted: ScoreFilter, caller: Caller) -> gpd.GeoDataFrame:
    """The scores that fit, in order.

    Raises
    ------
    BadQueryError
        For an outcome or department that this run does not have: an empty answer would read as
        "no risk there".
    StageClosedError
        When the caller may not see what it names.
    """
    _refuse_closed(serving.scores, wanted, caller)
    table = open_to(caller, serving.scores)
    fits = pd.Series(data=True, index=table.index)
    if wanted.outcome is not None:
        fits &= _known(table["outcome"] == wanted.outcome, "outcome", wanted.outcome)
    if wanted.stage is not None:
        fits &= table["stage"].fillna("none") == wanted.stage
    if wanted.level is not None:
        fits &= table["level"] == wanted.level
    if wanted.department is not None:
        named = table["department"].str.casefold() == wanted.department.casefold()
        coded = table["department_code"] == wanted.department
        fits &= _known(named.fillna(value=False) | coded, "department", wanted.department)
    return table[fits]


def open_to(caller: Caller, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The scores of stages that a caller may see."""
    if not caller.narrowed:
        return table
    return table[table["stage"].fillna("none").map(caller.sees)]


def _refuse_closed(table: gpd.GeoDataFrame, wanted: ScoreFilter, caller: Caller) -> None:
    stages = set() if wanted.stage is None else {wanted.stage}
    if wanted.outcome is not None:
        stages |= set(table.loc[table["outcome"] == wanted.outcome, "stage"].fillna("none"))
    if not all(map(caller.sees, stages)):
        raise StageClosedError("This key does not open this stage.")


def _known(fits: pd.Series, what: str, name: str) -> pd.Series:
    if not fits.any():
        raise BadQueryError(f"This run has no {what} {name!r}.")
    return fits
