"""``vigia people`` as administrators use it, and access logs that are purged."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from data.people import log_in
from data.store import Store
from tests import tiny_project
from vigia.cli import app
from vigia.errors import NotFoundError, PersonRefusedError
from vigia.project import load_project

GOOD = "una frase de paso larga"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    return Path(tiny_project.write(tmp_path / "project"))


def run(*arguments: str, folder: Path, typed: str = "") -> Result:
    arguments = (*arguments, "--project", str(folder))
    return CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False)


def people(*arguments: str, folder: Path, typed: str = "") -> str:
    done = run("people", *arguments, folder=folder, typed=typed)
    assert done.exit_code == 0, done.output
    return done.stdout


def logs_in(folder: Path, name: str, password: str) -> bool:
    with Store.open(load_project(folder).store_url()) as store:
        return log_in(store, name, password, datetime.now(UTC)) is not None


def test_added_listed_changed_and_revoked(folder: Path) -> None:
    said = people("add", "Ana", "--role", "analyst", folder=folder, typed=f"{GOOD}\n")
    assert "ana may log in as analyst" in said
    assert logs_in(folder, "ana", GOOD)
    people("password", "ana", folder=folder, typed="otra frase de paso\r\n")
    assert not logs_in(folder, "ana", GOOD)
    assert logs_in(folder, "ana", "otra frase de paso")
    assert "may log in as admin" in people("role", "ana", "admin", folder=folder)
    people("revoke", "ana", folder=folder)
    assert not logs_in(folder, "ana", "otra frase de paso")
    plain, listed = people("list", folder=folder), people("list", "--json", folder=folder)
    [told] = json.loads(listed)["people"]
    assert (told["name"], told["role"]) == ("ana", "admin")
    assert told["revoked_at"]
    assert "argon2" not in plain + listed


def test_a_password_is_no_argument(folder: Path) -> None:
    for option in ("--password", "-p"):
        assert run("people", "add", "ana", option, GOOD, folder=folder).exit_code == 2
    assert run("people", "add", "ana", GOOD, folder=folder).exit_code == 2


def test_nothing_on_standard_input_is_no_password(folder: Path) -> None:
    with pytest.raises(PersonRefusedError):
        people("add", "ana", folder=folder)
    for change in (("revoke", "ana"), ("role", "ana", "admin")):
        with pytest.raises(NotFoundError):
            people(*change, folder=folder)
    assert run("people", "role", "ana", "king", folder=folder).exit_code == 2


def test_somebody_who_sits_there_is_asked_twice_and_sees_nothing(folder: Path) -> None:
    mine, theirs = pty.openpty()
    command = [sys.executable, "-m", "vigia", "people", "add", "ana", "--project", str(folder)]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, start_new_session=True
    )
    os.close(theirs)
    seen = ""
    for prompt in ("Password: ", "Repeat for confirmation: "):
        while not seen.endswith(prompt):
            seen += os.read(mine, 1000).decode()
        os.write(mine, f"{GOOD}\n".encode())
    assert process.wait(60) == 0
    assert GOOD not in seen
    assert logs_in(folder, "ana", GOOD)


def test_access_logs_are_purged_to_the_day(folder: Path) -> None:
    access = folder / "var" / "access"
    access.mkdir(parents=True)
    for day in ("2026-05-29", "2026-05-30", "2026-05-31"):
        (access / f"{day}.jsonl").write_text("{}\n")
    done = run("purge", "--access-before", "2026-05-31", "--json", folder=folder)
    assert json.loads(done.stdout) == {"days": ["2026-05-29", "2026-05-30"]}
    assert [file.name for file in access.iterdir()] == ["2026-05-31.jsonl"]


@pytest.mark.parametrize(
    "arguments",
    [(), ("complaints",), ("--year", "2020"), ("--access-before", "yesterday"),
     ("complaints", "--year", "2020", "--access-before", "2026-05-31")],
)  # fmt: skip
def test_a_purge_that_cannot_be_meant(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run("purge", *arguments, folder=folder).exit_code == 2
