"""``vigia webhooks`` as it is typed, and a worker that delivers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data.publish import publish
from data.webhooks import list_webhooks
from tests import tiny_project
from tests.data import example
from tests.data.test_webhooks import Receiver
from vigia import worker
from vigia.cli import app
from vigia.errors import WebhookError
from vigia.pipeline import open_store
from vigia.project import load_project

SECRET = f"whsec_{'B' * 32}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    folder = tiny_project.write(tmp_path / "project")
    file = folder / "vigia.toml"
    told = file.read_text("utf-8") + "\n[serve]\nwebhooks_private = true\n"
    file.write_text(told, encoding="utf-8")
    return folder


def typed(project: Path, *words: str) -> Any:
    done = CliRunner().invoke(app, ["webhooks", *words, "--project", str(project), "--json"])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout)


def test_add_list_test_revoke(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    with Receiver() as receiver:
        made = typed(project, "add", receiver.url)
        assert made["secret"].startswith("whsec_")
        given = typed(project, "add", receiver.url, "--secret-from-env", "HOOK")
        assert "secret" not in given
        assert typed(project, "test", given["id"])["status"] == 204
        receiver.status = 500
        with pytest.raises(WebhookError, match="The answer was 500"):
            typed(project, "test", given["id"])
    with pytest.raises(WebhookError, match="has no NOTHING"):
        typed(project, "add", receiver.url, "--secret-from-env", "NOTHING")
    assert typed(project, "revoke", made["id"])["ended_why"] == "revoked"
    told = typed(project, "list")["webhooks"]
    assert [one["id"] for one in told] == [made["id"], given["id"]]
    assert "whsec_" not in json.dumps(told)


def test_a_worker_delivers_what_another_process_published(project: Path) -> None:
    opened = load_project(project)
    with Receiver() as receiver:
        typed(project, "add", receiver.url)
        with open_store(opened) as store:
            store.ingest(example.inputs())
            example.save_run(store, example.run_record(store))
            with worker._delivering(store, private=True):
                publish(store, example.RUN, at=example.AT)
                for _ in range(200):
                    if receiver.got and list_webhooks(store)[0].delivered_at:
                        break
                    time.sleep(0.05)
            assert list_webhooks(store)[0].delivered_at is not None
    ((_, body),) = receiver.got
    assert json.loads(body)["data"]["run"] == example.RUN
