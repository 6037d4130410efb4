"""What may be asked of a training over HTTP: how, and never of what."""

from __future__ import annotations

from pydantic import Field

from vigia.settings.base import Frozen


class TrainingForm(Frozen):
    """Where nothing is said, ``[model]`` of the project file counts."""

    quick: bool = Field(
        default=False, description="Test on the last year alone: a run that is never published."
    )
    seed: int | None = Field(None, ge=0, le=2**32 - 1, description="In place of the project's.")
    draws: int | None = Field(None, ge=100, le=20_000, description="In place of the project's.")

    def options(self) -> list[str]:
        """As ``vigia train`` takes them."""
        said = [("--seed", self.seed), ("--draws", self.draws)]
        numbers = [word for name, value in said if value is not None for word in (name, str(value))]
        return [*(["--quick"] if self.quick else []), *numbers]
