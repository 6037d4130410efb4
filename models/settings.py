"""What a training may be told, in the words of models."""

from __future__ import annotations

from dataclasses import dataclass

from vigia.errors import ModelError


@dataclass(frozen=True)
class TrainSettings:
    """How one outcome is fitted, tested and put into levels.

    Attributes
    ----------
    seed : int
        Of everything random.
    refits : int
        Refits on resampled provinces, from which all intervals come.
    ridge : float
        Penalty of the regression; see ``models.poisson.PoissonRates``.
    holdout_folds : int
        Groups of provinces held out in turn where there is only one year.
    high_multiple, very_high_multiple : float
        Multiples of the person-weighted mean rate above which a district is high or very high.
    level_probability : float
        How likely that must be for the level to be given.
    threshold_per_100k : float, optional
        A rate of one's own; the probability of exceeding it is reported.

    Raises
    ------
    ModelError
        When very high would begin below high.
    """

    seed: int = 1
    refits: int = 200
    ridge: float = 1e-3
    holdout_folds: int = 5
    high_multiple: float = 1.0
    very_high_multiple: float = 2.0
    level_probability: float = 0.8
    threshold_per_100k: float | None = None

    def __post_init__(self) -> None:
        if self.very_high_multiple < self.high_multiple:
            raise ModelError(
                f"very_high_multiple ({self.very_high_multiple:g}) is below high_multiple "
                f"({self.high_multiple:g}).",
                hint="In [publish], let the level very high begin at or above high.",
            )
