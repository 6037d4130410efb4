"""What is told beside the scores, from the files of a project to what readers get."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from data.publish import beside, publication_id
from geo.features import feature_table
from tests import tiny_project
from tests.integration.commands import vigia
from tests.tiny_project import SOUTH, WEST
from vigia import pipeline
from vigia.measuring import what_is_measured
from vigia.project import Project, load_project
from vigia.service_times import service_factors

CREDIT = 'source = "the tests"\ndate = "2020"\nlicence = "CC0-1.0"\nattribution = "the tests"\n'
SERVICES = f"""
[population.points]
path = "points.csv"
code = "code"
people = "people"
lon = "lon"
lat = "lat"
{CREDIT}
[travel]
walk_limit_minutes = 600.0

[[travel.ways]]
id = "road"
mode = "road"
path = "road.geojson"
kmh_down_high = "high"
kmh_up_high = "high"
kmh_down_low = "low"
kmh_up_low = "low"
{CREDIT}
[[layers]]
id = "posts"
label = "Puestos"
label_en = "Posts"
path = "posts.csv"
lon = "lon"
lat = "lat"
role = "context"
service = "health"
{CREDIT}
[[contacts]]
id = "who"
path = "who.csv"
code = "code"
institution = "name"
source = "the tests"
date = "2020"
"""


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The tiny project with a road along its southern row, a post at its western end, a contact."""
    folder = tiny_project.write(
        tmp_path_factory.mktemp("beside") / "project",
        tiny_project.SETTINGS.replace("[[layers]]", SERVICES + "\n[[layers]]", 1),
    )
    lat = SOUTH + 0.1
    ends = [[WEST + 0.1, lat], [WEST + 0.7, lat]]
    road = {
        "type": "Feature",
        "properties": {"high": 60.0, "low": 30.0},
        "geometry": {"type": "LineString", "coordinates": ends},
    }
    content = {"type": "FeatureCollection", "features": [road]}
    (folder / "road.geojson").write_text(json.dumps(content))
    rows = [
        (code, 100, shape.centroid.x, shape.centroid.y)
        for code, shape in zip(
            tiny_project.districts()["code"], tiny_project.districts().geometry, strict=True
        )
    ]
    points = pd.DataFrame(rows, columns=["code", "people", "lon", "lat"])
    points.to_csv(folder / "points.csv", index=False)
    (folder / "posts.csv").write_text(f"lon,lat\n{ends[0][0]},{lat}\n")
    (folder / "who.csv").write_text("code,name\n010101,Subprefectura\n")
    for command in ("ingest", "features", "train"):
        vigia(command, "--project", folder)
    vigia("publish", "latest", "--accept-worse", "a test", "--by", "A", "--project", folder)
    return load_project(folder)


def test_ways_to_services_are_measured_as_factors_are(project: Project) -> None:
    table = pipeline.beside(project, pipeline.published(project)).services
    southern = table[table["code"].str.endswith("01")].set_index(["season", "code"])["minutes"]
    assert southern["high", "010101"] == pytest.approx(0, abs=0.1)
    far = southern.xs("020201", level="code")
    assert far["low"] == pytest.approx(2 * far["high"], rel=1e-6)
    assert far["high"] == pytest.approx(66, rel=0.01)  # 66 km of road
    with pipeline.open_store(project) as store:
        snapshot = pipeline.stored_snapshot(project, store)
        services = service_factors(project.settings)
        it = what_is_measured(project.settings, store, snapshot, also=services)
        again = feature_table(
            it.region, it.layers, services, [2023], it.metric, pipeline.silent, network=it.network
        )
    for factor in services:
        rows = table[table["season"] == factor.season].set_index("code")["minutes"]
        pd.testing.assert_series_equal(
            rows, again[factor.id].xs(2023, level="year"), check_names=False, check_exact=True
        )


def test_no_model_learns_from_the_ways_to_services(project: Project) -> None:
    run = pipeline.published(project)
    assert [factor["layer"] for factor in run.record.factors] == ["mining"]
    assert {one.id: one.service for one in run.layers} == {"posts": "health", "mining": None}


def test_a_newer_contact_is_told_without_a_training(project: Project) -> None:
    with pipeline.open_store(project) as store:
        before = publication_id(store)
    told = pipeline.beside(project, pipeline.published(project)).contacts
    assert told[["area", "institution"]].values.tolist() == [["010101", "Subprefectura"]]
    assert told["phone"].isna().all()
    (project.folder / "who.csv").write_text("code,name\n010101,Fiscalía\n")
    pipeline.ingest(project)
    now = pipeline.beside(project, pipeline.published(project)).contacts
    assert now["institution"].tolist() == ["Fiscalía"]
    with pipeline.open_store(project) as store:
        assert publication_id(store) != before
        record = store.run("latest")
        assert beside(store, record).contacts.empty  # the project names none any more
    assert pipeline.train(project).id == record.id
    assert not [key for key in record.inputs if key.startswith("contacts/")]


def test_earlier_years_are_those_that_were_published(project: Project) -> None:
    with pipeline.open_store(project) as store:
        record = store.run("latest")
        later = replace(record, target_year=record.target_year + 1)
        (found,) = beside(store, later).earlier
        assert (found.run, found.target_year) == (record.id, record.target_year)
        assert len(found.scores) == 12
        assert beside(store, record).earlier == ()


def test_a_layer_becomes_a_service_only_with_new_features(project: Project) -> None:
    text = (project.folder / "vigia.toml").read_text()
    (project.folder / "vigia.toml").write_text(text.replace('service = "health"\n', ""))
    try:
        with pytest.raises(pipeline.MissingStepError, match="changed after the feature table"):
            pipeline.train(load_project(project.folder))
    finally:
        (project.folder / "vigia.toml").write_text(text)


def test_a_table_is_no_service(tmp_path: Path) -> None:
    settings = tiny_project.SETTINGS.replace(
        'role = "risk"',
        'role = "risk"\nkind = "attributes"\ncode = "a"\nvalue = "b"\nservice = "police"',
    )
    with pytest.raises(Exception, match="a service is a layer of places"):
        load_project(tiny_project.write(tmp_path / "project", settings))
