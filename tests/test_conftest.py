"""The rules for tests that cannot run: of Peru's files they are left out aloud, others fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LONGEST

ROOT = Path(__file__).parent.parent
PYTEST = ("-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider")
PYTEST += ("-c", str(ROOT / "pyproject.toml"))
TESTS = """
import pytest


@pytest.mark.peru
def test_of_real_files(peru):
    assert peru.is_dir()


def test_of_nothing():
    pass
"""
SKIPPED = """

@pytest.mark.skip(reason="because")
def test_not_today():
    pass
"""


@pytest.fixture
def run(tmp_path: Path):  # type: ignore[no-untyped-def]
    def run(tests: str, **environment: str) -> tuple[int, str]:
        folder = tmp_path / "tests"
        folder.mkdir()
        (folder / "test_some.py").write_text(tests)
        done = subprocess.run(
            [sys.executable, *PYTEST, "--rootdir", str(folder), str(folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={k: v for k, v in os.environ.items() if k != "CI"} | environment,
        )
        return done.returncode, done.stdout

    return run


def test_without_the_files_a_line_says_what_is_left_out(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, said = run(TESTS, VIGIA_PERU_DATA=str(tmp_path / "nowhere"), CI="true")
    assert code == 0, said
    assert said.count("Tests of Peru's real files are left out") == 1
    assert "1 passed, 1 deselected" in said


def test_with_the_files_they_run(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, said = run(TESTS, VIGIA_PERU_DATA=str(tmp_path), CI="true")
    assert code == 0, said
    assert "2 passed" in said


def test_a_skip_fails_where_it_counts(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, said = run(TESTS + SKIPPED, VIGIA_PERU_DATA=str(tmp_path), CI="true")
    assert code == 1, said
    assert "1 skipped tests fail the session" in said


def test_long_modules_are_there_and_come_first() -> None:
    long = [f"tests/{module}" for module in LONGEST]
    assert all((ROOT / module).exists() for module in long)
    collected = ("--collect-only", "-p", "no:randomly", "tests/test_conftest.py", long[-1])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *collected], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.startswith(long[-1]), done.stdout + done.stderr
