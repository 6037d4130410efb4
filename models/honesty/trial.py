"""The test itself: every contender on the same folds, scored by the same counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.calibration import LEVELS, crps
from models.forecast import Floats
from models.honesty.folds import Split
from models.honesty.forecasts import Contender, Forecast
from vigia.errors import ModelError

Progress = Callable[[str, int, int], None]

CANNOT_BE_FITTED = "training_part_cannot_be_fitted"
DRAWS = 200


@dataclass(frozen=True)
class Trial:
    """One split, held out by all contenders.

    Attributes
    ----------
    split : Split
    units : DataFrame
        What was forecast, fold by fold: code, year, province, people, count and fold of each
        district and year. Of totals: the number of the total is code and province, and there is
        no year.
    scores : dict of name to DataFrame
        One line for each unit and contender that did not fail: expected, variance,
        log_probability, below and up_to (F(count - 1) and F(count)), crps and, for each level of
        ``models.calibration.LEVELS``, "covered_50%" (0 or 1), "promised_50%" and
        "width_50%".
    failed : dict of name to str
        Keys that say why the others have no numbers; a contender that failed in one fold has
        failed.
    """

    split: Split
    units: pd.DataFrame
    scores: dict[str, pd.DataFrame]
    failed: dict[str, str]


@dataclass(frozen=True)
class HeldOut:
    """All trials, by the name of the split, and the names of the contenders in their order.

    It holds counts of districts and belongs in no output; ``models.honesty.report`` is for those.
    """

    contenders: tuple[str, ...]
    trials: dict[str, Trial]


def tried(
    rows: pd.DataFrame,
    contenders: Mapping[str, Contender],
    splits: Sequence[Split],
    *,
    seed: int,
    progress: Progress,
    totals: Floats | None = None,
) -> HeldOut:
    """Run every contender on every fold, and score its forecasts.

    What is held out has no ``count`` when a contender sees it. With totals, rows to learn from
    have a further column ``total_count``: the count of the total they are part of, NaN for none.

    Parameters
    ----------
    rows : DataFrame
        code, year, province, people, count, perhaps total, and what the contenders need.
    contenders : mapping of name to Contender
        One that raises ModelError is reported as failed, by the error's ``key`` if it has one.
    splits : sequence of Split
        From ``models.honesty.folds.held_out_splits`` for the same rows.
    seed : int
        Of the draws by which the continuous ranked probability score, and what intervals promise,
        are computed.
    progress : callable
        ``progress(label, done, total)``.
    totals : array, optional
        Counts of the totals, by their number; needed for a split of totals.
    """
    steps = sum(len(split.folds) for split in splits) * len(contenders)
    done = 0
    trials = {}
    for split in splits:
        units: list[pd.DataFrame] = []
        scores: dict[str, list[pd.DataFrame]] = {name: [] for name in contenders}
        failed: dict[str, str] = {}
        for part in _parts(rows, split, totals):
            units.append(part.units)
            for name, contender in contenders.items():
                progress("held-out test", done, steps)
                done += 1
                try:
                    if name not in failed:
                        scores[name].append(_scored(part, contender, seed))
                except ModelError as error:
                    failed[name] = str(getattr(error, "key", CANNOT_BE_FITTED))
        tables = {
            name: pd.concat(scores[name], ignore_index=True)
            for name in contenders
            if name not in failed
        }
        trials[split.name] = Trial(split, pd.concat(units, ignore_index=True), tables, failed)
    progress("held-out test", steps, steps)
    return HeldOut(tuple(contenders), trials)


@dataclass(frozen=True)
class _Part:
    """A fold with everything that it needs; ``total`` says that its rows are one unit."""

    train: pd.DataFrame
    ahead: pd.DataFrame
    units: pd.DataFrame
    total: bool


def _parts(rows: pd.DataFrame, split: Split, totals: Floats | None) -> Iterator[_Part]:
    of_totals = split.name == "totals"
    if of_totals:
        rows = rows.assign(total_count=_total_counts(rows, totals))
    hidden = {"count": np.nan, **({"total_count": np.nan} if of_totals else {})}
    for number, fold in enumerate(split.folds):
        ahead = rows.iloc[fold.held_out]
        units = _total_unit(ahead) if of_totals else ahead
        yield _Part(
            train=rows.iloc[fold.train].reset_index(drop=True),
            ahead=ahead.assign(**hidden).reset_index(drop=True),
            units=units[["code", "year", "province", "people", "count"]].assign(fold=number),
            total=of_totals,
        )


def _total_counts(rows: pd.DataFrame, totals: Floats | None) -> Floats:
    if totals is None:
        raise ValueError("totals must be given: the counts of the totals, by number")
    of_row = rows["total"].to_numpy()
    return np.where(of_row >= 0, np.asarray(totals, dtype=np.float64)[of_row], np.nan)


def _total_unit(ahead: pd.DataFrame) -> pd.DataFrame:
    number = str(ahead["total"].iloc[0])
    return pd.DataFrame(
        {
            "code": [number],
            "year": [-1],
            "province": [number],
            "people": [ahead["people"].sum()],
            "count": [ahead["total_count"].iloc[0]],
        }
    )


def _scored(part: _Part, contender: Contender, seed: int) -> pd.DataFrame:
    forecast = contender(part.train, part.ahead)
    if part.total:
        forecast = forecast.summed(np.zeros(len(part.ahead), dtype=int), 1)
    return _scores(forecast, part.units["count"].to_numpy(dtype=float), seed)


def _scores(forecast: Forecast, counts: Floats, seed: int) -> pd.DataFrame:
    log_probability, up_to = forecast.log_probability(counts), forecast.cdf(counts)
    draws = forecast.drawn(DRAWS, np.random.default_rng(seed))
    scores = {
        "expected": forecast.expected,
        "variance": forecast.variance,
        "log_probability": log_probability,
        "below": np.clip(up_to - np.exp(log_probability), 0, None),
        "up_to": up_to,
        "crps": crps(counts, draws),
    }
    ends = forecast.quantiles(
        [*((1 - level) / 2 for level in LEVELS), *((1 + level) / 2 for level in LEVELS)]
    )
    for level, low, high in zip(LEVELS, ends[: len(LEVELS)], ends[len(LEVELS) :], strict=True):
        scores[f"covered_{level:.0%}"] = (low <= counts) & (counts <= high)
        scores[f"promised_{level:.0%}"] = ((low <= draws) & (draws <= high)).mean(axis=0)
        scores[f"width_{level:.0%}"] = high - low
    return pd.DataFrame(scores)
