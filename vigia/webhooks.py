"""The commands of ``vigia webhooks``; they import what they need when they run, as all do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vigia.errors import WebhookError
from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

if TYPE_CHECKING:
    from data.webhooks import Webhook

Identity = Annotated[str, typer.Argument(help="The webhook's id.")]
OK = range(200, 300)
webhooks_app = typer.Typer(help="Who is called when a run is published.", no_args_is_help=True)


@webhooks_app.command("add")
def webhooks_add(
    url: Annotated[str, typer.Argument(help="The address to call: https://...")],
    secret_from_env: Annotated[
        str | None,
        typer.Option(help="Environment variable with the secret (whsec_...); else one is made."),
    ] = None,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Call an address after every publication. A secret that is made is shown this once."""
    from data.webhooks import add_webhook
    from vigia.pipeline import open_store

    given = None if secret_from_env is None else os.environ.get(secret_from_env, "")
    if given == "":
        raise WebhookError(f"The environment has no {secret_from_env}.")
    opened = load_project(project)
    with open_store(opened) as store:
        private = opened.settings.serve.webhooks_private
        made = add_webhook(store, url, secret=given, private=private)
    terminal = Terminal(as_json=json)
    if given is not None:
        terminal.answer(f"Webhook {made.id} is called from now on.", _told(made))
        return
    if not json:
        terminal.err.print(f"Webhook {made.id}. Keep its secret now: it is not shown again.")
    terminal.answer(made.secret, _told(made) | {"secret": made.secret})


@webhooks_app.command("list")
def webhooks_list(project: Folder = HERE, json: Json = False) -> None:
    """All webhooks, with how they fare; no secret."""
    from data.webhooks import list_webhooks
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        known = list_webhooks(store)
    terminal = Terminal(as_json=json)
    rows = [(one.id, one.url, one.delivered_at or "", _state(one)) for one in known]
    terminal.table("Webhooks", ("id", "address", "delivered", "state"), rows)
    terminal.answer(f"{len(known)} webhooks.", {"webhooks": [_told(one) for one in known]})


@webhooks_app.command("revoke")
def webhooks_revoke(identity: Identity, project: Folder = HERE, json: Json = False) -> None:
    """Call an address no more."""
    from data.webhooks import revoke_webhook
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        ended = revoke_webhook(store, identity)
    Terminal(as_json=json).answer(f"The webhook {ended.id} is called no more.", _told(ended))


@webhooks_app.command("test")
def webhooks_test(identity: Identity, project: Folder = HERE, json: Json = False) -> None:
    """Send a message that tells of nothing, and say what was answered."""
    from data.webhooks import send_test
    from vigia.pipeline import open_store

    opened = load_project(project)
    with open_store(opened) as store:
        status = send_test(store, identity, private=opened.settings.serve.webhooks_private)
    if status not in OK:
        raise WebhookError(f"The answer was {status}, and counts as none: 200 to 299 do.")
    Terminal(as_json=json).answer(f"Delivered: {status}.", {"id": identity, "status": status})


def _state(one: Webhook) -> str:
    if one.ended_at is not None:
        return f"ended {one.ended_at}: {one.ended_why}"
    return f"failing since {one.failing_since}" if one.failing_since else "called"


def _told(one: Webhook) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "secret"}
