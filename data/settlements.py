"""Settlements by name: what a search may find beside districts. Their people are told to nobody."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import select

from data import tables
from data.beside import SETTLEMENTS
from data.disclosure import may_be_served
from data.frames import read_frame
from data.records import RunRecord
from data.snapshot import Snapshot
from data.store import Store

LEAST_PEOPLE = 500  # smaller ones would make a file too large to carry


def settlements(store: Store, record: RunRecord) -> pd.DataFrame:
    """Population points of a run as ``Beside`` has them, the largest first.

    Those that have a name and at least ``LEAST_PEOPLE`` people; none where the source says nothing
    of people, or of its licence.
    """
    source = (record.settings.get("population") or {}).get("points") or {}
    entries = Snapshot.from_json(record.inputs).of("points")
    if not entries or not may_be_served(source.get("licence", "")):
        return pd.DataFrame(columns=SETTLEMENTS, dtype="object")
    points, inputs = tables.points, tables.inputs
    stored = select(inputs.c.number).where(inputs.c.id.in_([one.input_id for one in entries]))
    wanted = points.c.input.in_(stored) & (points.c.people >= LEAST_PEOPLE)
    for column in (points.c.name, points.c.code, points.c.geometry):
        wanted &= column.is_not(None)
    with store.reading() as connection:
        found = read_frame(connection, points, wanted, ("code", "name"))
    found = found.sort_values("people", ascending=False, kind="stable", ignore_index=True)
    return pd.DataFrame(found.assign(lon=found.geometry.x, lat=found.geometry.y))[list(SETTLEMENTS)]
