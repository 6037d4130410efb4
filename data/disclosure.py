"""The one door through which anything about a run leaves: API, maps, exports, cards and logs.

It lets out what it knows to be safe and nothing else. Until there are keys, no case count passes,
of any place or time; what a later version adds to a run stays inside until it is listed here.
"""

from __future__ import annotations

import math
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


def _number(digits: int) -> Rule:
    """A number without the digits from which counts behind it could be worked out, or nothing.

    A share of few cases, written out in full, is a fraction that gives them away (3/28 = 0.10714).
    """

    def release(value: Any) -> Any:
        told = isinstance(value, int | float) and not isinstance(value, bool)
        return round(value, digits) if told and math.isfinite(value) else None

    return release


def _whole(value: Any) -> int | None:
    """A whole number or nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    """A text or nothing."""
    return value if isinstance(value, str) else None


def _texts(values: Any) -> list[str]:
    """Those of a list that are texts."""
    return (
        [one for one in values if isinstance(one, str)] if isinstance(values, list | tuple) else []
    )


def _truth(value: Any) -> bool | None:
    """True, false or nothing."""
    return value if isinstance(value, bool) else None


def _one_of(*known: str) -> Rule:
    """One of these texts or nothing."""
    return lambda value: value if isinstance(value, str) and value in known else None


def _list_of(rule: Rule) -> Rule:
    return lambda values: [rule(one) for one in values] if isinstance(values, list | tuple) else []


def _list_or_nothing(rule: Rule) -> Rule:
    listed = _list_of(rule)
    return lambda values: None if values is None else listed(values)


def _dict_of(rule: Rule) -> Rule:
    return lambda content: {str(key): rule(value) for key, value in content.items()}


def _only(**rules: Rule) -> Rule:
    """A mapping of these keys alone; None of what is no mapping."""

    def release(content: Any) -> dict[str, Any] | None:
        if not isinstance(content, Mapping):
            return None
        return {key: rule(content[key]) for key, rule in rules.items() if key in content}

    return release


def _all(rule: Rule, *names: str) -> Rule:
    """A mapping of these keys alone, each under the same rule."""
    return _only(**dict.fromkeys(names, rule))


def _all_plain(*names: str) -> Rule:
    return _all(_plain, *names)


def _interval(digits: int) -> Rule:
    return _all(_number(digits), "value", "low", "high")


def _file_name(path: Any) -> str:
    """The name alone: folders tell of whoever ran it."""
    return PureWindowsPath(str(path)).name


CREDIT = ("source", "date", "licence", "attribution")
STAGES = ("recruitment", "transit", "exploitation")
MEASURED = (
    *("measure", "support", "radius_km", "per", "weighted", "season", "direction", "statistic"),
    *("sign", "weight"),
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
        **dict.fromkeys(
            ("seed", "target_year", "factors_as_of", "draws", "family", "coefficient_sd"), _plain
        ),
        **dict.fromkeys(("year_sd", "spread_above", "found_share"), _plain),
        **dict.fromkeys(("found_sd", "flows", "gravity_hours", "origins", "spatial_folds"), _plain),
        reporting=_all_plain("share", "share_sd", "slope", "slope_sd"),
        weights=_all(_number(6), *STAGES),
        outcomes=_list_of(_plain),
    ),
    publish=_all_plain("high_multiple", "very_high_multiple", "probability", "threshold_per_100k"),
)
# Whose counts they are; what the sections of ``[[cases]]`` say of columns and files stays inside.
REGISTERS = _list_of(
    _all(_text, "id", "outcome", "label", "label_en", "stage", "register_name", *CREDIT)
)


def _settings(content: Mapping[str, Any]) -> dict[str, Any]:
    """The project file without what is nobody's business, and with its registers by name."""
    return {**SETTINGS(content), "registers": REGISTERS(content.get("cases"))}


# The honesty report, key by key as docs/honesty.md has it.
SPLITS = ("rolling_origin", "spatial", "totals")
CHALLENGERS = (
    *("chosen_factors", "prior_counts", "raw_prior_counts", "population", "expert_index"),
    *("risk_terrain", "boosting"),
)
AT = ("districts_10", "districts_20", "people_10", "people_20")
SHARE, RATIO, SCORE, DIFFERENCE = _interval(2), _interval(2), _interval(3), _interval(4)
CONTENDER = _only(
    failed=_text,
    log_score=SCORE,
    poisson_deviance=SCORE,
    crps=SCORE,
    rank_correlation=SHARE,
    hit_rate=_all(SHARE, *AT),
    pai=_all(RATIO, *AT),
    pei=_all(SHARE, *AT),
    pit=_list_of(SHARE),
    coverage=_list_of(
        _only(level=_number(2), covered=SHARE, promised=_number(2), width=_number(2))
    ),
    calibration=_only(overall=RATIO, parts=_list_of(RATIO)),
)
SPLIT = _only(
    folds=_whole,
    held_out_years=_list_of(_whole),
    unit=_text,
    units=_whole,
    districts=_whole,
    clusters=_whole,
    buffer=_truth,
    contenders=_all(CONTENDER, "model", *CHALLENGERS),
    differences=_all(DIFFERENCE, *CHALLENGERS),
)
HONESTY = _only(
    version=_whole,
    tested=_truth,
    beats=_truth,
    gate=_only(
        split=_one_of(*SPLITS),
        against=_one_of(*CHALLENGERS),
        difference=DIFFERENCE,
        reasons=_texts,
    ),
    level=_number(2),
    resamples=_whole,
    splits=_all(SPLIT, *SPLITS),
    moran=_only(
        year=_whole,
        value=_number(3),
        expectation=_number(4),
        p_value=_number(3),
        permutations=_whole,
    ),
    reasons=_texts,
)
BELIEF = _only(prior=RATIO, posterior=RATIO)
VALIDATION = _only(
    honesty=HONESTY,
    rates=_one_of("true", "recorded", "index"),
    reporting=_only(share=BELIEF, slope=BELIEF, told=_number(2)),
    sensitivity=_list_of(
        _all(_number(2), "share", "slope", "rank_correlation", "top_kept", "level_ratio")
    ),
    inference=_only(
        family=_text,
        draws=_whole,
        effective=_number(0),
        settled=_truth,
        exact=_truth,
        spread=RATIO,
        structured=RATIO,
    ),
    contradictions=_list_of(
        _only(factor=_text, expected=_one_of("+", "-"), probability=_number(2))
    ),
    effects=_list_of(_only(factor=_text, at=_number(2), value=_number(4), relative_rate=RATIO)),
    selection=_list_or_nothing(_only(factor=_text, frequency=_number(2))),
    beside=_list_of(_all(_text, "dataset", "label", "label_en", "register_name")),
    composite_of=_all(_number(6), *STAGES),
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
    "settings": _settings,
    "versions": _dict_of(_plain),
    "validation": _dict_of(VALIDATION),
    "factors": _list_of(FACTOR),
    "warnings": _list_of(_plain),
    "accepted_worse": _plain,
    "accepted_by": _plain,
}
