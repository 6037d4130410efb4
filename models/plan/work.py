"""How much may be done for a plan. Who only asks for one loads no solver."""

from __future__ import annotations

from dataclasses import dataclass

from vigia.errors import PlanRequestError


@dataclass(frozen=True)
class Work:
    """When to stop.

    Attributes
    ----------
    gap : float
        Between what is found and what could be, as a share of the latter.
    nodes : int
        Of the search tree.
    seconds : float, optional
        None: the clock does not count.
    """

    gap: float = 0.01
    nodes: int = 2_000
    seconds: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.gap < 1:
            raise PlanRequestError(f"The gap is {self.gap}.", hint="It is a share, below 1.")
        if self.nodes < 1 or (self.seconds is not None and not self.seconds > 0):
            raise PlanRequestError(
                "The search has no room: no node, or no second.", hint="Give it at least one."
            )
