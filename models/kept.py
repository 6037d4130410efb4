"""What is kept of fitted models so that a scenario can be worked out without them."""

from __future__ import annotations

import numpy as np

from models.forecast import Floats
from models.scenario import FactorColumns
from models.stage import StageModel
from models.transit import FLOW


def columns_of(part: StageModel) -> FactorColumns:
    """How the factors become columns; not the flow, which follows from other stages' rates."""
    names = [name for name in part.columns.factors if name != FLOW]
    places = [part.columns.factors.index(name) for name in names]
    scale = part.areal_.scale_
    return FactorColumns(part.shapes_.of_some(names), scale.mean[places], scale.sd[places])


def coefficient_draws(parts: list[StageModel]) -> Floats:
    """Coefficients of the factors in the order of the draws of the rates, (draws, factors).

    Of fits that are mixed, all are by the standard deviations of the first.
    """
    factors = parts[0].columns.factors
    kept = [place for place, name in enumerate(factors) if name != FLOW]
    sd = parts[0].areal_.scale_.sd
    mixed = [part.effects * (sd / part.areal_.scale_.sd)[:, np.newaxis] for part in parts]
    return np.ascontiguousarray(np.hstack(mixed)[kept].T)
