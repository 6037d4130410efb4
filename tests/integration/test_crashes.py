"""``kill -9`` at many points: the published run stays served, and the next command works."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.commands import ROOT, environment, exported, hasten, vigia, whole_way

POINTS = 6
SIGN = ("--accept-worse", "A test publishes what came out.", "--by", "the tests")


def run_until(deadly: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.integration.killer", str(deadly), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=environment(),
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a published run, and newer cases waiting to be ingested."""
    folder = tmp_path_factory.mktemp("served") / "project"
    vigia("init", folder, "--example", "--districts", "40")
    hasten(folder)
    whole_way(folder)
    return folder


def before(command: str, served: Path, folder: Path) -> list[str | Path]:
    """A copy of the project in which ``command`` has something new to do."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(served, folder)
    here: list[str | Path] = ["--project", folder]
    toml = folder / "vigia.toml"
    if command == "ingest":
        toml.write_text(toml.read_text().replace('role = "detection"', 'role = "context"', 0))
        for path in folder.rglob("*.csv"):
            path.write_bytes(path.read_bytes() + b"\n")  # new bytes: a new version of each
        return here
    toml.write_text(toml.read_text().replace("draws = 200", "draws = 201"))
    if command == "publish":
        vigia("train", *here)
        return ["latest", *SIGN, *here]
    return here


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ingest", "train", "publish"])
def test_a_kill_leaves_the_published_run_served(command: str, served: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    was_served = exported(served)
    arguments = before(command, served, folder)
    whole = run_until(0, command, *arguments)
    assert whole.returncode == 0, whole.stderr
    total = int(whole.stderr.splitlines()[-1])
    assert total > POINTS
    afterwards = exported(folder)
    for deadly in sorted({1 + (total - 1) * point // (POINTS - 1) for point in range(POINTS)}):
        arguments = before(command, served, folder)
        killed = run_until(deadly, command, *arguments)
        assert killed.returncode == -signal.SIGKILL, (deadly, killed.stderr)
        allowed = {was_served, afterwards} if command == "publish" else {was_served}
        assert exported(folder) in allowed, f"killed at {deadly} of {total}"
        vigia(command, *arguments)
        assert exported(folder) == afterwards
