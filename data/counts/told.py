"""A release of counts, row by row: every area of its trees, told or suppressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from data.counts.releases import Release, Told
from data.counts.trees import Area


def rows(release: Release, fits: Callable[[Told, str], bool]) -> Iterator[dict[str, Any]]:
    """One row per outcome, period and area, in this order.

    Parameters
    ----------
    fits : callable
        Of what is told of an outcome in a period, and a level of areas: whether it is wanted.
    """
    for table in sorted(release.tables, key=lambda one: one.key):
        tree = release.trees[table.tree]
        for area in sorted(tree.children):
            level, _, code = area.partition(":")
            if fits(table, level):
                yield _row(table, level, code, area)


def _row(table: Told, level: str, code: str, area: Area) -> dict[str, Any]:
    return {
        "outcome": table.outcome,
        "first_year": table.period.first,
        "last_year": table.period.last,
        "level": level,
        "code": code or None,
        "count": table.told.get(area),
        "suppressed": area not in table.told,
    }
