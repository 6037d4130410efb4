"""Whole commands in processes of their own, as users run them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.integration import forked

ROOT = Path(__file__).parent.parent.parent
HASTE = "draws = 200\norigins = 1\nspatial_folds = 2\nflows = 1\n"
VIGIA = str(Path(sys.executable).parent / "vigia")


def vigia(
    *arguments: str | Path,
    code: int = 0,
    store: str | None = None,
    cwd: Path | None = None,
    traced: bool = True,
) -> CompletedProcess[str]:
    """Run a command and hold it to its exit code; a traceback is never an answer."""
    done = forked.run([*map(str, arguments)], environment(store, traced=traced), cwd)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stdout[-3000:], done.stderr[-3000:])
    return done


def answer(*arguments: str | Path, code: int = 0, store: str | None = None) -> dict[str, Any]:
    """What a command says to machines."""
    said = vigia(*arguments, "--json", code=code, store=store).stdout
    return dict(json.loads(said.splitlines()[-1]))


def environment(store: str | None = None, *, traced: bool = True) -> dict[str, str]:
    """The environment of a command; ``store`` is the address of a PostGIS.

    What is not ``traced`` is as quick as for users: a third of the time goes into what coverage
    counts. For long commands that run through nothing but what others do.
    """
    left_out = {"VIGIA_STORE_URL"} | (set() if traced else {"COVERAGE_PROCESS_CONFIG"})
    plain = {key: value for key, value in os.environ.items() if key not in left_out}
    return plain | ({"VIGIA_STORE_URL": store} if store else {})


def hasten(folder: Path) -> None:
    """Let a project train with few draws and few folds: as it always does, only less of it."""
    toml = folder / "vigia.toml"
    text = toml.read_text(encoding="utf-8")
    assert text.count("[model]\n") == 1
    toml.write_text(text.replace("[model]\n", f"[model]\n{HASTE}"), encoding="utf-8")


def whole_way(
    folder: Path, *, data: Path | None = None, store: str | None = None, traced: bool = True
) -> None:
    """Ingest to publish; a run that its baselines beat is signed for."""
    where = ["--project", folder, *(["--data", data] if data else [])]
    for command in ("ingest", "features", "train"):
        vigia(command, *where, store=store, traced=traced)
    sign = ["--accept-worse", "A test publishes what came out.", "--by", "the tests"]
    vigia("publish", "latest", "--project", folder, *sign, store=store, traced=traced)


def exported(folder: Path, name: str = "scores.csv", store: str | None = None) -> bytes:
    """The scores as they leave, in bytes."""
    out = folder.parent / f"{folder.name}-{name}"
    form = out.suffix.removeprefix(".")
    vigia("export", "--format", form, "--out", out, "--project", folder, store=store)
    return out.read_bytes()
