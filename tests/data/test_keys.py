"""Keys: made, found again by their secret alone, rotated with an overlap, ended."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from data import keys
from data.keys import add_key, list_keys, match, revoke_key, rotate_key
from data.store import Store
from vigia.errors import KeyRefusedError, NotFoundError

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened


def known(store: Store) -> dict[str, keys.Key]:
    return {key.prefix: key for key in list_keys(store)}


def test_a_key_is_found_by_its_secret_which_is_kept_nowhere(store: Store) -> None:
    key, written = add_key(store, "Fiscalía", "viewer", stages=["transit"], days=10, at=AT)
    assert re.fullmatch(f"vigia_{key.prefix}_[A-Za-z0-9_-]{{43}}", written)
    assert match(known(store), written, AT) == key
    with store.reading() as connection:
        row = str(connection.exec_driver_sql("SELECT * FROM keys").one())
    assert key.prefix in row
    assert written.rpartition(f"{key.prefix}_")[2] not in row


def test_no_two_keys_are_alike(store: Store) -> None:
    made = [add_key(store, "one name") for _ in range(20)]
    assert len({written for _, written in made}) == len({key.prefix for key, _ in made}) == 20


@pytest.mark.parametrize("change", [lambda k: k[:-1], lambda k: k + "A", lambda k: k.upper(),
                                    lambda k: k + "\n", lambda k: "", lambda k: "\ud800" + k,
                                    lambda k: k[:19] + "A" * 43])  # fmt: skip
def test_a_key_that_is_not_quite_right_is_none(store: Store, change: Callable[[str], str]) -> None:
    _, written = add_key(store, "x", at=AT)
    assert match(known(store), written, AT) is not None
    assert match(known(store), change(written), AT) is None


def test_the_secret_of_one_key_does_not_open_another(store: Store) -> None:
    (one, _), (_, other) = add_key(store, "a", at=AT), add_key(store, "b", at=AT)
    mixed = f"vigia_{one.prefix}_{other[19:]}"
    assert keys.WRITTEN.fullmatch(mixed)
    assert match(known(store), mixed, AT) is None


def test_expired_and_revoked_keys_are_none(store: Store) -> None:
    key, written = add_key(store, "x", days=1, at=AT)
    assert match(known(store), written, AT + timedelta(hours=23)) is not None
    assert match(known(store), written, AT + timedelta(days=1)) is None
    revoke_key(store, key.prefix, at=AT)
    again = revoke_key(store, key.prefix, at=AT + timedelta(hours=1))
    assert again.revoked_at == "2026-11-26T12:00:00Z"
    assert match(known(store), written, AT) is None


def test_a_rotated_key_goes_on_for_the_overlap_and_opens_no_more(store: Store) -> None:
    old, before = add_key(store, "x", "viewer", collections=["districts"], days=300, at=AT)
    new, after = rotate_key(store, old.prefix, days=300, overlap_days=7, at=AT)
    assert (new.name, new.role, new.collections) == (old.name, old.role, old.collections)
    assert known(store)[old.prefix].replaced_by == new.prefix
    for days, opens in ((6, True), (7, False)):
        later = AT + timedelta(days=days)
        assert (match(known(store), before, later) is not None) is opens
        assert match(known(store), after, later) == new
    with pytest.raises(KeyRefusedError, match="replaced already"):
        rotate_key(store, old.prefix, days=1, overlap_days=1, at=AT)


def test_a_rotation_does_not_lengthen_the_old_key(store: Store) -> None:
    old, before = add_key(store, "x", days=2, at=AT)
    rotate_key(store, old.prefix, days=300, overlap_days=30, at=AT)
    assert match(known(store), before, AT + timedelta(days=3)) is None


def test_secrets_are_compared_in_constant_time_for_unknown_prefixes_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(1) or real(a, b))
    _, written = add_key(store, "x", at=AT)
    match(known(store), written, AT)
    match({}, written, AT)
    match(known(store), "nonsense", AT)
    assert len(compared) == 3


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[2Ja", "x" * 101, "a\u202eb"])
def test_a_name_that_would_upset_a_list_is_refused(store: Store, name: str) -> None:
    with pytest.raises(KeyRefusedError, match="printable"):
        add_key(store, name)
    assert list_keys(store) == ()


@pytest.mark.parametrize("prefix", ["", "0" * 12, "'; DROP TABLE keys; --", "\x00", "%"])
def test_a_prefix_that_is_none_is_said(store: Store, prefix: str) -> None:
    add_key(store, "x")
    with pytest.raises(NotFoundError):
        revoke_key(store, prefix)
    assert len(list_keys(store)) == 1


@pytest.mark.parametrize("more", [{"collections": ["runs", "x"]}, {"stages": ["captación"]}])
def test_what_cannot_be_opened_is_said(store: Store, more: dict[str, list[str]]) -> None:
    with pytest.raises(KeyRefusedError, match="There is no such"):
        add_key(store, "x", **more)
    assert list_keys(store) == ()
