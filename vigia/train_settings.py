"""``[model]`` and ``[publish]`` in the words of ``models``; loads no estimator."""

from __future__ import annotations

from typing import Any

from models.settings import Reporting, TrainSettings
from vigia.settings import ProjectSettings

SAME_IN_MODELS = (
    *("seed", "draws", "family", "coefficient_sd", "year_sd", "spread_above", "found_share"),
    *("found_sd", "flows", "weights", "origins", "spatial_folds"),
)


def train_settings(settings: ProjectSettings) -> TrainSettings:
    """What ``[model]`` and ``[publish]`` say, in the words of ``models``."""
    model, levels = settings.model, settings.publish
    same: dict[str, Any] = {name: getattr(model, name) for name in SAME_IN_MODELS}
    return TrainSettings(
        **same,
        reporting=Reporting(**model.reporting.model_dump()),
        high_multiple=levels.high_multiple,
        very_high_multiple=levels.very_high_multiple,
        level_probability=levels.probability,
        threshold_per_100k=levels.threshold_per_100k,
    )
