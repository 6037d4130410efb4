"""What the doctor sees; it neither changes nor tells anything of cases."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.doctor import Check, examine
from data.lock import project_lock
from data.schema import VERSION_TABLE
from data.store import Store
from tests import tiny_project
from tests.data import example
from tests.data.inputs import input_table, layer
from vigia.project import Project, load_project

TODAY = datetime(2026, 11, 24, tzinfo=UTC)


def looked(project: Project) -> dict[str, Check]:
    return {check.name: check for check in examine(project, TODAY)}


def with_shelf_life(project: Project, years: int | None) -> Project:
    (mining,) = project.settings.layers
    layers = (mining.model_copy(update={"shelf_life_years": years}),)
    return replace(project, settings=project.settings.model_copy(update={"layers": layers}))


def test_all_is_well(filled: Project) -> None:
    with Store.open(filled.store_url()) as store:
        store.ingest([input_table("layers/mining", layer((1, 1)))])
        was = example.contents(store)
    found = looked(filled)
    assert {name for name, check in found.items() if not check.ok} == set()
    assert list(found) == [
        *("lock", "disk", "store", "schema", "integrity", "runs", "rasters", "publication"),
        "layer mining",
    ]
    assert example.RUN in found["publication"].detail
    with Store.open(filled.store_url()) as store:
        assert example.contents(store) == was


@pytest.mark.parametrize(
    ("date", "years", "ok"),
    [
        ("2023", 3, True),
        ("2022", 3, False),
        ("2023-11", 3, True),
        ("2023-10", 3, False),
        ("2023-11-24", 3, True),
        ("2023-11-23", 3, False),
        ("1950", None, True),
    ],
)
def test_age_against_shelf_life(date: str, years: int | None, ok: bool, tmp_path: Path) -> None:
    project = with_shelf_life(load_project(tiny_project.write(tmp_path / "p")), years)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VIGIA_STORE_URL", raising=False)
        with Store.open(project.store_url()) as store:
            store.ingest([input_table("layers/mining", layer((1, 1)), date=date)])
        check = looked(project)["layer mining"]
    assert check.ok == ok
    assert date in check.detail
    assert ("out of date" in check.detail) != ok


def test_nothing_is_there_yet(project: Project) -> None:
    found = looked(project)
    assert not all(check.ok for check in found.values())
    assert any("vigia ingest" in check.detail for check in found.values())
    Store.open(project.store_url()).close()
    found = looked(project)
    assert {name for name, check in found.items() if not check.ok} == {
        "publication",
        "layer mining",
    }


def test_it_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    project = load_project(tiny_project.write(tmp_path / "project"))
    assert not looked(project)["store"].ok
    assert os.listdir(project.var) == ["lock"]  # noqa: PTH208


def test_somebody_is_at_work(filled: Project) -> None:
    with project_lock(filled):
        check = looked(filled)["lock"]
    assert not check.ok
    assert str(os.getpid()) in check.detail


def test_another_version(filled: Project) -> None:
    with Store.open(filled.store_url()) as store, store.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    found = looked(filled)
    assert not found["schema"].ok
    assert "newer vigia" in found["schema"].detail
    assert "runs" not in found


def test_a_run_that_lost_a_part(filled: Project) -> None:
    with Store.open(filled.store_url()) as store, store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM draw_parts")
    assert not looked(filled)["runs"].ok


def test_a_raster_that_lost_a_part(filled: Project) -> None:
    assert looked(filled)["rasters"].detail == "1 rasters, whole"
    with Store.open(filled.store_url()) as store, store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM raster_parts WHERE part = 2")
    found = looked(filled)["rasters"]
    assert not found.ok
    assert "not whole" in found.detail


def test_ways_that_were_not_ingested(project: Project, tmp_path: Path) -> None:
    settings = tiny_project.SETTINGS + (
        '[travel]\n[[travel.ways]]\nid = "rivers"\npath = "r"\nmode = "river"\n'
        'source = "us"\ndate = "2020"\nlicence = ""\nattribution = "us"\n'
    )
    project = load_project(tiny_project.write(tmp_path / "ways", settings))
    with Store.open(project.store_url()) as store:
        assert not looked(project)["ways rivers"].ok
        example.fill(store)
    assert looked(project)["ways rivers"] == Check("ways rivers", ok=True, detail="of 2024")


def test_a_damaged_file_and_a_server_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = load_project(tiny_project.write(tmp_path / "project"))
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    path = Path(project.store_url().removeprefix("sqlite:///"))
    with Store.open(project.store_url()) as store:
        example.fill(store)
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\xff" * 12288
    path.write_bytes(content)
    found = looked(project)
    assert not all(check.ok for check in found.values())
    assert "damaged" in " ".join(check.detail for check in found.values())
    monkeypatch.setenv("VIGIA_STORE_URL", f"postgresql://u:hidden@/x?host={tmp_path}")
    check = looked(project)["store"]
    assert not check.ok
    assert "hidden" not in check.detail
