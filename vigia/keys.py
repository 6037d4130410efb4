"""The commands of ``vigia keys``; they import what they need when they run, as all do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

if TYPE_CHECKING:
    from data.keys import Key

Days = Annotated[int, typer.Option(help="How long the new key holds.", min=1, max=3650)]
Prefix = Annotated[str, typer.Argument(help="The key's public prefix.")]
keys_app = typer.Typer(help="Keys for those who ask over HTTP.", no_args_is_help=True)


@keys_app.command("add")
def keys_add(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    role: Annotated[
        Literal["partner", "viewer", "analyst", "admin"], typer.Option(help="What it may do.")
    ] = "partner",
    collection: Annotated[
        list[str] | None,
        typer.Option(help="map, districts, runs, layers, plans or metrics (repeat); else all."),
    ] = None,
    stage: Annotated[
        list[str] | None,
        typer.Option(help="recruitment, transit, exploitation or none (repeat); else all."),
    ] = None,
    resolution: Annotated[
        Literal["district", "province", "department"],
        typer.Option(help="The finest areas it opens."),
    ] = "district",
    days: Days = 365,
    per_minute: Annotated[int, typer.Option(help="Requests a minute.", min=1)] = 600,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Make a key. It is shown this once; the store keeps its hash alone."""
    from data.keys import add_key
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        key, written = add_key(
            store,
            name,
            role,
            collections=collection or (),
            stages=stage or (),
            resolution=resolution,
            days=days,
            per_minute=per_minute,
        )
    _show_once(key, written, json=json)


@keys_app.command("list")
def keys_list(project: Folder = HERE, json: Json = False) -> None:
    """All keys by their prefix, with what they open and until when; no secret."""
    from data.keys import list_keys
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        known = [_told(key) for key in list_keys(store)]
    terminal = Terminal(as_json=json)
    rows = [(one["prefix"], one["name"], one["role"], one["opens"], _end(one)) for one in known]
    terminal.table("Keys", ("prefix", "name", "role", "opens", "ends"), rows)
    terminal.answer(f"{len(known)} keys.", {"keys": known})


@keys_app.command("rotate")
def keys_rotate(
    prefix: Prefix,
    days: Days = 365,
    overlap: Annotated[int, typer.Option(help="Days that the old key goes on.", min=0)] = 14,
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Make a key in place of another, which goes on for a while."""
    from data.keys import rotate_key
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        key, written = rotate_key(store, prefix, days=days, overlap_days=overlap)
    _show_once(key, written, json=json)


@keys_app.command("revoke")
def keys_revoke(prefix: Prefix, project: Folder = HERE, json: Json = False) -> None:
    """End a key for good; a running service knows within a second or two."""
    from data.keys import revoke_key
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        key = revoke_key(store, prefix)
    Terminal(as_json=json).answer(f"The key {key.prefix} is revoked.", _told(key))


def _end(told: dict[str, Any]) -> str:
    """The day a key ends, in few characters: a prefix that a table cuts short is of no use."""
    day = str(told["revoked_at"] or told["expires_at"])[:10]
    return f"revoked {day}" if told["revoked_at"] else day


def _show_once(key: Key, written: str, *, json: bool) -> None:
    terminal = Terminal(as_json=json)
    if not json:
        terminal.err.print("Keep this key now: it cannot be shown again.")
    terminal.answer(written, _told(key) | {"key": written})


def _told(key: Key) -> dict[str, Any]:
    """What may be shown of a key."""
    opens = [*(key.collections or ("all",)), *key.stages, key.resolution]
    shown = ("prefix", "name", "role", "per_minute", "created_at", "expires_at")
    ended = ("revoked_at", "replaced_by")
    return {name: getattr(key, name) for name in (*shown, *ended)} | {"opens": ", ".join(opens)}
