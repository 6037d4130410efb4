"""From files to a published run, by the commands alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests import tiny_project
from tests.integration.commands import VIGIA, answer, exported, vigia, whole_way
from tests.projects import EXAMPLE, make_example
from vigia import pipeline
from vigia.new_project import build_example
from vigia.project import Project, load_project


@pytest.fixture(scope="module")
def example(example_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example region, as a copy: commands write where they run."""
    folder = tmp_path_factory.mktemp("example") / "project"
    return Path(shutil.copytree(example_project.folder, folder))


@pytest.fixture(scope="module")
def tiny(tiny_published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the one that is trained in no time: commands write where they run."""
    folder = tmp_path_factory.mktemp("tiny") / "project"
    return Path(shutil.copytree(tiny_published, folder))


def test_the_same_seed_gives_the_same_bytes(example: Path, tmp_path: Path) -> None:
    again = tmp_path / "project"
    make_example(again)
    for name in ("scores.csv", "scores.gpkg", "scores.parquet"):
        assert exported(example, name) == exported(again, name), name
    pages = []
    for folder in (example, again):
        page = tmp_path / f"{folder.parent.name}.html"
        vigia("map", "--offline", "--out", page, "--project", folder)
        pages.append(page.read_bytes())
    assert pages[0] == pages[1]


def test_doing_it_all_again_changes_nothing(example: Path) -> None:
    run = answer("runs", "--project", example)["runs"][0]["id"]
    reports = answer("ingest", "--project", example)["reports"]
    assert all(report["unchanged"] for report in reports)
    whole_way(example)
    runs = answer("runs", "--project", example)["runs"]
    assert [(r["id"], r["status"]) for r in runs] == [(run, "published")]


@pytest.mark.parametrize("season", ["high", "low"])
def test_travel_times_are_those_of_the_simulator(example: Path, season: str) -> None:
    """To the nearest of both kinds of post it has the mean; one kind alone can only be farther."""
    with pipeline.open_store(load_project(example)) as store:
        features = store.latest_features()
    assert features is not None
    year = max(features.meta["years"])
    columns = [f"{kind}__travel_time__population__{season}" for kind in ("police", "prosecutors")]
    nearest = features.table[columns].xs(year, level="year").min(axis=1).sort_index()
    truth = pd.read_parquet(example / "truth" / "travel.parquet")
    truth = truth[(truth["year"] == year) & (truth["season"] == season)].set_index("code")
    minutes = truth["mean_minutes"].reindex(nearest.index)
    close = 0.003 * minutes + 0.5  # speeds in the files are rounded to 0.01 km/h
    assert (nearest >= minutes - close).all()
    assert ((nearest - minutes).abs() <= close).mean() > 0.8
    assert minutes.max() > 300


def test_every_row_of_every_file_is_accounted_for(example: Path) -> None:
    for report in answer("ingest", "--project", example)["reports"]:
        parts = ("kept", "repaired", "merged", "rejected")
        assert report["rows_read"] == sum(report[part] for part in parts), report["key"]
        assert report["rows_read"] > 0


def test_publishing_is_one_switch_and_goes_back(tiny: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(tiny, tmp_path / "project"))
    first = exported(project)
    toml = project / "vigia.toml"
    toml.write_text(toml.read_text().replace("[model]\n", "[model]\nseed = 7\n"))
    whole_way(project)
    assert exported(project) != first
    second, before = (run["id"] for run in answer("runs", "--project", project)["runs"][:2])
    found = answer("runs", "compare", before, second, "--project", project)
    assert (found["before"], found["after"]) == (before, second)
    for outcome in found["outcomes"].values():
        assert outcome["rank_correlation"] > 0.95  # another seed moves the doubt, not the order
        assert outcome["moved"] == []
    vigia("publish", "--rollback", "--project", project)
    assert exported(project) == first


@pytest.mark.postgis
def test_both_stores_give_identical_scores(tiny: Path, postgis_url: str) -> None:
    whole_way(tiny, store=postgis_url)
    assert exported(tiny, store=postgis_url) == exported(tiny)


@pytest.mark.postgis
def test_both_stores_give_identical_features(
    example: Path, postgis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = load_project(example)
    with pipeline.open_store(project) as store:
        features = store.latest_features()
    monkeypatch.setenv("VIGIA_STORE_URL", postgis_url)
    pipeline.ingest(project)
    other = pipeline.build_features(project)
    assert features is not None
    assert other.id == features.id
    pd.testing.assert_frame_equal(other.table, features.table, check_exact=True)


def test_the_demo_goes_the_whole_way_from_where_it_is(tmp_path: Path) -> None:
    folder = tiny_project.write(tmp_path / "project")
    run = pipeline.published(build_example(folder)).record
    assert (run.outcomes, run.status) == (("trafficking",), "published")
    assert (folder / "var" / "reports" / f"{run.id}.html").exists()
    again = pipeline.published(build_example(folder))
    assert again.record == run


@pytest.mark.parametrize(
    ("arguments", "code"), [(("runs", "--json"), 0), (("runs", "show", "zzzz"), 8)]
)
def test_a_command_by_itself_says_what_its_fork_says(
    tiny: Path, arguments: tuple[str, ...], code: int
) -> None:
    command = [*arguments, "--project", str(tiny)]
    done = subprocess.run([VIGIA, *command], capture_output=True, text=True)
    forked = vigia(*command, code=code)
    assert (done.returncode, done.stdout, done.stderr) == (code, forked.stdout, forked.stderr)
    assert done.stdout + done.stderr != ""


def test_serving_loads_no_model() -> None:
    code = (
        "import sys, vigia.cli, api.app, api.server; "
        "loaded = {'sklearn', 'models.train', 'numba', 'exactextract'} & set(sys.modules); "
        "sys.exit(str(loaded) if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_mistakes_end_in_a_sentence_and_an_exit_code(example: Path, tmp_path: Path) -> None:
    assert "vigia init DIR" in vigia("ingest", "--project", tmp_path, code=3).stderr
    assert "nothing was changed" in vigia("init", example, code=3).stderr
    refused = vigia("serve", "--host", "0.0.0.0", "--project", example, code=3)
    assert "in the clear" in refused.stderr
    assert "no such" in vigia("runs", "show", "zzzz", "--project", example, code=8).stderr.lower()
    vigia("export", "--format", "xls", "--out", "x", "--project", example, code=2)
    empty = tmp_path / "empty"
    vigia("init", empty, *EXAMPLE)
    assert "vigia ingest" in vigia("features", "--project", empty, code=6).stderr
    vigia("ingest", "--project", empty)
    assert "vigia features" in vigia("train", "--project", empty, code=6).stderr
    assert "vigia train" in vigia("map", "--out", "x.html", "--project", empty, code=6).stderr
    said = answer("runs", "show", "zzzz", "--project", example, code=8)
    assert said["error"] == "NotFoundError"


def test_an_untested_or_losing_run_needs_a_name(example: Path, tmp_path: Path) -> None:
    runs = answer("runs", "--project", example)["runs"]
    beaten = runs[0]["tested"] and runs[0]["beats_baseline"]
    half = vigia(
        "publish", "latest", "--accept-worse", "why", "--project", example, code=7 * (not beaten)
    )
    assert beaten or "--by" in half.stderr
