"""A store with a little of everything in it, and all that can be read from one."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString
from sqlalchemy import select, update

from data import jobs
from data.answers import Answer, all_publications, district_at
from data.grids import Grid, packed
from data.keys import add_key, list_keys
from data.people import add_person, list_people
from data.plans import list_plans, save_plan
from data.publish import publish
from data.records import InputTable, PlanRecord, PublishedRun, RunRecord
from data.service_tables import jobs as job_rows
from data.service_tables import keys as key_rows
from data.service_tables import people as people_rows
from data.service_tables import webhooks as webhook_rows
from data.store import Snapshot, Store
from data.webhooks import add_webhook, list_webhooks
from tests.data.inputs import cases, districts, input_table, layer

HOSTILE = "<img src=x onerror=alert(1)>\\N\\\t\r\n'; DROP TABLE runs; -- \\x41 ñ 🜨 \u202e"
RUN = "f" * 16
AT = "2026-11-24T03:00:00Z"
ODD = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -1e-300, float("nan")]


def inputs() -> list[InputTable]:
    """Every kind of input, with what is awkward in each."""
    named = districts()
    named.loc[0, "name"] = HOSTILE
    codes = named["code"].tolist()
    capitals = gpd.GeoDataFrame(
        {"code": codes[:2], "name": ["Puerto", None]},
        geometry=shapely.points([[0.1, 0.2], [1 / 3, 2 / 3]]),
        crs="EPSG:4326",
    )
    points = capitals.assign(people=[1.5, np.nan])
    lines = layer((0, 0), (1 / 3, 0), from_year=[2019, None]).set_geometry(
        gpd.GeoSeries([LineString([(0, 0), (1 / 7, 1e-300)]), None], crs="EPSG:4326")
    )
    poverty = pd.DataFrame(layer(*[(0, 0)] * len(ODD)).drop(columns="geometry")).assign(value=ODD)
    areas = gpd.GeoDataFrame(
        {"area_type": ["basin"], "area": ["x"], "name": ["Cuenca"]},
        geometry=[None],
        crs="EPSG:4326",
    )
    effort = pd.DataFrame(
        {
            "code": codes[:2],
            "date": pd.to_datetime(["2023-05-01", "1969-12-31"]),
            "team_days": [1.5, np.nan],
            "method": ["raid", None],
            "outcome": [None, "trafficking"],
            "found": [np.nan, 2.0],
        }
    )
    people = pd.DataFrame(
        {"area_type": "district", "area": codes, "year": 2020, "people": [10.0, 20.0, np.nan, 1e7]}
    )
    ways = gpd.GeoDataFrame(
        {
            "fid": [1, 2],
            "mode": "river",
            "way_class": [HOSTILE, None],
            "kmh_down_high": [1 / 3, 0.0],
            "kmh_up_high": np.nan,
            "kmh_down_low": [5e-324, 12.0],
            "kmh_up_low": 4.5,
            "length_km": [np.nan, 1 / 7],
            "crossings": [True, False],
        },
        geometry=[LineString([(0, 0), (1 / 7, 1 / 3)]), LineString([(1, 1), (2, 2), (3, 1)])],
        crs="EPSG:4326",
    )
    grid = pd.DataFrame(layer((0, 0), from_year=[2021]).drop(columns="geometry")).assign(value=0.1)
    crosswalk = pd.DataFrame(
        {"area_type": "basin", "area": "x", "code": codes, "year_from": 2000, "year_to": pd.NA}
    )
    contacts = pd.DataFrame(
        {
            "area_type": ["district", "department"],
            "area": [codes[0], codes[0][:2]],
            "institution": [HOSTILE, "Fiscalía"],
            "phone": ["(065) 22-0101", None],
        }
    )
    return [
        input_table("districts", named, note=(HOSTILE, "two")),
        input_table("official_area", pd.DataFrame({"code": codes[1:], "area_km2_official": 7.5})),
        input_table("capitals", capitals),
        input_table("points", points),
        input_table("population", people, (2020,)),
        input_table("layers/rivers", lines, (2019,)),
        input_table("layers/poverty", poverty),
        input_table("layers/forest", grid, (2021,), grid=raster()),
        input_table("travel.ways/rivers", ways),
        input_table("areas/basin", areas),
        input_table("crosswalks/basin", crosswalk),
        input_table("contacts/institutions", contacts),
        input_table("effort/raids", effort, (1969, 2023)),
        input_table(
            "cases/police",
            cases((codes[1], 2020, 2020, 3.0), (codes[0], 2021, 2021, float("nan"))),
            (2020, 2021),
        ),
        input_table("cases/court", cases((codes[0], 2019, 2021, 41.5)), (2019, 2020, 2021)),
    ]


def raster() -> Grid:
    """Seven rows of three cells, in strips of two, with what is awkward in floats."""
    cells = np.resize(np.array([*ODD, np.float64(7)]), (7, 3))
    return Grid(
        band=2, dtype="float64", height=7, width=3, strip_rows=2, west=-74.1, north=1 / 3,
        cell_width=0.1, cell_height=1 / 7, crs="EPSG:4326",
        strips=tuple(packed(cells[first : first + 2]) for first in range(0, 7, 2)),
    )  # fmt: skip


def run_record(store: Store, **changes: Any) -> RunRecord:
    """A run of what is stored now."""
    known: dict[str, Any] = {
        "id": RUN,
        "status": "draft",
        "created_at": "2026-11-20T12:00:00Z",
        "seed": 2**32 - 1,
        "target_year": 2022,
        "outcomes": ("trafficking",),
        "tested": True,
        "beats_baseline": True,
        "inputs": store.provenance(store.snapshot()),
        "settings": {
            "area": {"name": "Ribera"},
            "layers": [
                credit("rivers"),
                credit("poverty"),
                credit("hidden", draw=False),
                credit("unlicensed", licence=" "),
            ],
            "cases": [
                {"outcome": "trafficking", "label": "T", "label_en": "T", "stage": "transit"}
            ],
        },
        "versions": {"vigia": "0.1.0"},
        "validation": {"trafficking": {"held_out_rows": 3, "metrics": {}}},
        "factors": ({"id": "rivers__distance__polygon", "layer": "rivers"},),
        "warnings": ("one", "two"),
    }
    return RunRecord(**(known | changes))


def credit(layer_id: str, **changes: Any) -> dict[str, Any]:
    known = {"id": layer_id, "label": layer_id, "label_en": layer_id, "role": "risk"}
    known |= {"source": "S", "date": "2024", "licence": "CC0-1.0", "attribution": "A"}
    return known | {"note": [HOSTILE], "draw": True} | changes


def save_run(store: Store, record: RunRecord) -> None:
    """Save a run with tables as the models make them."""
    codes = districts()["code"].to_numpy()
    scores = pd.DataFrame({"outcome": "trafficking", "stage": "transit", "code": codes})
    for number, name in enumerate(SCORE_NUMBERS):
        scores[name] = np.arange(len(codes)) / 3 + number
    scores.loc[2, list(SCORE_NUMBERS)] = np.nan
    scores["level"] = ["high", "low", "no_data", "medium"]
    scores["no_data_reason"] = ["", "", "missing_factor:x", ""]
    scores["no_records"] = [True, False, False, False]
    factor = {"outcome": "trafficking", "stage": "transit", "factor": "rivers__distance__polygon"}
    store.save_run(
        record,
        scores=scores.iloc[::-1],
        contributions=pd.DataFrame(
            [factor | {"code": codes[0], "value": 1 / 3, "contribution": -0.2}]
        ),
        coefficients=pd.DataFrame([factor | {"coefficient": 0.1, "low": -1.0, "high": 1.0}]),
        service_times=pd.DataFrame(
            {
                "layer": "rivers",
                "season": ["low", "high"],
                "code": codes[0],
                "minutes": [np.nan, 0.1],
            }
        ),
        draws={"trafficking": np.arange(8.0).reshape(2, 4) / 7},
    )


SCORE_NUMBERS = (
    *("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high"),
    *("rank", "rank_low", "rank_high", "score"),
    *("p_above_mean", "p_above_high", "p_below_mean", "p_above_threshold"),
)


def fill(store: Store) -> None:
    """Everything, published."""
    store.ingest(inputs())
    index = pd.MultiIndex.from_product([districts()["code"], [2021]], names=["code", "year"])
    table = pd.DataFrame({"rivers__distance__polygon": [1 / 3, np.nan, 0.0, 2.0]}, index=index)
    store.save_features("e" * 16, store.snapshot(), table, {"factors": [], "years": [2021]})
    save_run(store, run_record(store))
    secret = f"whsec_{'A' * 32}"
    add_webhook(store, "https://example.invalid/a?b=c", secret=secret)
    publish(store, RUN, at=AT, freeze=answered)
    save_plan(store, plan())
    jobs.enqueue(store, "plan", {"places": [HOSTILE, "\0"], "minutes": 1 / 3})
    taken = jobs.claim(store, jobs.Worker("elsewhere", 1))
    assert taken is not None
    jobs.progress(store, taken, 1, 3, HOSTILE)
    jobs.finish(store, taken, plan().id)
    times = dict.fromkeys(("created_at", "started_at", "ended_at", "heartbeat"), AT)
    with jobs.taking_turn(store) as connection:  # in every store the same
        connection.execute(update(job_rows).values(id="j" * 22, **times))
    add_key(store, "Fiscalía '; DROP TABLE keys; --", collections=["runs"])
    told = {"prefix": "a" * 12, "sha256": "b" * 64, "created_at": AT, "expires_at": AT}
    add_person(store, f"José {HOSTILE[:20]}", "analyst", "twelve letters")
    with store.writing() as connection:
        connection.execute(update(key_rows).values(told))
        connection.execute(update(webhook_rows).values(id="c" * 12, created_at=AT))
        connection.execute(update(people_rows).values(password="$argon2id$", created_at=AT))


def answered(run: PublishedRun) -> list[Answer]:
    """Something that was answered of the run."""
    return [Answer("0101", HOSTILE.encode(), f"{run.record.id} {HOSTILE}".encode())]


def plan(**changes: Any) -> PlanRecord:
    """A plan of the run, with what is awkward in JSON."""
    known: dict[str, Any] = {
        "id": "d" * 16,
        "kind": "sites",
        "run": RUN,
        "request": {"teams": 3, "forced": [HOSTILE, "\0", ""], "reach_minutes": 1 / 3},
        "result": {"z": [None, True, 5e-324], "a": {HOSTILE: HOSTILE}},
        "created_at": AT,
        "versions": {"HiGHS": "1.12.0"},
    }
    return PlanRecord(**(known | changes))


def contents(store: Store) -> dict[str, str]:
    """All that can be read, each as text in which every bit counts."""
    snapshot = store.snapshot()
    features = store.latest_features()
    frames = {**tables(store, snapshot), "features": features.table if features else pd.DataFrame()}
    for run in store.runs():
        for name in ("scores", "contributions", "coefficients"):
            frames[f"{run.id} {name}"] = getattr(store, name)(run.id)
        frames[f"{run.id} draws"] = pd.DataFrame(store.draws(run.id, run.outcomes[0]))
    return {
        "snapshot": json.dumps(snapshot.to_json()),
        "provenance": json.dumps(store.provenance(snapshot)),
        "runs": "\n".join(map(repr, store.runs())),
        **later(store),
        **{name: exactly(frame) for name, frame in frames.items()},
    }


def later(store: Store) -> dict[str, str]:
    """What stores of the first schemas had no place for."""
    with store.reading() as connection:
        ids = connection.execute(select(job_rows.c.id).order_by(job_rows.c.number)).scalars().all()
    kept = {"plans": list_plans(store), "jobs": [jobs.get(store, one) for one in ids]}
    kept |= {"keys": list_keys(store), "people": list_people(store)}
    kept |= {"webhooks": list_webhooks(store)}
    kept |= {"answers": [district_at(store, one.number, "0101") for one in all_publications(store)]}
    kept["answers"] = [one for one in kept["answers"] if one is not None]
    frames = {"contacts": store.contacts(store.snapshot())}
    frames |= {f"{run.id} services": store.service_times(run.id) for run in store.runs()}
    told = {name: exactly(frame) for name, frame in frames.items() if len(frame)}
    return {name: "\n".join(map(repr, rows)) for name, rows in kept.items() if rows} | told


def tables(store: Store, snapshot: Snapshot) -> dict[str, pd.DataFrame]:
    kinds = (
        "districts",
        "capitals",
        "points",
        "population",
        "cases",
        "areas",
        "crosswalks",
        "effort",
    )
    layers = {key: store.layer(snapshot, key.split("/")[1]) for key in snapshot.keys_of("layers")}
    ways = {key: store.ways(snapshot, key.split("/")[1]) for key in snapshot.keys_of("travel.ways")}
    grids = {
        f"{key} {place}": pd.DataFrame(one.values).assign(
            **{name: getattr(one, name) for name in PLACE}
        )
        for key in layers
        for place, one in enumerate(store.rasters(snapshot, key.split("/")[1]))
    }
    return {name: getattr(store, name)(snapshot) for name in kinds} | layers | ways | grids


PLACE = ("west", "north", "cell_width", "cell_height", "crs", "from_year")


def exactly(frame: pd.DataFrame) -> str:
    """Types and values: floats in hexadecimal, geometry as bytes, None for what is missing."""
    said = [
        str(type(frame).__name__),
        str(frame.dtypes.astype(str).to_dict()),
        str(list(frame.index)),
    ]
    said += [f"{name}: {[_bits(value) for value in frame[name]]}" for name in frame.columns]
    return "\n".join(said)


def _bits(value: object) -> str:
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(value, byte_order=1).hex()
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "missing"
    return float.hex(value) if isinstance(value, float) else repr(value)
