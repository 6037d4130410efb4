"""What was answered of a publication, as it left: kept when it was published, never made anew."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select

from data.records import PublishedRun
from data.service_tables import answers, withdrawals
from data.store import Store
from data.tables import publications, runs


@dataclass(frozen=True)
class Answer:
    """Of one district, as JSON: its scores as lists have them, and all that is told of it."""

    code: str
    scores: bytes
    district: bytes


Freeze = Callable[[PublishedRun], Iterable[Answer]]


@dataclass(frozen=True)
class Publication:
    """One switch of what is served; a rollback is one too.

    Attributes
    ----------
    at : str
        UTC, ISO 8601.
    withdrawn : bool
        Its run was taken back for good.
    """

    number: int
    run: str
    at: str
    withdrawn: bool


def keep(connection: Connection, publication: int, told: Iterable[Answer]) -> None:
    """Keep what is answered of a publication, in the transaction that makes it one."""
    rows = [
        {
            "publication": publication,
            "code": one.code,
            "scores": zlib.compress(one.scores),
            "district": zlib.compress(one.district),
        }
        for one in told
    ]
    if rows:
        connection.execute(insert(answers), rows)


def forget(connection: Connection, run_id: str) -> None:
    """Let go of all that was answered of a run."""
    of_run = select(publications.c.number).join(runs).where(runs.c.id == run_id)
    connection.execute(delete(answers).where(answers.c.publication.in_(of_run)))


def all_publications(store: Store) -> list[Publication]:
    """Every switch there was, in order."""
    with store.reading() as connection:
        return [_publication(row) for row in connection.execute(_log())]


def scores_at(store: Store, publication: int) -> list[bytes]:
    """Of each district, by code, its scores as JSON; nothing where no answers were kept."""
    wanted = select(answers.c.scores).where(answers.c.publication == publication)
    with store.reading() as connection:
        found = connection.execute(wanted.order_by(answers.c.code)).scalars().all()
    return [zlib.decompress(one) for one in found]


def district_at(store: Store, publication: int, code: str) -> bytes | None:
    """What was told of one district, as JSON."""
    wanted = select(answers.c.district).where(
        answers.c.publication == publication, answers.c.code == code
    )
    with store.reading() as connection:
        found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else zlib.decompress(found)


def any_at(store: Store, publication: int) -> bytes | None:
    """What was told of some district; None where no answers were kept."""
    wanted = select(answers.c.district).where(answers.c.publication == publication).limit(1)
    with store.reading() as connection:
        found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else zlib.decompress(found)


def history(store: Store, code: str, limit: int) -> list[tuple[Publication, bytes]]:
    """Scores of a district at each publication, the last first; withdrawn runs are left out."""
    wanted = (
        _log()
        .add_columns(answers.c.scores)
        .join(answers, answers.c.publication == publications.c.number)
        .where(answers.c.code == code, withdrawals.c.run.is_(None))
        .order_by(None)
        .order_by(publications.c.number.desc())
        .limit(limit)
    )
    with store.reading() as connection:
        rows = connection.execute(wanted).all()
    return [(_publication(row), zlib.decompress(row.scores)) for row in rows]


def _log() -> Select[Any]:
    return (
        select(
            publications.c.number,
            publications.c.at,
            runs.c.id.label("run"),
            withdrawals.c.run.label("withdrawn"),
        )
        .join(runs, runs.c.number == publications.c.run)
        .outerjoin(withdrawals, withdrawals.c.run == runs.c.id)
        .order_by(publications.c.number)
    )


def _publication(row: Any) -> Publication:
    return Publication(row.number, row.run, row.at, withdrawn=row.withdrawn is not None)
