"""Which counts of areas within areas may be told, so that none of the others can be worked out.

A count is told where it is at least ``k``, and its parent's is told. What is left of a told parent
when its told children are taken away is the *rest*: the sum of its untold children, and all that
anybody can work out of them. So the rest is of two children at least, and itself at least ``k``;
where it is not, the smallest of the told children joins it (complementary suppression). Each untold
area then may hold anything between 0 and its rest, so that no bounds on it are closer than ``k``
(a sharp statement: put all of the rest into one child, or none). A count of 0 is as small as 1.

Periods and outcomes are apart: no sum over them is ever told, so there is nothing to subtract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Area = str  # level:code, as in "district:010101"
WHOLE: Area = "whole:"
LEVELS = ("whole", "department", "province", "district")
Counts = Mapping[Area, int | None]  # None: not known


@dataclass(frozen=True)
class Tree:
    """Areas within areas, ``WHOLE`` around all.

    Attributes
    ----------
    parents : mapping of area to area
        Of every area but ``WHOLE``.
    """

    parents: Mapping[Area, Area]
    children: Mapping[Area, tuple[Area, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[Area, list[Area]] = {WHOLE: []}
        for area in self.parents:
            found[area] = []
        for area in sorted(self.parents):
            found[self.parents[area]].append(area)
        object.__setattr__(self, "children", {one: tuple(all_of) for one, all_of in found.items()})

    @property
    def leaves(self) -> tuple[Area, ...]:
        """Areas with none in them."""
        return tuple(area for area, within in self.children.items() if not within)

    def downwards(self) -> Iterable[Area]:
        """Every area, after the one around it."""
        waiting = [WHOLE]
        while waiting:
            area = waiting.pop()
            yield area
            waiting.extend(self.children[area])

    def sums(self, leaves: Counts) -> dict[Area, int | None]:
        """Counts of all areas from those of the leaves; not known where any part is not."""
        counts: dict[Area, int | None] = {}
        for area in reversed(list(self.downwards())):
            within = self.children[area]
            parts = [counts[one] for one in within] if within else [leaves.get(area)]
            known = [part for part in parts if part is not None]
            counts[area] = sum(known) if len(known) == len(parts) else None
        return counts


def tellable(
    tree: Tree, counts: Counts, k: int, *, within: Iterable[Area] | None = None,
    complementary: bool = True,
) -> set[Area]:  # fmt: skip
    """Areas whose counts may be told.

    Parameters
    ----------
    k : int
        The smallest count that is told, and the smallest rest.
    within : iterable of area, optional
        No other area is told: what a wider audience may know is part of what a narrower one may.
    complementary : bool
        False leaves the rests as they are, for the tests: an attacker then finds what is in them.
    """
    allowed = None if within is None else set(within)
    told: set[Area] = set()

    def large(area: Area) -> bool:
        count = counts[area]
        return count is not None and count >= k and (allowed is None or area in allowed)

    for area in tree.downwards():
        around = tree.parents.get(area)
        if around is None or counts[around] is None:  # nothing is around it to subtract it from
            told |= {area} if large(area) else set()
        if area in told:
            within_it = tree.children[area]
            candidates = {one for one in within_it if large(one)}
            told |= _safe(within_it, candidates, counts, k) if complementary else candidates
    return told


def _safe(within: tuple[Area, ...], candidates: set[Area], counts: Counts, k: int) -> set[Area]:
    """Those children that may be told together."""
    told = sorted(candidates, key=lambda one: (-(counts[one] or 0), one))
    rest = [one for one in within if one not in candidates]
    while told and rest and (len(rest) < 2 or sum(counts[one] or 0 for one in rest) < k):
        rest.append(told.pop())
    return set(told)


def rests(tree: Tree, told: Mapping[Area, int]) -> dict[Area, tuple[int, tuple[Area, ...]]]:
    """What is left of each told area, and its untold children, seen from what is told alone."""
    found = {}
    for area, count in told.items():
        untold = tuple(one for one in tree.children[area] if one not in told)
        if untold:
            inside = [told[one] for one in tree.children[area] if one in told]
            found[area] = count - sum(inside), untold
    return found


def is_safe(tree: Tree, told: Mapping[Area, int], k: int) -> bool:
    """Whether what is told keeps the promise, by what is told alone."""
    left = rests(tree, told)
    return all(count >= k for count in told.values()) and all(
        rest >= k and len(untold) > 1 for rest, untold in left.values()
    )
