"""From stored tables to what ``models`` fits: one row per district and year, per outcome.

Which counts are used is settled here, and told as warnings (message keys): registers are never
added to each other, discovered cases stay out (they follow the raids), and so do counts of wider
areas and of longer periods until the model can take totals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.region import people_by_then, people_by_year
from vigia.errors import MissingStepError, ModelError
from vigia.settings import CasesInput, ProjectSettings


@dataclass(frozen=True)
class OutcomeTable:
    """Counts of one outcome with people and factors.

    Attributes
    ----------
    counts : DataFrame
        code, province, year, people, count (NaN = unobserved) and a column per factor, as it stood
        at the end of the year before.
    target : DataFrame
        The same for the target year, without counts.
    """

    outcome: str
    stage: str | None
    counts: pd.DataFrame
    target: pd.DataFrame
    warnings: tuple[str, ...]


def fitted_registers(settings: ProjectSettings, cases: pd.DataFrame) -> list[CasesInput]:
    """The register that counts for each outcome: the first with yearly counts of districts."""
    chosen: dict[str, CasesInput] = {}
    wanted = settings.model.outcomes
    for spec in settings.cases:
        if wanted and spec.outcome not in wanted:
            continue
        if spec.outcome not in chosen and len(_district_years(cases, spec.id)):
            chosen[spec.outcome] = spec
    if not chosen:
        raise MissingStepError(
            "No outcome has reported counts by district and year, so there is nothing to train on.",
            hint='Add [[cases]] with area_type = "district", or correct outcomes in [model].',
        )
    return [chosen[outcome] for outcome in sorted(chosen)]


def target_year(settings: ProjectSettings, cases: pd.DataFrame) -> int:
    """The year that rates are for: set, or the first after the last counts that are used."""
    if settings.model.target_year is not None:
        return settings.model.target_year
    used = [_district_years(cases, s.id)["year_to"] for s in fitted_registers(settings, cases)]
    return int(pd.concat(used).max()) + 1


def feature_years(settings: ProjectSettings, cases: pd.DataFrame) -> list[int]:
    """Years at whose end factors are needed: the one before each count and before the target."""
    years = {target_year(settings, cases) - 1}
    for spec in fitted_registers(settings, cases):
        years |= {int(year) - 1 for year in _district_years(cases, spec.id)["year_from"].unique()}
    return sorted(years)


def refuse_stale(settings: ProjectSettings, dates: Mapping[str, str], target: int) -> None:
    """Raise a ModelError where a factor of the model is past its shelf life when ``target`` begins.

    What is stale is unknown, and a layer is stale as a whole: every district would be without
    data. That is said here rather than drawn as an empty map in place of the one that is served.

    Parameters
    ----------
    dates : mapping of layer id to str
        Of what is stored of each layer: year, month or day.
    """
    stale = [
        f"{layer.id} (of {dates[layer.id]}, good for {layer.shelf_life_years} years)"
        for layer in settings.layers
        if layer.id in dates and (layer.good_until(dates[layer.id]) or "9999") < f"{target}-01-01"
    ]
    if stale:
        raise ModelError(
            f"Past their shelf life when {target} begins: {', '.join(stale)}. Their factors are "
            "unknown by then, so every district would be without data.",
            hint="Bring newer files, take the factors of these layers out, or, if the layers still "
            "hold, raise shelf_life_years.",
        )


def outcome_table(
    spec: CasesInput,
    cases: pd.DataFrame,
    districts: pd.DataFrame,
    population: pd.DataFrame,
    features: pd.DataFrame,
    target: int,
) -> OutcomeTable:
    """Assemble what one outcome is fitted on.

    Parameters
    ----------
    cases, districts, population : DataFrame
        Canonical tables of the store.
    features : DataFrame
        District x factor, indexed by code and year.
    target : int
        The target year.
    """
    used = _district_years(cases, spec.id)
    codes = districts["code"].tolist()
    years = sorted(int(year) for year in used["year_from"].unique())
    grid = pd.MultiIndex.from_product([codes, years], names=["code", "year"]).to_frame(index=False)
    seen = used.rename(columns={"area": "code", "year_from": "year"})
    seen = seen.assign(count=seen["count"].where(seen["observed"]))
    counts = grid.merge(seen[["code", "year", "count", "observed"]], how="left")
    if spec.absent == "zero":
        counts.loc[counts["observed"].isna(), "count"] = 0.0
    counts = counts.drop(columns="observed")
    ahead = pd.DataFrame({"code": codes, "year": target})
    return OutcomeTable(
        outcome=spec.outcome,
        stage=spec.stage,
        counts=_explained(counts, districts, population, features),
        target=_explained(ahead, districts, population, features),
        warnings=_left_out(spec, cases),
    )


def district_people(population: pd.DataFrame) -> pd.DataFrame:
    """People of districts: code, year, people."""
    of_districts = population[population["area_type"] == "district"]
    return of_districts.rename(columns={"area": "code"})[["code", "year", "people"]]


def people_of(population: pd.DataFrame, codes: list[str], year: int) -> pd.Series:
    """People per district in ``year``: the latest figure not after it, else the earliest one."""
    return pd.Series(
        people_by_then(people_by_year(district_people(population), codes), year), codes
    )


def _district_years(cases: pd.DataFrame, dataset: str) -> pd.DataFrame:
    return cases[
        (cases["dataset"] == dataset)
        & (cases["area_type"] == "district")
        & (cases["detection"] == "reported")
        & (cases["year_from"] == cases["year_to"])
    ]


def _explained(
    rows: pd.DataFrame, districts: pd.DataFrame, population: pd.DataFrame, features: pd.DataFrame
) -> pd.DataFrame:
    """Province, people and factors (of the year before) beside each row."""
    codes = districts["code"].tolist()
    by_year = {
        int(year): people_of(population, codes, int(year)).rename("people")
        for year in rows["year"].unique()
    }
    people = pd.concat(by_year, names=["year", "code"]).reset_index()
    before = features.reset_index().assign(year=lambda table: table["year"] + 1)
    return (
        rows.merge(districts[["code", "province_code"]], on="code", how="left")
        .rename(columns={"province_code": "province"})
        .merge(people, on=["code", "year"], how="left")
        .merge(before, on=["code", "year"], how="left")
    )


def _left_out(spec: CasesInput, cases: pd.DataFrame) -> tuple[str, ...]:
    of_outcome = cases[cases["outcome"] == spec.outcome]
    others = of_outcome[of_outcome["dataset"] != spec.id]
    told = {
        "discovered_cases_left_out": (of_outcome["detection"] == "discovered").any(),
        "wider_areas_left_out": (of_outcome["area_type"] != "district").any(),
        "longer_periods_left_out": (of_outcome["year_from"] != of_outcome["year_to"]).any(),
        "other_registers_left_out": (
            (others["area_type"] == "district") & (others["detection"] == "reported")
        ).any(),
    }
    return tuple(key for key, happened in told.items() if np.any(happened))
