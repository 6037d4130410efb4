"""From stored tables to what ``models`` fits: one row per district and year, per outcome.

Which counts are used is settled here, and told as warnings (message keys): of each outcome one
register is fitted, and others are never added to it. Discovered cases follow the raids; they enter
with the effort that found them, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.store import Snapshot, Store
from geo.region import people_by_then, people_by_year
from vigia.errors import MissingStepError, ModelError
from vigia.settings import CasesInput, ProjectSettings

INDEX = "expert_index"  # the outcome of a project without cases, whose factors have weights


@dataclass(frozen=True)
class OutcomeTable:
    """Counts of one outcome with people and factors.

    Attributes
    ----------
    counts : DataFrame
        code, province, year, people, count (NaN = unobserved, or not by itself), total (a place
        in ``totals``, or -1), effort (team-days of discovered cases, else NaN) and a column per
        factor, as it stood at the end of the year before.
    totals : tuple of float
        Counts of many districts or years together.
    target : DataFrame
        Without counts, for the target year.
    beside : tuple of CasesInput
        Registers of the same outcome that are not fitted.
    """

    outcome: str
    stage: str | None
    counts: pd.DataFrame
    totals: tuple[float, ...]
    target: pd.DataFrame
    beside: tuple[CasesInput, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """Canonical tables of the store that training rests on.

    Attributes
    ----------
    features : DataFrame
        District x factor, indexed by code and year.
    """

    cases: pd.DataFrame
    districts: pd.DataFrame
    population: pd.DataFrame
    crosswalks: pd.DataFrame
    effort: pd.DataFrame
    features: pd.DataFrame

    @classmethod
    def of(cls, store: Store, snapshot: Snapshot, features: pd.DataFrame) -> Known:
        """As they are stored."""
        return cls(
            cases=store.cases(snapshot),
            districts=store.districts(snapshot),
            population=store.population(snapshot),
            crosswalks=store.crosswalks(snapshot),
            effort=store.effort(snapshot),
            features=features,
        )


def fitted_registers(settings: ProjectSettings, cases: pd.DataFrame) -> list[CasesInput]:
    """The register that counts for each outcome.

    The first with yearly counts of districts, else the first with any; never one that the project
    file puts beside the fit.
    """
    chosen: dict[str, CasesInput] = {}
    wanted = settings.model.outcomes
    for has_counts in (_district_years, _reported):
        for spec in settings.cases:
            if spec.beside or (wanted and spec.outcome not in wanted):
                continue
            if spec.outcome not in chosen and len(has_counts(cases, spec.id)):
                chosen[spec.outcome] = spec
    counted = {spec.outcome for spec in settings.cases}
    if unknown := sorted(set(wanted or ()) - counted):
        raise MissingStepError(
            f"[model] outcomes names {unknown[0]!r}, which no [[cases]] counts.",
            hint=f"Correct it: there are {', '.join(sorted(counted)) or 'none'}.",
        )
    _refuse_two_of_a_stage(chosen)
    if not chosen and not has_weights(settings):
        raise MissingStepError(
            "No outcome has reported counts, and no factor an expert weight, so there is nothing "
            "to train on.",
            hint="Add [[cases]], correct outcomes in [model], or give factors a weight.",
        )
    return [chosen[outcome] for outcome in sorted(chosen)]


def _refuse_two_of_a_stage(chosen: Mapping[str, CasesInput]) -> None:
    """The composite has each stage once, and transit links one outcome of each."""
    of_stage: dict[str, str] = {}
    for outcome, spec in sorted(chosen.items()):
        if spec.stage and of_stage.setdefault(spec.stage, outcome) != outcome:
            raise ModelError(
                f"{of_stage[spec.stage]} and {outcome} are both of the stage {spec.stage}.",
                hint="Name the one to be fitted in [model] outcomes, or give both one outcome.",
            )


def has_weights(settings: ProjectSettings) -> bool:
    """Whether experts weigh any factor."""
    return any(factor.weight for layer in settings.layers for factor in layer.factors)


def target_year(settings: ProjectSettings, cases: pd.DataFrame) -> int:
    """The year that rates are for: set, or the first after the last counts that are used."""
    if settings.model.target_year is not None:
        return settings.model.target_year
    used = [_reported(cases, s.id)["year_to"] for s in fitted_registers(settings, cases)]
    if not used:
        raise MissingStepError(
            "Without cases nothing tells which year the index is for.",
            hint="Say target_year in [model].",
        )
    return int(pd.concat(used).max()) + 1


def factor_year(settings: ProjectSettings, year: int) -> int:
    """At whose end the factors of ``year`` are looked at."""
    fixed = settings.model.factors_as_of
    return year - 1 if fixed is None else fixed


def feature_years(settings: ProjectSettings, cases: pd.DataFrame) -> list[int]:
    """Years at whose end factors are needed: the one before each count and before the target."""
    years = {target_year(settings, cases)}
    for spec in fitted_registers(settings, cases):
        years |= set(_years(_reported(cases, spec.id)))
    return sorted({factor_year(settings, year) for year in years})


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


def outcome_tables(settings: ProjectSettings, known: Known) -> list[OutcomeTable]:
    """What each outcome is fitted on; without any case, what experts' weights are applied to."""
    target = target_year(settings, known.cases)
    registers = fitted_registers(settings, known.cases)
    tables = [_outcome_table(settings, spec, known, target) for spec in registers]
    if tables:
        return tables
    codes = known.districts["code"].tolist()
    ahead = _explained(settings, pd.DataFrame({"code": codes, "year": target}), known)
    nothing = ahead.assign(count=np.nan, total=-1, effort=np.nan)
    return [OutcomeTable(INDEX, None, nothing, (), ahead, (), (INDEX,))]


def _outcome_table(
    settings: ProjectSettings, spec: CasesInput, known: Known, target: int
) -> OutcomeTable:
    cases, codes = known.cases, known.districts["code"].tolist()
    reported = _reported(cases, spec.id)
    grid = _grid(codes, _years(reported))
    counts = grid.merge(_single(cases, spec), on=["code", "year"], how="left")
    of_district_years = counts["year"].isin(_district_years(cases, spec.id)["year_from"])
    if spec.absent == "zero":
        absent = counts["observed"].isna() & of_district_years
        counts.loc[absent, "count"] = 0.0
    counts = counts.drop(columns="observed").assign(total=-1, effort=np.nan)
    totals, left_out = _with_totals(counts, reported, known)
    counts = counts[of_district_years | (counts["total"] >= 0)]
    if counts.empty:
        raise ModelError(
            f"No count of {spec.outcome} can be placed: nothing says which districts its areas had "
            "in those years, or none was observed.",
            hint="Bring a crosswalk of these areas for all years of the counts.",
        )
    found = _found(settings, spec, known)
    rows = pd.concat([counts, found], ignore_index=True) if len(found) else counts
    beside = tuple(s for s in settings.cases if s.outcome == spec.outcome and s.id != spec.id)
    ahead = pd.DataFrame({"code": codes, "year": target})
    return OutcomeTable(
        outcome=spec.outcome,
        stage=spec.stage,
        counts=_explained(settings, rows, known),
        totals=totals,
        target=_explained(settings, ahead, known),
        beside=beside,
        warnings=(*_left_out(spec, beside, cases, found), *left_out, *_out_of_time(settings, rows)),
    )


def _grid(codes: list[str], years: list[int]) -> pd.DataFrame:
    return pd.MultiIndex.from_product([codes, years], names=["code", "year"]).to_frame(index=False)


def _single(cases: pd.DataFrame, spec: CasesInput) -> pd.DataFrame:
    """Counts of one district in one year: code, year, count, observed."""
    seen = _district_years(cases, spec.id).rename(columns={"area": "code", "year_from": "year"})
    seen = seen.assign(count=seen["count"].where(seen["observed"]))
    return seen[["code", "year", "count", "observed"]]


def _with_totals(
    counts: pd.DataFrame, reported: pd.DataFrame, known: Known
) -> tuple[tuple[float, ...], list[str]]:
    """Mark the rows of each total in ``counts``; a row that is counted already is in none.

    A total of which any part is counted already would count it twice, and is left out whole; so
    is one of which it is not known for all of its years which districts it had.
    """
    single = (reported["area_type"] == "district") & (reported["year_from"] == reported["year_to"])
    wide = reported[~single & reported["observed"]]
    place = pd.Series(range(len(counts)), pd.MultiIndex.from_frame(counts[["code", "year"]]))
    totals: list[float] = []
    overlaps = unplaced = False
    taken = counts["count"].notna().to_numpy().copy()
    numbers = counts["total"].to_numpy().copy()
    for total in wide.sort_values(["year_from", "year_to", "area"]).itertuples():
        members = [key for key in _members(total, known) if key in place.index]
        years = range(int(total.year_from), int(total.year_to) + 1)  # type: ignore[arg-type]
        if {year for _, year in members} != set(years):
            unplaced = True  # to put all of its cases in some of its years would be false
            continue
        rows = place.loc[members].to_numpy()
        if taken[rows].any():
            overlaps = True
            continue
        taken[rows] = True
        numbers[rows] = len(totals)
        totals.append(float(total.count))  # type: ignore[arg-type]
    counts["total"] = numbers
    told = {"totals_overlap_left_out": overlaps, "totals_without_districts_left_out": unplaced}
    return tuple(totals), [key for key, happened in told.items() if happened]


def _members(total: Any, known: Known) -> Iterator[tuple[str, int]]:
    """Districts and years of a total."""
    districts, walk = known.districts, known.crosswalks
    columns = {"district": "code", "province": "province_code", "department": "department_code"}
    for year in range(int(total.year_from), int(total.year_to) + 1):
        if total.area_type in columns:
            codes = districts.loc[districts[columns[total.area_type]] == total.area, "code"]
        else:
            there = (walk["area_type"] == total.area_type) & (walk["area"] == total.area)
            begun = walk["year_from"].isna() | (walk["year_from"] <= year)
            lasts = walk["year_to"].isna() | (walk["year_to"] >= year)
            codes = walk.loc[there & begun & lasts, "code"]
        yield from ((str(code), year) for code in codes)


def _found(settings: ProjectSettings, spec: CasesInput, known: Known) -> pd.DataFrame:
    """Cases that raids and visits brought to light, where it is known what these took."""
    effort = known.effort
    if not settings.model.discovered or effort.empty:
        return pd.DataFrame()
    used = effort[
        (effort["outcome"] == spec.outcome) & effort["found"].notna() & (effort["team_days"] > 0)
    ]
    year = pd.to_datetime(used["date"]).dt.year
    years = set(_years(_reported(known.cases, spec.id)))
    table = pd.DataFrame(
        {
            "code": used["code"], "year": year, "count": used["found"],
            "total": -1, "effort": used["team_days"],
        }
    )  # fmt: skip
    return table[year.isin(years)].sort_values(["code", "year", "effort", "count"])


def district_people(population: pd.DataFrame) -> pd.DataFrame:
    """People of districts: code, year, people."""
    of_districts = population[population["area_type"] == "district"]
    return of_districts.rename(columns={"area": "code"})[["code", "year", "people"]]


def people_of(population: pd.DataFrame, codes: list[str], year: int) -> pd.Series:
    """People per district in ``year``: the latest figure not after it, else the earliest one."""
    return pd.Series(
        people_by_then(people_by_year(district_people(population), codes), year), codes
    )


def _reported(cases: pd.DataFrame, dataset: str) -> pd.DataFrame:
    return cases[(cases["dataset"] == dataset) & (cases["detection"] == "reported")]


def _district_years(cases: pd.DataFrame, dataset: str) -> pd.DataFrame:
    found = _reported(cases, dataset)
    return found[(found["area_type"] == "district") & (found["year_from"] == found["year_to"])]


def _years(cases: pd.DataFrame) -> list[int]:
    """All years of the periods."""
    spans = cases[["year_from", "year_to"]].drop_duplicates().astype(int)
    return sorted({year for first, last in spans.to_numpy() for year in range(first, last + 1)})


def _explained(settings: ProjectSettings, rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Province, people and factors (of the year before) beside each row."""
    codes = known.districts["code"].tolist()
    years = sorted(int(year) for year in rows["year"].unique())
    by_year = {year: people_of(known.population, codes, year).rename("people") for year in years}
    people = pd.concat(by_year, names=["year", "code"]).reset_index()
    features = known.features.reset_index()
    before = pd.concat(
        [
            features[features["year"] == factor_year(settings, year)].assign(year=year)
            for year in years
        ]
    )
    return (
        rows.merge(known.districts[["code", "province_code"]], on="code", how="left")
        .rename(columns={"province_code": "province"})
        .merge(people, on=["code", "year"], how="left")
        .merge(before, on=["code", "year"], how="left")
    )


def _out_of_time(settings: ProjectSettings, rows: pd.DataFrame) -> list[str]:
    """Told where factors are of a time after the counts that they should explain."""
    fixed = settings.model.factors_as_of
    return ["factors_after_counts"] if fixed is not None and fixed >= rows["year"].min() else []


def _left_out(
    spec: CasesInput, beside: tuple[CasesInput, ...], cases: pd.DataFrame, found: pd.DataFrame
) -> tuple[str, ...]:
    """What is known of the outcome and not fitted."""
    others = cases["dataset"].isin([one.id for one in beside])
    discovered = (cases["detection"] == "discovered") & (others | (cases["dataset"] == spec.id))
    told = {
        "discovered_cases_left_out": found.empty and discovered.any(),
        "other_registers_left_out": (others & (cases["detection"] == "reported")).any(),
    }
    return tuple(key for key, happened in told.items() if happened)
