"""What is recorded of the true cases: fewer the farther the posts, and not all to the district."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from data.synthetic.districts import Districts
from data.synthetic.params import STAGES, SyntheticParams
from data.synthetic.streams import stream


@dataclass(frozen=True)
class Recorded:
    """Cases by their fate; true = district + province + department + unrecorded.

    Attributes
    ----------
    probability : dict of str to array of shape (districts, years)
        That a case of the stage is recorded.
    true, at_district, at_province, at_department : dict of str to array of shape (districts, years)
        Years counted only.
    level, slope : dict of str to float, float
        As drawn: logit(probability) = level - slope * log(1 + hours).
    """

    probability: dict[str, np.ndarray]
    true: dict[str, np.ndarray]
    at_district: dict[str, np.ndarray]
    at_province: dict[str, np.ndarray]
    at_department: dict[str, np.ndarray]
    level: dict[str, float]
    slope: float

    def unrecorded(self, stage: str) -> np.ndarray:
        """Cases in no register; raids may still find them."""
        recorded = self.at_district[stage] + self.at_province[stage] + self.at_department[stage]
        return np.asarray(self.true[stage] - recorded)


def draw_reporting(
    params: SyntheticParams, random: np.random.Generator
) -> tuple[dict[str, float], float]:
    """Level by stage, and slope, from their priors (docs/synthetic.md).

    Without bias the slope is 0, and the level is what a place at ``flat_hours`` has.
    """
    level = random.normal(params.level_mean, params.level_sd)
    by_stage = random.normal(0, params.stage_level_sd, len(STAGES))
    unit = random.normal()
    means = {"moderate": params.slope_moderate, "strong": params.slope_strong}
    if params.bias == "none":
        level, slope = level - params.slope_moderate * np.log1p(params.flat_hours), 0.0
    else:
        slope = max(0.05, means[params.bias] + params.slope_sd * unit)
    return {s: float(level + own) for s, own in zip(STAGES, by_stage, strict=True)}, float(slope)


def recorded_share(minutes: np.ndarray, level: float, slope: float) -> np.ndarray:
    """Probability that a case is recorded, this many minutes from the nearest post."""
    return np.asarray(expit(level - slope * np.log1p(minutes / 60)))


def record(
    params: SyntheticParams,
    districts: Districts,
    expected: dict[str, np.ndarray],
    minutes: np.ndarray,
) -> Recorded:
    """True cases (Poisson), and which of them are recorded where (multinomial).

    Parameters
    ----------
    expected : dict of str to array of shape (districts, years)
        True rates times people, of the years counted.
    minutes : array of shape (settlements, years)
        To the nearest post, mean of the seasons.
    """
    level, slope = draw_reporting(params, stream(params.seed, "reporting"))
    happening, recording = stream(params.seed, "cases"), stream(params.seed, "records")
    elsewhere = params.province_only, params.department_only
    recorded = Recorded({}, {}, {}, {}, {}, level, slope)
    for stage in STAGES:
        share = recorded_share(minutes, level[stage], slope)
        p = np.column_stack([districts.mean_of_people(year) for year in share.T])
        fates = np.stack([p * (1 - sum(elsewhere)), *(p * part for part in elsewhere), 1 - p], -1)
        true = happening.poisson(expected[stage])
        fate = recording.multinomial(true, fates)
        recorded.probability[stage] = p
        recorded.true[stage] = true
        recorded.at_district[stage] = fate[..., 0]
        recorded.at_province[stage] = fate[..., 1]
        recorded.at_department[stage] = fate[..., 2]
    return recorded
