"""Which collections there are: scores of each outcome, factors, layers, plans, runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd

from api.callers import Caller
from api.errors import StageClosedError
from api.ogc.collection import Collection
from api.ogc.crs import offered
from api.ogc.features import Features, Shapes
from api.ogc.links import CRS84
from api.ogc.plans import COLUMNS, StoredPlans
from api.service import Service, Serving
from data.disclosure import release_run
from maps.geometry import bounds_of
from maps.layers import drawn_layers
from maps.released import Released
from maps.table import PLACE, as_records
from maps.words import Language, words
from vigia.errors import NotFoundError

SCORES, LAYER, FACTORS, RUNS = "scores_", "layer_", "factors", "runs"
TOLD_OF_RUNS = ("id", "status", "created_at", "target_year", "tested", "beats_baseline", "warnings")


def collections_of(serving: Serving, service: Service) -> Mapping[str, Collection]:
    """All collections of a published run, and of the runs beside it, by id."""
    found: Mapping[str, Collection] = serving.once(
        "ogc", lambda: {one.id: one for one in (*_all(serving), _of_runs(service))}
    )
    plans: StoredPlans = serving.once("plans", lambda: StoredPlans(service))
    return {**found, **{one.id: one for one in _of_plans(plans, offered(serving.released))}}


def collection_of(serving: Serving, service: Service, identity: str, caller: Caller) -> Collection:
    """One that is open to a caller.

    Raises
    ------
    NotFoundError
        When there is none of that id.
    StageClosedError
        When it is not open to the caller.
    """
    found = collections_of(serving, service).get(identity)
    if found is None:
        raise NotFoundError(
            f"There is no collection {identity!r} in this run.", hint="See /ogc/collections."
        )
    if not found.open_to(caller):
        raise StageClosedError("This collection is not open to you.")
    return found


def _all(serving: Serving) -> Iterator[Collection]:
    released = serving.released
    shapes = Shapes(released.districts.geometry.to_numpy())
    systems = offered(released)
    of_districts = partial(
        Collection,
        kind="districts",
        attribution=str(released.boundaries["attribution"]),
        licence=str(released.boundaries["licence"]),
        systems=systems,
        bounds=bounds_of(released.districts),
        years=(released.target_year, released.target_year),
    )
    for one in released.outcomes:
        yield of_districts(
            id=f"{SCORES}{one.id}",
            titles={"es": one.label, "en": one.label_en},
            make=partial(_scores, serving, one.id, shapes),
            outcome=one,
        )
    yield of_districts(
        id=FACTORS,
        titles=_said("ogc_collection.factors"),
        make=partial(_factors, released, shapes),
    )
    for name in drawn_layers(released.layers, serving.layers):
        yield _layer(serving, name, systems)


def _of_runs(service: Service) -> Collection:
    return Collection(
        id=RUNS,
        kind="runs",
        titles=_said("ogc_collection.runs"),
        attribution="",
        licence="",
        systems=(CRS84,),
        bounds=None,
        years=None,
        make=partial(_runs, service),
    )


def _of_plans(plans: StoredPlans, systems: tuple[str, ...]) -> Iterator[Collection]:
    """As they are now, and so till the end of a request."""
    for identity in COLUMNS:
        yield Collection(
            id=identity,
            kind="plans",
            titles=_said(f"ogc_collection.{identity}"),
            attribution="",
            licence="",
            systems=systems,
            bounds=None,
            years=None,
            make=partial(plans.features, identity),
            living=True,
        )


def _runs(service: Service) -> Features:
    """Runs that are or were published, as of this publication; they have no geometry."""
    told = [{name: release_run(run)[name] for name in TOLD_OF_RUNS} for run in service.runs()]
    table = pd.DataFrame(told, columns=list(TOLD_OF_RUNS)).sort_values("id", ignore_index=True)
    years = table["target_year"].to_numpy(dtype=int)
    return Features.of(table, "id", None, (years, years))


def _scores(serving: Serving, outcome: str, shapes: Shapes) -> Features:
    rows = serving.scores[serving.scores["outcome"] == outcome]
    table = pd.DataFrame(rows.drop(columns="geometry"))
    table["warnings"] = [row["warnings"] for row in as_records(rows)]
    table["factors"] = [serving.raising(outcome, code) for code in table["code"]]
    year = serving.released.target_year
    return Features.of(table, "code", shapes, (year, year))


def _factors(released: Released, shapes: Shapes) -> Features:
    """What a factor is in each district, where it is the same for every outcome."""
    told = released.contributions.dropna(subset=["value"])
    apart = told.groupby(["factor", "code"])["value"].nunique().groupby("factor").max()
    same = set(apart.index[apart == 1])
    table = pd.DataFrame(released.districts[list(PLACE)])
    names: dict[str, dict[Language, str]] = {}
    for factor in released.facts["factors"]:
        if factor["id"] in same:
            values = told[told["factor"] == factor["id"]].drop_duplicates("code")
            table[factor["id"]] = table["code"].map(values.set_index("code")["value"])
            unit = f"({factor['unit']})"
            names[factor["id"]] = {
                "es": f"{factor['label']} {unit}",
                "en": f"{factor['label_en']} {unit}",
            }
    table["run"] = released.run_id
    year = released.target_year
    return Features.of(table, "code", shapes, (year, year), names)


def _layer(serving: Serving, name: str, systems: tuple[str, ...]) -> Collection:
    credit = next(one for one in serving.released.layers if one.id == name)
    layer = serving.layers[name].sort_values("fid", kind="stable")
    first = layer["from_year"].fillna(0).to_numpy(dtype=int)
    last = layer["until_year"].fillna(10_000).to_numpy(dtype=int) - 1
    table = pd.DataFrame(layer[["fid", "code", "from_year", "until_year"]])
    known = layer["from_year"].notna().all() and len(layer) > 0
    return Collection(
        id=f"{LAYER}{name}",
        kind="layers",
        titles={"es": credit.label, "en": credit.label_en},
        attribution=credit.attribution,
        licence=credit.licence,
        systems=systems,
        bounds=bounds_of(layer),
        years=(int(first.min()), int(np.minimum(last, 9999).max())) if known else None,
        make=lambda: Features.of(table, "fid", Shapes(layer.geometry.to_numpy()), (first, last)),
    )


def _said(key: str) -> dict[Language, str]:
    return {"es": words("es")(key), "en": words("en")(key)}
