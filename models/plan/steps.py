"""How far a plan has come: told between its solves, where it can also be called off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]  # label, done, total; what it raises ends the work


def silent(_label: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Steps:
    """Steps of which the number is known before the first.

    Attributes
    ----------
    progress : callable
        Takes the label of the step that begins, how many are done, and of how many.
    total : int
    """

    progress: Progress
    total: int
    begun: int = 0

    def begin(self, label: str) -> None:
        """The step before is done."""
        self.begun += 1
        self.progress(label, self.begun - 1, self.total)

    def go_on(self, label: str) -> None:
        """A sign of life within a step."""
        self.progress(label, self.begun - 1, self.total)
