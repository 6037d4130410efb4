"""Plans that were made: written once, whole. The same request of the same run is the same plan."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, Select, func, insert, select

from data.artefacts import run_number
from data.records import PlanRecord
from data.service_tables import plans
from data.store import Store
from data.tables import runs
from data.versions import next_number

IDENTITY = re.compile(r"[0-9a-f]{16}")
AT_ONCE = 20  # plans in memory: one of a whole country has a megabyte
OWN = ("id", "kind", "request", "result", "created_at", "versions")  # columns that are its fields


def save_plan(store: Store, plan: PlanRecord) -> PlanRecord:
    """Keep a plan for good; the one that is stored, which of a known id is the earlier one.

    Raises
    ------
    NotFoundError
        When the store does not have the run.
    """
    if not IDENTITY.fullmatch(plan.id):
        raise ValueError("The id of a plan is sixteen hex digits.")
    with store.writing() as connection:
        known = _find(connection, plan.id)
        if known is not None:
            return known
        kept = {name: getattr(plan, name) for name in OWN} | {
            "number": next_number(connection, plans),
            "run": run_number(connection, plan.run),
        }
        connection.execute(insert(plans).values(kept))
        return _find(connection, plan.id) or plan


def find_plan(store: Store, identity: str) -> PlanRecord | None:
    """The plan of exactly that id; None when there is none."""
    if not IDENTITY.fullmatch(identity):
        return None
    with store.reading() as connection:
        return _find(connection, identity)


def list_plans(store: Store) -> tuple[PlanRecord, ...]:
    """All plans, the last made first."""
    with store.reading() as connection:
        rows = connection.execute(_all().order_by(plans.c.number.desc()))
        return tuple(PlanRecord(**row._mapping) for row in rows)


def newest_plans(store: Store, run: str, most: int) -> tuple[PlanRecord, ...]:
    """Plans of a run, the last made first, and no more than so many."""
    wanted = _all().where(runs.c.id == run).order_by(plans.c.number.desc()).limit(most)
    with store.reading() as connection:
        return tuple(PlanRecord(**row._mapping) for row in connection.execute(wanted))


def count_plans(store: Store, run: str) -> int:
    """How many plans of a run there are."""
    wanted = select(func.count()).select_from(plans.join(runs)).where(runs.c.id == run)
    with store.reading() as connection:
        return connection.execute(wanted).scalar_one()


def plans_after(store: Store, number: int) -> Iterator[tuple[int, PlanRecord]]:
    """Plans stored later than the one of a number, with theirs, the first made first."""
    wanted = _all().add_columns(plans.c.number).where(plans.c.number > number)
    with store.reading() as connection:
        rows = connection.execution_options(yield_per=AT_ONCE).execute(
            wanted.order_by(plans.c.number)
        )
        for row in rows.mappings():
            told = dict(row)
            yield told.pop("number"), PlanRecord(**told)


def _find(connection: Connection, identity: str) -> PlanRecord | None:
    row = connection.execute(_all().where(plans.c.id == identity)).one_or_none()
    return None if row is None else PlanRecord(**row._mapping)


def _all() -> Select[tuple[object, ...]]:
    return select(*(plans.c[name] for name in OWN), runs.c.id.label("run")).join(runs)
