"""What is made of a thing once, for all that ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import finalize

Made = TypeVar("Made")


class OfEach(Generic[Made]):
    """What is made of each of some things, kept as long as the thing lives.

    Two things are the same if they are one object: arrays have no hash, and to compare them by what
    is in them takes as long as much of what is made of them.
    """

    def __init__(self) -> None:
        self._made: dict[int, Made] = {}

    def of(self, thing: object, make: Callable[[], Made]) -> Made:
        """What was made of it, else what ``make`` makes."""
        key = id(thing)
        if key not in self._made:
            self._made[key] = make()
            finalize(thing, self._made.pop, key, None).atexit = False  # its number is free again
        return self._made[key]
