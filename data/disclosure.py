"""The one door through which anything about a run leaves: API, maps, exports, cards and logs.

It lets out what it knows to be safe and nothing else. Until there are keys, no case count passes,
of any place or time; what a later version adds to a run stays inside until it is listed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data.plan_rules import ITINERARIES, PLAN, RATE
from data.records import RunRecord
from data.rules import (
    Rule,
    all_of,
    all_plain,
    dict_of,
    file_name,
    interval,
    list_of,
    list_or_nothing,
    number,
    one_of,
    only,
    plain,
    text,
    texts,
    truth,
    whole,
)
from data.scenario_rules import SCENARIO
from vigia.errors import PublicationRefusedError

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
RATES = ("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high")
CONTRIBUTIONS = ("outcome", "code", "factor", "value", "contribution")
VISITS = ("code", "date", "team_days", "method", "outcome", "counted")
TEXTS = ("outcome", "stage", "code", "level", "no_data_reason", "factor")


def release_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores without any column that is not listed here, and their rates to two digits.

    Rounding keeps the order of a rate and its ends.

    Raises
    ------
    PublicationRefusedError
        When a listed column is missing or of another type: then it is not what it says it is.
    """
    released = _release(scores, SCORES)
    for name in RATES:
        released[name] = pd.to_numeric(released[name].map(RATE)).astype(scores[name].dtype)
    return released


def release_contributions(contributions: pd.DataFrame) -> pd.DataFrame:
    """Contributions of factors without any column that is not listed here.

    Raises
    ------
    PublicationRefusedError
        As ``release_scores``.
    """
    return _release(contributions, CONTRIBUTIONS)


def release_scenario(content: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of a scenario (``vigia.scenario_told``), ready for JSON."""
    return dict(SCENARIO(content))


def release_plan(content: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of a plan (``vigia.plan_told``), ready for JSON."""
    return dict(PLAN(content))


def release_itineraries(content: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of itineraries (``vigia.itineraries_told``), ready for JSON."""
    return dict(ITINERARIES(content))


def release_visits(visits: pd.DataFrame) -> list[dict[str, Any]]:
    """Where teams went, when and for how long; of what they found, only whether it was counted."""
    days = visits["date"].map(lambda day: day.strftime("%Y-%m-%d"))
    told = visits.assign(date=days, counted=visits["found"].notna())
    known = told.astype("object").where(told.notna(), None)
    return [dict(zip(VISITS, row, strict=True)) for row in known[list(VISITS)].to_numpy().tolist()]


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


CREDIT = ("source", "date", "licence", "attribution")
STAGES = ("recruitment", "transit", "exploitation")
MEASURED = (
    *("measure", "support", "radius_km", "per", "weighted", "season", "direction", "statistic"),
    *("sign", "weight"),
)
SETTINGS = only(
    area=all_plain(
        "name", "name_en", "timezone", "synthetic", "metric_crs", "measured", "outside_km"
    ),
    districts=only(**dict.fromkeys(CREDIT, plain), note=list_of(plain)),
    population=only(**dict.fromkeys(CREDIT, plain), note=list_of(plain)),
    layers=list_of(
        only(
            **dict.fromkeys(
                (
                    "id",
                    "label",
                    "label_en",
                    "role",
                    "kind",
                    "shelf_life_years",
                    "draw",
                    *CREDIT,
                    "service",
                ),
                plain,
            ),
            **dict.fromkeys(("series", "band", "year_in_name", "nodata"), plain),
            note=list_of(plain),
            factors=list_of(
                only(**dict.fromkeys(MEASURED, plain), classes=list_of(plain)),
            ),
        )
    ),
    travel=only(
        **dict.fromkeys(
            ("walk_kmh", "walk_limit_minutes", "snap_m", "transfer_minutes", "ports"), plain
        ),
        **dict.fromkeys(("gap_m", "outlet_km"), plain),
        river_classes=list_of(plain),
        outlets=list_of(list_of(plain)),
        ways=list_of(
            only(**dict.fromkeys(("id", "mode", "crossings", *CREDIT), plain), note=list_of(plain))
        ),
        speeds=list_of(
            all_plain("mode", "way_class", "down_high", "up_high", "down_low", "up_low")
        ),
    ),
    model=only(
        **dict.fromkeys(
            ("seed", "target_year", "factors_as_of", "draws", "family", "coefficient_sd"), plain
        ),
        **dict.fromkeys(("year_sd", "spread_above", "found_share"), plain),
        **dict.fromkeys(("found_sd", "flows", "gravity_hours", "origins", "spatial_folds"), plain),
        reporting=all_plain("share", "share_sd", "slope", "slope_sd"),
        weights=all_of(number(6), *STAGES),
        outcomes=list_of(plain),
    ),
    publish=all_plain("high_multiple", "very_high_multiple", "probability", "threshold_per_100k"),
)
# Whose counts they are; what the sections of ``[[cases]]`` say of columns and files stays inside.
REGISTERS = list_of(
    all_of(text, "id", "outcome", "label", "label_en", "stage", "register_name", *CREDIT)
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
SHARE, RATIO, SCORE, DIFFERENCE = interval(2), interval(2), interval(3), interval(4)
CONTENDER = only(
    failed=text,
    log_score=SCORE,
    poisson_deviance=SCORE,
    crps=SCORE,
    rank_correlation=SHARE,
    hit_rate=all_of(SHARE, *AT),
    pai=all_of(RATIO, *AT),
    pei=all_of(SHARE, *AT),
    pit=list_of(SHARE),
    coverage=list_of(only(level=number(2), covered=SHARE, promised=number(2), width=number(2))),
    calibration=only(overall=RATIO, parts=list_of(RATIO)),
)
SPLIT = only(
    folds=whole,
    held_out_years=list_of(whole),
    unit=text,
    units=whole,
    districts=whole,
    clusters=whole,
    buffer=truth,
    contenders=all_of(CONTENDER, "model", *CHALLENGERS),
    differences=all_of(DIFFERENCE, *CHALLENGERS),
)
HONESTY = only(
    version=whole,
    tested=truth,
    beats=truth,
    gate=only(
        split=one_of(*SPLITS),
        against=one_of(*CHALLENGERS),
        difference=DIFFERENCE,
        reasons=texts,
    ),
    level=number(2),
    resamples=whole,
    splits=all_of(SPLIT, *SPLITS),
    moran=only(
        year=whole,
        value=number(3),
        expectation=number(4),
        p_value=number(3),
        permutations=whole,
    ),
    reasons=texts,
)
BELIEF = only(prior=RATIO, posterior=RATIO)
VALIDATION = only(
    honesty=HONESTY,
    rates=one_of("true", "recorded", "index"),
    reporting=only(share=BELIEF, slope=BELIEF, told=number(2)),
    sensitivity=list_of(
        all_of(number(2), "share", "slope", "rank_correlation", "top_kept", "level_ratio")
    ),
    inference=only(
        family=text,
        draws=whole,
        effective=number(0),
        settled=truth,
        exact=truth,
        spread=RATIO,
        structured=RATIO,
    ),
    contradictions=list_of(only(factor=text, expected=one_of("+", "-"), probability=number(2))),
    effects=list_of(only(factor=text, at=number(2), value=number(4), relative_rate=RATIO)),
    selection=list_or_nothing(only(factor=text, frequency=number(2))),
    beside=list_of(all_of(text, "dataset", "label", "label_en", "register_name")),
    composite_of=all_of(number(6), *STAGES),
)
INPUT = only(input_id=plain, file=file_name, sha256=plain, years=list_of(plain))
FACTOR = only(
    **dict.fromkeys(("id", "layer", "unit", "role", "label", "label_en", *MEASURED), plain),
    classes=list_of(plain),
)
RUN: Mapping[str, Rule] = {
    "id": plain,
    "status": plain,
    "created_at": plain,
    "seed": plain,
    "target_year": plain,
    "outcomes": list_of(plain),
    "tested": plain,
    "beats_baseline": plain,
    "inputs": dict_of(list_of(INPUT)),
    "settings": _settings,
    "versions": dict_of(plain),
    "validation": dict_of(VALIDATION),
    "factors": list_of(FACTOR),
    "warnings": list_of(plain),
    "accepted_worse": plain,
    "accepted_by": plain,
}
