"""The one door through which anything about a run leaves: API, maps, exports, cards and logs.

It lets out what it knows to be safe and nothing else. Until there are keys, no case count passes,
of any place or time; what a later version adds to a run stays inside until it is listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PureWindowsPath
from typing import Any

import pandas as pd

from data.records import RunRecord
from vigia.errors import PublicationRefusedError

Rule = Callable[[Any], Any]

SCORES = (
    "outcome",
    "stage",
    "code",
    "rate",
    "rate_low",
    "rate_high",
    "relative_risk",
    "rr_low",
    "rr_high",
    "rank",
    "rank_low",
    "rank_high",
    "score",
    "p_above_mean",
    "p_above_high",
    "p_below_mean",
    "p_above_threshold",
    "level",
    "no_data_reason",
    "no_records",
)
CONTRIBUTIONS = ("outcome", "code", "factor", "value", "contribution")
TEXTS = ("outcome", "stage", "code", "level", "no_data_reason", "factor")


def release_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores without any column that is not listed here.

    Raises
    ------
    PublicationRefusedError
        When a listed column is missing or of another type: then it is not what it says it is.
    """
    return _release(scores, SCORES)


def release_contributions(contributions: pd.DataFrame) -> pd.DataFrame:
    """Contributions of factors without any column that is not listed here.

    Raises
    ------
    PublicationRefusedError
        As ``release_scores``.
    """
    return _release(contributions, CONTRIBUTIONS)


def may_be_served(licence: str) -> bool:
    """Whether geometry may leave under this licence: only where one is stated."""
    return bool(licence.strip())


def _release(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    missing = [name for name in columns if name not in table.columns]
    numeric = pd.api.types.is_numeric_dtype  # true of booleans too
    wrong = [
        name
        for name in columns
        if name not in missing and len(table) and numeric(table[name]) == (name in TEXTS)
        if not table[name].isna().all()
    ]
    if missing or wrong:
        raise PublicationRefusedError(
            f"The run's tables are not as they should be (columns {', '.join(missing + wrong)}).",
            hint="Train the run again: vigia train.",
        )
    return pd.DataFrame(table[list(columns)]).copy()


def release_run(record: RunRecord) -> dict[str, Any]:
    """What may be told of a run, ready for JSON."""
    released = {name: rule(getattr(record, name)) for name, rule in RUN.items()}
    told = released["validation"]
    return released | {"validation": {one: told[one] for one in record.outcomes if one in told}}


def _plain(value: Any) -> Any:
    """A number, a text, a truth or nothing; anything nested is not passed on."""
    return value if value is None or isinstance(value, bool | int | float | str) else None


def _rounded(digits: int) -> Rule:
    """A number without the digits from which counts behind it could be worked out."""

    def release(value: Any) -> Any:
        return round(value, digits) if isinstance(value, float) else _plain(value)

    return release


def _list_of(rule: Rule) -> Rule:
    return lambda values: [rule(one) for one in values] if isinstance(values, list | tuple) else []


def _dict_of(rule: Rule) -> Rule:
    return lambda content: {str(key): rule(value) for key, value in content.items()}


def _only(**rules: Rule) -> Rule:
    """A mapping of these keys alone; None of what is no mapping."""

    def release(content: Any) -> dict[str, Any] | None:
        if not isinstance(content, Mapping):
            return None
        return {key: rule(content[key]) for key, rule in rules.items() if key in content}

    return release


def _all_plain(*names: str) -> Rule:
    return _only(**dict.fromkeys(names, _plain))


def _file_name(path: Any) -> str:
    """The name alone: folders tell of whoever ran it."""
    return PureWindowsPath(str(path)).name


CREDIT = ("source", "date", "licence", "attribution")
MEASURED = (
    *("measure", "support", "radius_km", "per", "weighted", "season", "direction", "statistic"),
    "sign",
)
SETTINGS = _only(
    area=_all_plain(
        "name", "name_en", "timezone", "synthetic", "metric_crs", "measured", "outside_km"
    ),
    districts=_only(**dict.fromkeys(CREDIT, _plain), note=_list_of(_plain)),
    population=_only(**dict.fromkeys(CREDIT, _plain), note=_list_of(_plain)),
    layers=_list_of(
        _only(
            **dict.fromkeys(
                ("id", "label", "label_en", "role", "kind", "shelf_life_years", "draw", *CREDIT),
                _plain,
            ),
            **dict.fromkeys(("series", "band", "year_in_name", "nodata"), _plain),
            note=_list_of(_plain),
            factors=_list_of(
                _only(**dict.fromkeys(MEASURED, _plain), classes=_list_of(_plain)),
            ),
        )
    ),
    travel=_only(
        **dict.fromkeys(
            ("walk_kmh", "walk_limit_minutes", "snap_m", "transfer_minutes", "ports"), _plain
        ),
        **dict.fromkeys(("gap_m", "outlet_km"), _plain),
        river_classes=_list_of(_plain),
        outlets=_list_of(_list_of(_plain)),
        ways=_list_of(
            _only(
                **dict.fromkeys(("id", "mode", "crossings", *CREDIT), _plain), note=_list_of(_plain)
            )
        ),
        speeds=_list_of(
            _all_plain("mode", "way_class", "down_high", "up_high", "down_low", "up_low")
        ),
    ),
    model=_only(
        **dict.fromkeys(("seed", "target_year", "refits", "ridge", "holdout_folds"), _plain),
        outcomes=_list_of(_plain),
    ),
    publish=_all_plain("high_multiple", "very_high_multiple", "probability", "threshold_per_100k"),
)
# A share of few cases, written out in full, is a fraction that gives them away (3/28 = 0.10714...).
METRICS = _only(
    log_score=_rounded(3),
    poisson_deviance=_rounded(3),
    hit_rate_districts_10=_rounded(2),
    hit_rate_districts_20=_rounded(2),
    hit_rate_people_10=_rounded(2),
    hit_rate_people_20=_rounded(2),
    rank_correlation=_rounded(2),
)
VALIDATION = _only(
    split=_plain,
    held_out_year=_plain,
    folds=_plain,
    held_out_rows=_plain,
    baseline=_plain,
    metrics=_only(model=METRICS, prior_counts=METRICS, population=METRICS),
    difference=_only(log_score=_rounded(4), standard_error=_rounded(4)),
    reasons=_list_of(_plain),
    intervals=_all_plain("first_approximation", "refits", "resampled", "clusters", "drawn_again"),
)
INPUT = _only(input_id=_plain, file=_file_name, sha256=_plain, years=_list_of(_plain))
FACTOR = _only(
    **dict.fromkeys(("id", "layer", "unit", "role", "label", "label_en", *MEASURED), _plain),
    classes=_list_of(_plain),
)
RUN: Mapping[str, Rule] = {
    "id": _plain,
    "status": _plain,
    "created_at": _plain,
    "seed": _plain,
    "target_year": _plain,
    "outcomes": _list_of(_plain),
    "tested": _plain,
    "beats_baseline": _plain,
    "inputs": _dict_of(_list_of(INPUT)),
    "settings": SETTINGS,
    "versions": _dict_of(_plain),
    "validation": _dict_of(VALIDATION),
    "factors": _list_of(FACTOR),
    "warnings": _list_of(_plain),
    "accepted_worse": _plain,
    "accepted_by": _plain,
}
