"""The project folder: readable, complete, the same bytes each time, and defective as intended."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from data.synthetic import Region, SyntheticParams, simulate, write_project
from vigia.project import load_project

ROOT = Path(__file__).parent.parent.parent
WRITE = """
import sys
from pathlib import Path
from data.synthetic import SyntheticParams, simulate, write_project
write_project(simulate(SyntheticParams(districts=25, seed=9)), Path(sys.argv[1]))
"""


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_parameters_give_the_same_bytes(tmp_path: Path) -> None:
    """In different processes, at different times, with other hash seeds and time zones."""
    folders = []
    for name, hash_seed, zone in (("a", "1", "UTC"), ("b", "2", "Asia/Tokyo")):
        folder = tmp_path / name
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        subprocess.run([sys.executable, "-c", WRITE, str(folder)], cwd=ROOT, env=env, check=True)
        folders.append(hashes(folder))
    assert folders[0] == folders[1]
    assert len(folders[0]) > 30
    write_project(simulate(SyntheticParams(districts=25, seed=9)), tmp_path / "a")  # over the old
    assert hashes(tmp_path / "a") == folders[0]


def test_another_seed_is_another_region(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_project(simulate(SyntheticParams(districts=20, seed=seed)), tmp_path / str(seed))
    first, second = hashes(tmp_path / "1"), hashes(tmp_path / "2")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] == second[name]] == []


def test_the_project_file_reads_and_names_every_file(written: Path) -> None:
    project = load_project(written)
    settings = project.settings
    assert settings.travel is not None
    inputs = [
        settings.districts,
        settings.districts.capitals,
        settings.population,
        settings.population.points,
        *settings.layers,
        *settings.areas,
        *settings.cases,
        *settings.effort,
        *settings.contacts,
        *settings.travel.ways,
    ]
    named = {path for spec in inputs if spec is not None for path in project.files(spec)}
    there = {path.resolve() for path in (written / "datos").rglob("*") if path.is_file()}
    assert {path.resolve() for path in named} == there
    assert not [path for path in named if "truth" in path.parts]
    for spec in inputs:
        assert spec is not None
        assert "vigia" in spec.source
        assert spec.licence == "CC0-1.0"
    assert settings.area.synthetic


def test_every_column_that_the_project_file_names_is_there(written: Path) -> None:
    text = (written / "vigia.toml").read_text(encoding="utf-8")
    assert "truth" not in str(tomllib.loads(text))
    about = {"lon", "lat", "code", "name", "people", "year_column", "value", "from_year"}
    about |= {"until_year", "area", "count", "date_column", "team_days", "method", "found"}
    about |= {"class_column", "length_km", "kmh_down_high", "kmh_up_high"}
    about |= {"kmh_down_low", "kmh_up_low"}

    def tables(item: object) -> list[dict[str, object]]:
        if isinstance(item, dict):
            inner = [t for value in item.values() for t in tables(value)]
            return [item, *inner] if "path" in item else inner
        return [t for value in item for t in tables(value)] if isinstance(item, list) else []

    checked = 0
    for table in tables(tomllib.loads(text)):
        path = written / str(table["path"])
        if path.suffix == ".csv":
            raw = path.read_bytes()
            latin = "latin-1" if path.stem in LATIN else "utf-8-sig"
            head = raw.decode(latin).splitlines()[0]
            columns = set(head.split(";" if ";" in head else ","))
        else:
            columns = set(gpd.read_file(path, rows=1).columns)
        for key in about & table.keys():
            assert table[key] in columns, (path.name, key)
            checked += 1
    assert checked > 60


LATIN = {"pobreza", "pasos_frontera", "explotacion_distrito"}


def test_what_tests_replace_in_the_project_file_stands_there(written: Path) -> None:
    text = (written / "vigia.toml").read_text(encoding="utf-8")
    assert text.count("[model]\n") == 1
    assert text.count("seed = ") == 1
    assert load_project(written).settings.model.seed == SyntheticParams().seed


def test_files_have_the_defects_of_real_ones(written: Path, region: Region) -> None:
    data = written / "datos"
    assert (data / "poblacion.csv").read_bytes().startswith(b"\xef\xbb\xbfUBIGEO;")
    for name in LATIN:
        raw = next(data.rglob(f"{name}.csv")).read_bytes()
        with pytest.raises(UnicodeDecodeError):
            raw.decode("utf-8")
    districts = gpd.read_file(data / "distritos.gpkg")
    assert (~districts.is_valid).sum() == 1
    assert districts.geometry.notna().all()
    transit = pd.read_csv(data / "casos" / "transito_distrito.csv", dtype=str)
    assert transit["UBIGEO"].str.len().eq(5).all()
    recruitment = pd.read_csv(data / "casos" / "captacion_distrito.csv", sep=";", dtype=str)
    assert recruitment.duplicated().sum() >= 10
    known = set(region.districts.code)
    exploitation = pd.read_csv(
        data / "casos" / "explotacion_distrito.csv", sep=";", dtype=str, encoding="latin-1"
    )
    assert (~exploitation["UBIGEO"].isin(known)).sum() == 3
    centres = pd.read_csv(data / "cem.csv")
    assert centres["LATITUD"].lt(-60).all()
    police = pd.read_csv(data / "comisarias.csv", sep=";")
    assert police["LONGITUD"].eq(0).sum() == 1
    provinces = pd.read_csv(data / "provincias.csv", dtype=str)
    true = dict(zip(region.districts.province_code, region.districts.province, strict=True))
    assert (provinces["NOMBPROV"] != provinces["IDPROV"].map(true)).sum() == 2


def test_the_project_file_is_written_last(
    region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with a project file is whole: an interrupted example is begun again."""

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("data.synthetic.writing.write_truth", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_project(region, tmp_path / "half")
    assert not (tmp_path / "half" / "vigia.toml").exists()
