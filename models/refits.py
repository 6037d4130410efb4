"""Refits on resampled provinces: where every interval of step 1 comes from.

A first approximation. The refits show how much the regression line depends on which provinces
happened to be counted. They do not show how far a single district departs from that line, nor
what the register leaves out, and the ridge holds them together a little: intervals are rather too
narrow than too wide.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.forecast import RATE_UNIT, Floats
from models.poisson import PoissonRates
from models.splits import resampled
from vigia.errors import ModelError

FEW_PROVINCES = 10  # a bootstrap of fewer clusters is coarse
TELLING_SHARE = 0.05  # of refits in which something went amiss, from which on it is told


@dataclass(frozen=True)
class Refits:
    """What the refits came to.

    Attributes
    ----------
    rates : array of shape (refits, districts)
        Cases per 100,000 people per year.
    coefficients : array of shape (refits, factors)
        Change of the log rate per unit; 0 where a resample held one value of a factor only.
    resampled : str
        "provinces" or, where there is only one, "districts".
    clusters : int
        How many there are of these.
    drawn_again : int
        Resamples that could not be fitted (no case in them, no stable solution).
    warnings : tuple of str
    """

    rates: Floats
    coefficients: Floats
    resampled: str
    clusters: int
    drawn_again: int
    warnings: tuple[str, ...]


def refit(
    model: PoissonRates,
    rows: pd.DataFrame,
    ahead: pd.DataFrame,
    *,
    refits: int,
    seed: int,
    progress: Callable[[str, int, int], None],
) -> Refits:
    """Fit ``model`` again on resampled provinces and predict with each.

    A resample without any case says nothing of where cases are; it is drawn again and counted.
    That leaves out the lowest overall rates, and is told where it happens often.

    Parameters
    ----------
    model : PoissonRates
        Fitted to all ``rows``; every refit begins at its solution.
    rows : DataFrame
        code, province, people, count and the model's factors.
    ahead : DataFrame
        The model's factors for the districts to predict.

    Raises
    ------
    ModelError
        When more than half of the resamples cannot be fitted.
    """
    factors = list(model.feature_names_in_)
    x, people = rows[factors], rows["people"].to_numpy(dtype=float)
    rate = rows["count"].to_numpy(dtype=float) / people * RATE_UNIT
    by = "province" if rows["province"].nunique() > 1 else "code"
    rates: list[Floats] = []
    fitted: list[PoissonRates] = []
    drawn_again = 0
    draws = resampled(rows[by].to_numpy(), seed)
    while len(fitted) < refits:
        again = deepcopy(model).set_params(warm_start=True, with_dispersion=False)
        try:
            rates.append(again.fit(x, rate, people * next(draws)).predict(ahead[factors]))
            fitted.append(again)
        except ModelError:
            drawn_again += 1
        progress("refits", len(fitted), refits)
        if drawn_again > refits:
            raise ModelError(
                "More than half of the resamples could not be fitted, so there are no intervals.",
                hint="Bring more cases, take out factors that say the same, or raise ridge.",
            )
    clusters = rows[by].nunique()
    return Refits(
        rates=np.array(rates),
        coefficients=np.array([one.coef_ for one in fitted]),
        resampled="provinces" if by == "province" else "districts",
        clusters=clusters,
        drawn_again=drawn_again,
        warnings=(
            *_of_clusters(by, clusters),
            *(["refits_drawn_again"] if drawn_again > TELLING_SHARE * refits else []),
            *_of_factors(factors, fitted),
        ),
    )


def _of_clusters(by: str, clusters: int) -> list[str]:
    if by == "code":
        return ["one_province_districts_resampled"]
    return ["few_provinces_resampled"] if clusters < FEW_PROVINCES else []


def _of_factors(factors: list[str], fitted: list[PoissonRates]) -> list[str]:
    constant = np.mean([~one.varies_ for one in fitted], axis=0)
    return [
        f"factor_in_few_provinces:{factor}"
        for factor, share in zip(factors, constant, strict=True)
        if share > TELLING_SHARE
    ]
