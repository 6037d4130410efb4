"""What a training may be told, in the words of models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vigia.errors import ModelError


@dataclass(frozen=True)
class Reporting:
    """What is believed of the register before any case is read.

    Attributes
    ----------
    share : float
        Of cases that are recorded where detection is average: the median of the prior.
    share_sd : float
        Standard deviation of its logit.
    slope, slope_sd : float
        Change of that logit by one standard deviation of all detection factors together, in the
        direction that their signs expect.
    """

    share: float = 0.4
    share_sd: float = 0.5
    slope: float = 0.5
    slope_sd: float = 0.5


@dataclass(frozen=True)
class TrainSettings:
    """How one outcome is fitted, tested and put into levels.

    Attributes
    ----------
    seed : int
        Of everything random.
    draws : int
        Joint posterior draws that are kept.
    family : {"auto", "poisson", "negative_binomial"}
        Of counts of single districts and years; totals are Poisson. By default a negative
        binomial where a test finds more scatter than a Poisson has.
    coefficient_sd : float
        Prior standard deviation of a factor's effect on the log rate, per standard deviation.
    year_sd : float
        Standard deviation of the step from a year to the next that districts have in common, on
        the log rate.
    spread_above : float
        Deviations of districts have a larger standard deviation with a chance of one in a hundred.
    reporting : Reporting
    found_share, found_sd : float
        Part of the cases of a district and year that one team-day brings to light: median, and
        standard deviation of its log.
    flows : int
        Draws of recruitment and exploitation for which transit is fitted; a third of them in tests.
    weights : mapping of stage to float
        Of the composite; a stage that is not named has the weight 1.
    origins, spatial_folds : int
        Years held out one after another; groups of provinces held out in turn.
    quick : bool
        Fewer tests; such a run cannot be published.
    weighed : {"auto", False}
        Whether coefficients are drawn and weighed where cases are few: not in held-out tests,
        where many fits would take long. Where there are totals they always may be.
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
    draws: int = 1000
    family: Literal["auto", "poisson", "negative_binomial"] = "auto"
    coefficient_sd: float = 0.5
    year_sd: float = 0.2
    spread_above: float = 1.0
    reporting: Reporting = Reporting()
    found_share: float = 0.03
    found_sd: float = 1.0
    flows: int = 6
    weights: Mapping[str, float] = field(default_factory=dict)
    origins: int = 3
    spatial_folds: int = 5
    quick: bool = False
    weighed: Literal["auto", False] = "auto"
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
