"""``kill -9`` at many points: the published run stays served, and the next command works."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maps.export import export
from tests.integration.commands import ROOT, environment, vigia
from vigia import pipeline
from vigia.project import load_project

POINTS = 3
SIGN = ("--accept-worse", "A test publishes what came out.", "--by", "the tests")


def run_until(deadly: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.integration.killer", str(deadly), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment(traced=False),
    )


@pytest.fixture(scope="module")
def trained(tiny_published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a newer run, which is not published."""
    folder = tmp_path_factory.mktemp("trained") / "project"
    shutil.copytree(tiny_published, folder)
    toml = folder / "vigia.toml"
    toml.write_text(toml.read_text().replace("draws = 100", "draws = 101"))
    vigia("train", "--project", folder, traced=False)
    return folder


@pytest.fixture
def prepared(command: str, tiny_published: Path, trained: Path) -> Path:
    """A project in which ``command`` has something new to do."""
    return trained if command == "publish" else tiny_published


def served(folder: Path) -> bytes:
    """The published scores, read in this process: it is not what is killed."""
    out = folder.parent / "served.csv"
    export(pipeline.published(load_project(folder)), "csv", out)
    return out.read_bytes()


def before(command: str, prepared: Path, folder: Path) -> list[str | Path]:
    """A copy of the project; the arguments of ``command`` there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(prepared, folder)
    here: list[str | Path] = ["--project", folder]
    if command == "ingest":
        for path in folder.rglob("*.csv"):
            path.write_bytes(path.read_bytes() + b"\n")  # new bytes: a new version of each
    return {"train": ["--quick"], "publish": ["latest", *SIGN]}.get(command, []) + here


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ingest", "train", "publish"])
def test_a_kill_leaves_the_published_run_served(
    command: str, prepared: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    was_served = served(prepared)
    arguments = before(command, prepared, folder)
    whole = run_until(0, command, *arguments)
    assert whole.returncode == 0, whole.stderr
    total = int(whole.stderr.splitlines()[-1])
    assert total > POINTS
    afterwards = served(folder)
    for deadly in sorted({1 + (total - 1) * point // (POINTS - 1) for point in range(POINTS)}):
        arguments = before(command, prepared, folder)
        killed = run_until(deadly, command, *arguments)
        assert killed.returncode == -signal.SIGKILL, (deadly, killed.stderr)
        allowed = {was_served, afterwards} if command == "publish" else {was_served}
        assert served(folder) in allowed, f"killed at {deadly} of {total}"
        vigia(command, *arguments, traced=False)
        assert served(folder) == afterwards
