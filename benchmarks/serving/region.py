"""A made-up country of 1,834 districts with scores: published in a store, and as a plain table.

The table, of what was released and no more, is for servers that read PostGIS themselves; features
and properties are those of the collection that vigia serves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy import create_engine, text

from benchmarks.peers.region import SIDE_M, districts_and_capitals
from data import publish
from data.keys import add_key
from data.store import Store
from maps.released import release
from maps.table import score_table
from tests.data.inputs import input_table
from tests.maps import region

DISTRICTS, TABLE, OUTCOME = 1_834, "scores_released", "exploitation"
PER_PROVINCE, PER_DEPARTMENT = 10, 75
OFTEN = 1_000_000_000  # requests a minute: the limit is not what is measured


def districts(count: int = DISTRICTS, seed: int = 1) -> gpd.GeoDataFrame:
    """Their boundaries in degrees, with names and parents."""
    table = districts_and_capitals(count, SIDE_M, seed)[0].to_crs("EPSG:4326")
    number = np.arange(count)
    for what, size in (("province", PER_PROVINCE), ("department", PER_DEPARTMENT)):
        table[f"{what}_code"] = [f"{1 + one // size:04d}" for one in number]
        table[what] = [f"{what.title()} {1 + one // size}" for one in number]
    table["name"] = [f"District {one + 1}" for one in number]
    return table[list(publish.DISTRICT_COLUMNS)]


def publish_runs(url: str, runs: int = 1, count: int = DISTRICTS) -> str:
    """Publish runs of these districts, one after another; a key that opens all."""
    table = districts(count)
    with Store.open(url) as store:
        store.ingest([input_table("districts", table)])
        for number in range(runs):
            publish_run(store, table["code"].tolist(), number)
        return add_key(store, name="bench", role="viewer", per_minute=OFTEN)[1]


def publish_run(store: Store, codes: list[str], number: int) -> None:
    """Publish one more run, whose scores are others."""
    inputs = store.provenance(store.snapshot())
    run = replace(region.record(inputs=inputs, settings=_settings()), id=f"{number:016x}")
    stages = {outcome.id: outcome.stage for outcome in region.OUTCOMES}
    contributions = region.contributions(codes)
    store.save_run(
        run,
        scores=region.scores(codes, seed=number),
        contributions=contributions.assign(stage=contributions["outcome"].map(stages)),
        coefficients=_coefficients(stages),
        draws={outcome: np.zeros((2, len(codes))) for outcome in stages},
    )
    publish.publish(store, run.id, at=f"2026-11-24T03:{number // 60:02d}:{number % 60:02d}Z")


def write_table(url: str) -> int:
    """The released features of one outcome as a table of PostGIS; how many there are."""
    with Store.open(url) as store:
        run = publish.published(store)
    assert run is not None  # noqa: S101 - published by whoever calls
    table = score_table(release(run))
    table = table[table["outcome"] == OUTCOME].reset_index(drop=True)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://", 1))
    table.insert(0, "fid", table.index + 1)
    table.to_postgis(TABLE, engine, if_exists="replace")
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (code)"))
        connection.execute(text(f"ANALYZE {TABLE}"))
    engine.dispose()
    return len(table)


def _settings() -> dict[str, Any]:
    cases = [vars(outcome) | {"outcome": outcome.id} for outcome in region.OUTCOMES]
    return region.settings() | {"layers": [], "cases": cases}


def _coefficients(stages: dict[str, str | None]) -> pd.DataFrame:
    rows = [
        {"outcome": outcome, "stage": stage, "factor": factor["id"], "coefficient": 0.1}
        for outcome, stage in stages.items()
        for factor in region.MODELLED
    ]
    return pd.DataFrame(rows)
