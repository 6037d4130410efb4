"""The commands of ``vigia people``; they import what they need when they run, as all do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vigia.options import HERE, Folder, Json
from vigia.project import load_project
from vigia.terminal import Terminal

if TYPE_CHECKING:
    from data.people import Person

RoleName = Literal["viewer", "analyst", "admin"]
Name = Annotated[str, typer.Argument(help="Under which the person logs in.")]
people_app = typer.Typer(help="People who log in to a running service.", no_args_is_help=True)


@people_app.command("add")
def people_add(
    name: Name,
    role: Annotated[RoleName, typer.Option(help="What the person may do.")] = "viewer",
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Let somebody log in. The password is asked for, or read from standard input."""
    from data.people import add_person
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        person = add_person(store, name, role, _password())
    Terminal(as_json=json).answer(f"{person.name} may log in as {person.role}.", _told(person))


@people_app.command("list")
def people_list(project: Folder = HERE, json: Json = False) -> None:
    """All people, with their roles; no passwords."""
    from data.people import list_people
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        known = list_people(store)
    terminal = Terminal(as_json=json)
    rows = [(one.name, one.role, one.created_at[:10], one.revoked_at or "") for one in known]
    terminal.table("People", ("name", "role", "since", "revoked"), rows)
    terminal.answer(f"{len(known)} people.", {"people": [_told(one) for one in known]})


@people_app.command("password")
def people_password(name: Name, project: Folder = HERE, json: Json = False) -> None:
    """Give somebody another password, and end all sessions."""
    from data.people import set_password
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        person = set_password(store, name, _password())
    Terminal(as_json=json).answer(f"{person.name} has another password.", _told(person))


@people_app.command("role")
def people_role(
    name: Name,
    role: Annotated[RoleName, typer.Argument(help="What the person may do from now on.")],
    project: Folder = HERE,
    json: Json = False,
) -> None:
    """Let somebody do more or less, and end all sessions."""
    from data.people import set_role
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        person = set_role(store, name, role)
    Terminal(as_json=json).answer(f"{person.name} may log in as {person.role}.", _told(person))


@people_app.command("revoke")
def people_revoke(name: Name, project: Folder = HERE, json: Json = False) -> None:
    """Let somebody log in no more; sessions end within a second or two."""
    from data.people import revoke_person
    from vigia.pipeline import open_store

    with open_store(load_project(project)) as store:
        person = revoke_person(store, name)
    Terminal(as_json=json).answer(f"{person.name} is revoked.", _told(person))


def _password() -> str:
    """Typed twice where somebody sits, else one line; never an argument, which others can see."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _told(person: Person) -> dict[str, Any]:
    return vars(person)
