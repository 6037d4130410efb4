"""People: they log in with their password alone, and their sessions end when they should."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.backup import restore_backup, write_backup
from data.people import (
    ABSOLUTE,
    IDLE,
    SEEN_EVERY,
    Person,
    Session,
    add_person,
    digest,
    find_session,
    list_people,
    log_in,
    log_out,
    mark_seen,
    revoke_person,
    set_password,
    set_role,
)
from data.store import Store
from vigia.errors import NotFoundError, PersonRefusedError
from vigia.project import Project

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
GOOD = "una frase de paso larga"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def begun(store: Store, name: str = "ana", password: str = GOOD) -> str:
    found = log_in(store, name, password, AT)
    assert found
    return found[0]


def session(store: Store, token: str) -> Session:
    found = find_session(store, digest(token))
    assert found
    return found


def test_somebody_logs_in_and_nothing_secret_is_kept(store: Store) -> None:
    person = add_person(store, " Ana ", "analyst", GOOD, at=AT)
    assert person == Person("ana", "analyst", "2026-11-26T12:00:00Z")
    token = begun(store, "ANA")
    assert session(store, token).person == person
    with store.reading() as connection:
        rows = [
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            for table in ("people", "sessions")
        ]
    assert "$argon2id$" in rows[0]
    assert GOOD not in rows[0]
    assert token not in rows[1]


def test_letters_with_accents_are_the_same_however_they_are_typed(store: Store) -> None:
    password = "contraseña número uno"
    add_person(store, "José", "viewer", unicodedata.normalize("NFD", password))
    name = unicodedata.normalize("NFD", "JOSÉ")
    assert log_in(store, name, unicodedata.normalize("NFC", password), AT)


@pytest.mark.parametrize("password", ["", GOOD[:-1], GOOD.upper(), GOOD * 20, "\ud800" * 20, "\0"])
def test_another_password_is_none(store: Store, password: str) -> None:
    add_person(store, "ana", "viewer", GOOD)
    assert log_in(store, "ana", password, AT) is None
    assert log_in(store, "nobody", password, AT) is None


def test_tokens_are_fresh_and_long(store: Store) -> None:
    add_person(store, "ana", "viewer", GOOD)
    tokens = {begun(store) for _ in range(5)}
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {43}  # 256 bits


def test_a_session_ends_when_idle_and_in_any_case(store: Store) -> None:
    add_person(store, "ana", "viewer", GOOD)
    token = begun(store)
    second = timedelta(seconds=1)
    assert session(store, token).stands(AT + IDLE - second)
    assert not session(store, token).stands(AT + IDLE)
    moment = AT
    while moment + IDLE / 2 < AT + ABSOLUTE:
        moment += IDLE / 2
        mark_seen(store, digest(token), moment)
    assert session(store, token).stands(moment)
    assert not session(store, token).stands(AT + ABSOLUTE)
    assert not session(store, token).to_be_seen(moment + SEEN_EVERY - second)
    assert session(store, token).to_be_seen(moment + SEEN_EVERY)


def test_sessions_end_with_logout_password_role_and_revocation(store: Store) -> None:
    add_person(store, "ana", "viewer", GOOD)
    add_person(store, "eva", "viewer", GOOD)
    other = begun(store, "eva")
    for end in (
        lambda token: log_out(store, digest(token)),
        lambda _: set_password(store, "ana", GOOD),
        lambda _: set_role(store, "Ana", "admin"),
        lambda _: revoke_person(store, "Ana", at=AT),
    ):
        token = begun(store)
        end(token)
        assert find_session(store, digest(token)) is None
    assert session(store, other)
    assert log_in(store, "ana", GOOD, AT) is None
    assert [one.role for one in list_people(store)] == ["admin", "viewer"]
    assert [one.revoked_at for one in list_people(store)] == ["2026-11-26T12:00:00Z", None]
    revoke_person(store, "ana", at=AT + ABSOLUTE)
    assert list_people(store)[0].revoked_at == "2026-11-26T12:00:00Z"


def test_old_sessions_are_forgotten(store: Store) -> None:
    add_person(store, "ana", "viewer", GOOD)
    old = begun(store)
    log_in(store, "ana", GOOD, AT + IDLE)
    assert find_session(store, digest(old)) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("", GOOD),
        (" ", GOOD),
        ("a\nb", GOOD),
        ("a" * 101, GOOD),
        ("ana", "short"),
        ("ana", "x" * 201),
    ],
)
def test_who_cannot_be_let_in(store: Store, name: str, password: str) -> None:
    with pytest.raises(PersonRefusedError):
        add_person(store, name, "viewer", password)
    assert list_people(store) == ()


def test_names_are_not_given_twice(store: Store) -> None:
    add_person(store, "ana", "viewer", GOOD)
    revoke_person(store, "ana")
    with pytest.raises(PersonRefusedError, match="ana"):
        add_person(store, "Ana", "admin", GOOD)
    for ask in (revoke_person, lambda s, n: set_password(s, n, GOOD)):
        with pytest.raises(NotFoundError):
            ask(store, "eva")


def test_a_restore_brings_people_back_and_no_session(project: Project, tmp_path: Path) -> None:
    with Store.open(project.store_url()) as store:
        add_person(store, "ana", "viewer", GOOD)
        token = begun(store)
    write_backup(project, tmp_path / "backup.zip")
    restore_backup(project, tmp_path / "backup.zip")
    with Store.open(project.store_url()) as store:
        assert find_session(store, digest(token)) is None
        assert begun(store)
