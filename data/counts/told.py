"""A release of counts, area by area of its trees, told or suppressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from data.counts.releases import Release, Told
from data.counts.trees import Area


def cells(release: Release, fits: Callable[[Told, str], bool]) -> Iterator[tuple[Told, Area]]:
    """One per outcome, period and area, in this order.

    Parameters
    ----------
    fits : callable
        Of what is told of an outcome in a period, and a level of areas: whether it is wanted.
    """
    for table in sorted(release.tables, key=lambda one: one.key):
        tree = release.trees[table.tree]
        for area in sorted(tree.children):
            if fits(table, area.partition(":")[0]):
                yield table, area


def row(table: Told, area: Area) -> dict[str, Any]:
    """What is told of an area."""
    level, _, code = area.partition(":")
    return {
        "outcome": table.outcome,
        "first_year": table.period.first,
        "last_year": table.period.last,
        "level": level,
        "code": code or None,
        "count": table.told.get(area),
        "suppressed": area not in table.told,
    }
