"""Which scores are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pandas as pd
import shapely
from fastapi import Query

from api.callers import Caller
from api.errors import BadQueryError, LayerWithheldError, StageClosedError
from api.schemas import Level
from data.disclosure import may_be_served
from maps.released import Released
from vigia.errors import NotFoundError

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
    province: Annotated[str | None, Query(description="Code or name of a province.")] = None
    code: Annotated[
        str | None, Query(description="Codes of districts, by commas.", max_length=20_000)
    ] = None
    lon: Annotated[
        float | None,
        Query(ge=-180, le=180, allow_inf_nan=False, description="With lat: the district there."),
    ] = None
    lat: Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)] = None

    @property
    def codes(self) -> list[str]:
        """Codes that are asked for, each once."""
        return list(
            dict.fromkeys(one.strip() for one in (self.code or "").split(",") if one.strip())
        )

    @property
    def point(self) -> tuple[float, float] | None:
        """Longitude and latitude that are asked for.

        Raises
        ------
        BadQueryError
            When one is said without the other.
        """
        if self.lon is None and self.lat is None:
            return None
        if self.lon is None or self.lat is None:
            raise BadQueryError("A point has both lon and lat.")
        return self.lon, self.lat


def filtered(table: pd.DataFrame, wanted: ScoreFilter, caller: Caller) -> pd.DataFrame:
    """The scores that fit, in order; where they lie is not looked at.

    Raises
    ------
    BadQueryError
        For an outcome, parent or codes that this run does not have: an empty answer would read as
        "no risk there".
    StageClosedError
        When the caller may not see what it names.
    """
    _refuse_closed(table, wanted, caller)
    table = open_to(caller, table)
    fits = pd.Series(data=True, index=table.index)
    if wanted.outcome is not None:
        fits &= _known(table["outcome"] == wanted.outcome, "outcome", wanted.outcome)
    if wanted.stage is not None:
        fits &= table["stage"].fillna("none") == wanted.stage
    if wanted.level is not None:
        fits &= table["level"] == wanted.level
    for parent in ("department", "province"):
        name = getattr(wanted, parent)
        if name is not None:
            fits &= _known(_within(table, parent, name), parent, name)
    if wanted.code is not None:
        fits &= _known(table["code"].isin(wanted.codes), "district", wanted.code[:100])
    return table[fits]


def unknown_codes(table: pd.DataFrame, wanted: ScoreFilter) -> list[str]:
    """Codes that are asked for and of no district of this run."""
    known = set(table["code"]) if wanted.code is not None else set()
    return [code for code in wanted.codes if code not in known]


def at_point(released: Released, point: tuple[float, float]) -> str:
    """The code of the district there; of a point on a shared border, the lowest.

    Raises
    ------
    LayerWithheldError
        When the licence of the boundaries is not stated.
    NotFoundError
        When no district is there.
    """
    if not may_be_served(released.boundaries["licence"]):
        raise LayerWithheldError("The boundaries of this run state no licence, and are not served.")
    shapes = released.districts.geometry.to_numpy()
    there = shapely.intersects(shapes, shapely.Point(point))
    codes = released.districts.loc[there, "code"]
    if codes.empty:
        raise NotFoundError(
            f"No district is at longitude {point[0]}, latitude {point[1]}.",
            hint="lon is degrees east, lat degrees north (WGS 84).",
        )
    return str(codes.min())


def open_to(caller: Caller, table: pd.DataFrame) -> pd.DataFrame:
    """The scores of stages that a caller may see."""
    if not caller.narrowed:
        return table
    return table[table["stage"].fillna("none").map(caller.sees)]


def _within(table: pd.DataFrame, parent: str, name: str) -> pd.Series:
    named = table[parent].str.casefold() == name.casefold()
    return named.fillna(value=False) | (table[f"{parent}_code"] == name).fillna(value=False)


def _refuse_closed(table: pd.DataFrame, wanted: ScoreFilter, caller: Caller) -> None:
    stages = set() if wanted.stage is None else {wanted.stage}
    if wanted.outcome is not None:
        stages |= set(table.loc[table["outcome"] == wanted.outcome, "stage"].fillna("none"))
    if not all(map(caller.sees, stages)):
        raise StageClosedError("This key does not open this stage.")


def _known(fits: pd.Series, what: str, name: str) -> pd.Series:
    if not fits.any():
        raise BadQueryError(f"This run has no {what} {name!r}.")
    return fits
