"""The one exception tree. It knows nothing of HTTP, databases or the terminal.

Every message is for the person who gets it: what is wrong, where, and what to do.
``exit_code`` is what the command line answers with; ``api/errors.py`` has the table for HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class VigiaError(Exception):
    """Anything that a user, an input or the surroundings can cause.

    Parameters
    ----------
    message : str
        What is wrong and where (file, row, column, key).
    hint : str, optional
        What to do about it.
    """

    exit_code: ClassVar[int] = 1
    about: Mapping[str, Any] = {}

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ProjectError(VigiaError):
    """The project file or folder is missing, unreadable or contradicts itself."""

    exit_code = 3


class InputRefusedError(VigiaError):
    """An input file cannot be used; the store is as it was before."""

    exit_code = 4


class StoreError(VigiaError):
    """The store is locked, out of date, damaged or out of reach."""

    exit_code = 5


class StoreBusyError(StoreError):
    """Another command has been writing for longer than one waits; later it may well go."""


class MissingStepError(VigiaError):
    """An earlier step of the pipeline has not been run yet."""

    exit_code = 6


class PublicationRefusedError(VigiaError):
    """A run may not be published as it stands."""

    exit_code = 7


class NotFoundError(VigiaError):
    """A district, run or layer of that name does not exist."""

    exit_code = 8


class GeometryError(VigiaError):
    """Geometry, CRS or measure that geo cannot answer honestly."""

    exit_code = 4


class ModelError(VigiaError):
    """The training table cannot be fitted (no cases, no factor, no people ...)."""

    exit_code = 9


class PlanRequestError(VigiaError):
    """A plan that nobody can mean: no team, an unknown place, a place both forced and forbidden."""

    exit_code = 10


class PlanImpossibleError(VigiaError):
    """No plan keeps all limits that were asked for.

    Attributes
    ----------
    limits : tuple of str
        Those that collide; without any of them, the others can be kept together.
    changes : mapping
        Limit -> the smallest change of it alone that makes a plan possible: what teams, budget or
        minutes of reach must be, by how much minima must fall, or names of places to give up.
    """

    exit_code = 11

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        limits: tuple[str, ...] = (),
        changes: Mapping[str, float | tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.limits = limits
        self.changes = dict(changes or {})
        self.about = {"limits": list(limits), "changes": self.changes}


class ScenarioError(VigiaError):
    """A scenario that cannot be meant: empty, or of a layer, feature or way that is not there."""

    exit_code = 12


class TooManyJobsError(VigiaError):
    """As many jobs wait as may wait."""

    exit_code = 13


class TrainerBusyError(TooManyJobsError):
    """A training waits or runs already, and there is one at a time; ``about`` has its ``id``."""

    def __init__(self, identity: str) -> None:
        super().__init__(
            "A training is under way already, and there is one at a time.",
            hint="Wait until it ends, or call it off.",
        )
        self.about = {"id": identity}


class JobCancelledError(VigiaError):
    """Work on a job has to stop: it was cancelled, or is no longer this worker's."""

    exit_code = 14


class JobLostError(VigiaError):
    """Those who worked on a job died, more than once."""


class KeyRefusedError(VigiaError):
    """A key that cannot be made as it was asked for."""

    exit_code = 15


class PersonRefusedError(VigiaError):
    """Somebody who cannot be let in as it was asked for."""

    exit_code = 16


class WebhookError(VigiaError):
    """A webhook that cannot be made as it was asked for, or that nobody answers at."""

    exit_code = 17


class MissingToolError(VigiaError):
    """What was asked for is made with something that is not installed."""

    exit_code = 18
