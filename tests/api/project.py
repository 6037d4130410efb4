"""Stores for the service: the invented region of the map tests, saved and published."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from api.service import ServiceSettings
from api.told import frozen
from data.publish import publish
from data.records import InputTable, LayerCredit, RunRecord
from data.store import Store
from tests.data.inputs import input_table
from tests.maps import region

HERE = "http://127.0.0.1"
# What pages of other sites say of themselves.
FOREIGN = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
)
STORE = "store.sqlite"
OTHER_RUN = "e" * 16  # of ``published_twice``
PUBLISHED_AT = "2026-11-24T03:00:00Z"


def empty_project(folder: Path) -> ServiceSettings:
    """A store in which nothing is."""
    settings = _of(folder)
    Store.open(settings.store_url).close()
    return settings


def _of(folder: Path) -> ServiceSettings:
    return ServiceSettings(f"sqlite:///{folder / STORE}", public=True)


def published_project(folder: Path) -> ServiceSettings:
    """A store with the run of ``tests.maps.region``, published."""
    (folder / STORE).write_bytes(_published())
    return _of(folder)


@cache
def _published() -> bytes:
    """The file of such a store: made once, it is the same for all."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        with Store.open(empty_project(folder).store_url) as store:
            published_store(store)
        return (folder / STORE).read_bytes()


def published_store(store: Store) -> None:
    """Put the run of ``tests.maps.region`` into an empty store, and publish it."""
    store.ingest(_inputs())
    _save(store, region.record(**_stored(store)))
    publish(store, region.RUN_ID, at=PUBLISHED_AT, freeze=frozen)


def publish_again(
    settings: ServiceSettings,
    run_id: str = "b" * 16,
    *,
    at: str = "2026-11-25T03:00:00Z",
    seed: int = 3,
    year: int = 2026,
    travel: dict[str, Any] | None = None,
) -> str:
    """Publish another run of what is stored, with the scores of a seed; its id."""
    with Store.open(settings.store_url) as store:
        stored = _stored(store)
        stored["settings"] |= {"travel": travel}
        record = region.record(**stored, target_year=year)
        second = replace(record, id=run_id, seed=2)
        _save(store, second, seed)
        publish(store, second.id, at=at, freeze=frozen)
    return second.id


def with_settlements(store: Store, run_id: str) -> None:
    """Publish one more run, of which population points are known."""
    codes = sorted(region.districts()["code"])
    store.ingest([input_table("points", region.points(codes))])
    publish(store, save_again(store, run_id), at="2026-11-25T03:00:00Z")


def published_twice(folder: Path) -> ServiceSettings:
    """The store of ``published_project``, and in it what was published before for another year."""
    settings = published_project(folder)
    publish_again(settings, OTHER_RUN, seed=8, year=2025)
    with Store.open(settings.store_url) as store:
        publish(store, region.RUN_ID, at="2026-11-26T03:00:00Z", freeze=frozen)
    return settings


def publish_with_ways(settings: ServiceSettings) -> None:
    """Publish a run that knows a river, and roads that nobody may hand on."""
    known = [("rivers", "CC0-1.0"), ("roads", "")]
    with Store.open(settings.store_url) as store:
        store.ingest(
            [input_table(f"travel.ways/{id_}", region.RIVER, licence=held) for id_, held in known]
        )
    publish_again(settings, travel=region.TRAVEL)


def save_again(store: Store, run_id: str) -> str:
    """One more run, on what is stored by now."""
    _save(store, replace(region.record(**_stored(store)), id=run_id))
    return run_id


def _inputs() -> list[InputTable]:
    credit = {layer.id: layer for layer in region.LAYERS}
    drawn = region.layers()
    drawn["roads"] = drawn["rivers"]  # there, but nobody said that it may be handed on
    layers = [
        input_table(f"layers/{name}", table, licence=credit[name].licence)
        for name, table in drawn.items()
    ]
    return [input_table("districts", region.districts()), *layers]


def _stored(store: Store) -> dict[str, Any]:
    """What the record of a run takes from the store and the project file."""
    settings = region.settings() | {
        "layers": [_layer(credit) for credit in region.LAYERS],
        "cases": [
            vars(outcome) | {"outcome": outcome.id, "id": _register(outcome.id), "absent": "zero"}
            for outcome in region.OUTCOMES
        ],
    }
    return {"inputs": store.provenance(store.snapshot()), "settings": settings}


def _register(outcome: str) -> str:
    return "register" if outcome == "recruitment" else f"register_of_{outcome}"


def _layer(credit: LayerCredit) -> dict[str, Any]:
    return vars(credit) | {"note": list(credit.note)}


def _save(store: Store, record: RunRecord, seed: int = 3) -> None:
    codes = region.districts()["code"].tolist()
    stages = {outcome.id: outcome.stage for outcome in region.OUTCOMES}
    contributions = region.contributions(codes)
    contributions["stage"] = contributions["outcome"].map(stages)
    coefficients = pd.DataFrame(
        [
            {"outcome": outcome, "stage": stage, "factor": factor["id"], "coefficient": 0.1}
            for outcome, stage in stages.items()
            for factor in region.MODELLED
        ]
    )
    store.save_run(
        record,
        scores=region.scores(codes, seed),
        contributions=contributions,
        coefficients=coefficients,
        draws={outcome: np.zeros((2, len(codes))) for outcome in stages},
    )
