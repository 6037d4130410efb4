"""What was told of counts, for good: every release is kept as it was told, already suppressed.

Who has an earlier release has it for ever, so a later one is made beside all of them. Of an outcome
and period, the areas that are told are settled by its first release. Their counts change later
only if each of them, and each rest, changes by ``k`` or more or not at all; otherwise all of them
stay as they were told. A period that shares years with one that was told before is never told: the
difference would be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from data.counts.recorded import Counted, Period
from data.counts.trees import Area, Tree, is_safe, rests, tellable
from vigia.errors import PublicationRefusedError

Audience = Literal["public", "partner"]
AUDIENCES: tuple[Audience, ...] = ("partner", "public")  # each may know what is told to the next
Key = tuple[str, Period]


@dataclass(frozen=True)
class Told:
    """What is told of an outcome in a period.

    Attributes
    ----------
    tree : str
        Digest of the tree of areas.
    k : int
        The smallest count that was told, and the smallest rest.
    told : mapping of area to int
        Every other area is suppressed.
    """

    outcome: str
    period: Period
    tree: str
    k: int
    told: Mapping[Area, int]

    @property
    def key(self) -> Key:
        return self.outcome, self.period


@dataclass(frozen=True)
class Release:
    """All that is told to an audience with a run.

    Attributes
    ----------
    trees : mapping
        By digest.
    """

    trees: Mapping[str, Tree]
    tables: tuple[Told, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "trees": {
                name: dict(sorted(tree.parents.items())) for name, tree in self.trees.items()
            },
            "tables": [
                {**asdict(one), "told": dict(sorted(one.told.items()))} for one in self.tables
            ],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Release:
        """As it was kept."""
        return cls(
            trees={name: Tree(parents) for name, parents in content["trees"].items()},
            tables=tuple(
                Told(**{**one, "period": Period(**one["period"])}) for one in content["tables"]
            ),
        )


def digest(tree: Tree) -> str:
    """Of a tree: two are the same where it is."""
    return hashlib.sha256(json.dumps(sorted(tree.parents.items())).encode()).hexdigest()[:16]


def freeze(
    counted: Iterable[Counted],
    k: int,
    earlier: Sequence[Release],
    wider: Release | None = None,
) -> Release:
    """What is told of counts beside all that was told before.

    Parameters
    ----------
    earlier : sequence of Release
        To the same audience, the oldest first.
    wider : Release, optional
        What is told with the same run to those who may know more: nothing else is told.
    """
    last = {table.key: table for release in earlier for table in release.tables}
    more = None if wider is None else {table.key: table for table in wider.tables}
    trees: dict[str, Tree] = {}
    tables = []
    for one in counted:
        key = one.outcome, one.period
        if key in last:
            table = _later(last[key], one)
        elif _meets_any(key, last) or (more is not None and key not in more):
            continue
        else:
            allowed = None if more is None else more[key].told
            areas = tellable(one.tree, one.counts, k, within=allowed)
            told = {area: count for area in areas if (count := one.counts[area]) is not None}
            table = Told(one.outcome, one.period, digest(one.tree), k, told)
        trees[table.tree] = _tree(table.tree, one.tree, earlier)
        tables.append(table)
    return Release(trees, tuple(tables))


def _later(last: Told, one: Counted) -> Told:
    """The same areas with new counts, where nobody learns of a small change; else as they were."""
    if digest(one.tree) != last.tree:
        return last
    told = {area: count for area in last.told if (count := one.counts[area]) is not None}
    new = Told(last.outcome, last.period, last.tree, last.k, told)
    return new if _may_follow(one.tree, last, new) else last


def _may_follow(tree: Tree, old: Told, new: Told) -> bool:
    if old.told.keys() != new.told.keys() or not is_safe(tree, new.told, new.k):
        return False
    left = rests(tree, old.told), rests(tree, new.told)
    changes = [new.told[area] - count for area, count in old.told.items()]
    changes += [left[1][area][0] - rest for area, (rest, _) in left[0].items()]
    return all(change == 0 or abs(change) >= new.k for change in changes)


def _meets_any(key: Key, last: Iterable[Key]) -> bool:
    return any(outcome == key[0] and period.meets(key[1]) for outcome, period in last)


def _tree(name: str, new: Tree, earlier: Sequence[Release]) -> Tree:
    known = {name: tree for release in earlier for name, tree in release.trees.items()}
    return known.get(name, new)


def audit(releases: Sequence[Release], wider: Sequence[Release] = ()) -> None:
    """Look at all releases to an audience together, from what they tell alone.

    Parameters
    ----------
    wider : sequence of Release
        Those with the same runs to an audience that may know more, in the same order.

    Raises
    ------
    PublicationRefusedError
        Where a count that is not told could be worked out; it says of which outcome, no more.
    """
    before: dict[Key, Told] = {}
    for number, release in enumerate(releases):
        more = {one.key: one for one in wider[number].tables} if wider else None
        for table in release.tables:
            old, tree = before.get(table.key, table), release.trees[table.tree]
            same = old.tree == table.tree and old.k == table.k
            fits = more is None or (
                table.key in more and table.told.keys() <= more[table.key].told.keys()
            )
            keeps = is_safe(tree, table.told, table.k) and _may_follow(tree, old, table)
            if not (same and fits and keeps) or _meets_any(table.key, before):
                raise PublicationRefusedError(
                    f"Counts of {table.outcome} that are not told could be worked out from what "
                    "is, and from what was told before.",
                    hint="The releases in the store are not as vigia made them: restore a backup.",
                )
            before[table.key] = table
