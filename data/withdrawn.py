"""Runs that told what they should not have: they are never served again."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from data.service_tables import withdrawals
from data.versions import next_number
from vigia.errors import PublicationRefusedError


def add(connection: Connection, run_id: str, *, at: str, why: str, by: str) -> None:
    """Withdraw a run; one that is withdrawn already stays as it is."""
    if run_id not in all_of(connection):
        connection.execute(
            insert(withdrawals).values(
                number=next_number(connection, withdrawals), run=run_id, at=at, why=why, by=by
            )
        )


def all_of(connection: Connection) -> frozenset[str]:
    """Ids of all runs that were withdrawn."""
    return frozenset(connection.execute(select(withdrawals.c.run)).scalars())


def last_number(connection: Connection) -> int:
    """Of the last withdrawal; 0 before the first."""
    return next_number(connection, withdrawals) - 1


def refuse(connection: Connection, run_id: str) -> None:
    """Raise a PublicationRefusedError where a run was withdrawn."""
    if run_id in all_of(connection):
        raise PublicationRefusedError(
            f"Run {run_id} was withdrawn, and is not served again.",
            hint="Train another one: vigia train.",
        )
