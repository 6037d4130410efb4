"""``vigia keys`` as administrators use it; the secret is shown once, alone, on standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.keys import WRITTEN
from tests import tiny_project
from vigia.cli import app
from vigia.errors import KeyRefusedError


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    return ["--project", str(tiny_project.write(tmp_path / "project"))]


def keys(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["keys", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_made_listed_rotated_and_revoked(where: list[str]) -> None:
    narrow = ("--collection", "runs", "--collection", "layers", "--stage", "transit")
    written = keys("add", "[red]=HYPERLINK(1)", "--role", "viewer", *narrow, *where).strip()
    made = WRITTEN.fullmatch(written)
    assert made
    told = json.loads(keys("rotate", made[1], "--overlap", "3", "--json", *where))
    assert WRITTEN.fullmatch(told["key"])
    keys("revoke", told["prefix"], *where)
    plain, listed = keys("list", *where), json.loads(keys("list", "--json", *where))["keys"]
    assert made[2] not in plain
    assert all(one["prefix"] in plain for one in listed)
    assert "revoked" in plain.split("ends")[1]
    assert [one["prefix"] for one in listed] == [made[1], told["prefix"]]
    assert listed[0]["replaced_by"] == told["prefix"]
    assert listed[0]["name"] == listed[1]["name"] == "[red]=HYPERLINK(1)"
    assert listed[1]["revoked_at"]
    assert not any({"key", "sha256"} & one.keys() for one in listed)


def test_a_name_that_would_upset_a_terminal_is_refused(where: list[str]) -> None:
    with pytest.raises(KeyRefusedError):
        keys("add", "\x1b[2J", *where)
    assert json.loads(keys("list", "--json", *where)) == {"keys": []}
