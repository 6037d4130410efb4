"""What may be told of a scenario, key by key, as docs/scenarios.md has it."""

from __future__ import annotations

from data.plan_rules import CASES, PLACE, RATE, SHARE, SITES_REQUEST, interval_of
from data.rules import all_of, list_of, number, one_of, only, text, texts, truth, whole

SIDES, ENDS = ("before", "after"), ("", "_low", "_high")
CHANGED = only(
    **dict.fromkeys(("code", "name"), text),
    **dict.fromkeys(
        (f"{name}_{side}" for name in ("level", "no_data_reason") for side in SIDES), text
    ),
    **dict.fromkeys(
        (f"{name}_{side}" for name in ("score", "rank", "rank_low", "rank_high") for side in SIDES),
        number(4),
    ),
    **dict.fromkeys(
        (
            f"{name}_{side}"
            for name in ("p_above_mean", "p_above_high", "p_below_mean")
            for side in SIDES
        ),
        number(4),
    ),
    **dict.fromkeys(
        (
            f"{name}_{side}"
            for name in ("rate", "rate_low", "rate_high", "relative_risk", "rr_low", "rr_high")
            for side in SIDES
        ),
        RATE,
    ),
    **dict.fromkeys(
        (f"{name}{end}" for name in ("score_change", "rate_ratio") for end in ENDS), number(4)
    ),
    **dict.fromkeys((f"rate_change{end}" for end in ENDS), RATE),
    moved=truth,
    beyond_seen=texts,
)
PLANS = only(
    **dict.fromkeys(("outcome", "label"), text),
    rates=one_of("true", "recorded", "burden"),
    request=SITES_REQUEST,
    cases=all_of(interval_of(CASES), "now", "now_there", "there", "change", "gain"),
    share_of_all_cases=all_of(interval_of(SHARE), "now", "now_there", "there"),
    sites=list_of(
        only(
            **dict.fromkeys(("id", "name", "code", "department"), text),
            **dict.fromkeys(("lon", "lat"), PLACE),
            existing=truth,
            change=one_of("stays", "leaves", "closed", "comes"),
            **dict.fromkeys(("belongs_before", "belongs_after"), number(2)),
        )
    ),
    districts=list_of(
        only(
            **dict.fromkeys(("code", "name", "department"), text),
            **dict.fromkeys(("reached_before", "reached_after"), number(2)),
        )
    ),
    unknown_districts=texts,
    notes=texts,
)
SCENARIO = only(
    **dict.fromkeys(("label", "run", "name"), text),
    **dict.fromkeys(("target_year", "factors_as_of"), whole),
    changes=list_of(
        only(
            **dict.fromkeys(("kind", "layer", "way", "way_class", "season"), text),
            **dict.fromkeys(("factor", "speed", "value", "area_km2"), number(4)),
            feature=list_of(whole),
            place=list_of(number(6)),
        )
    ),
    notes=texts,
    factors=list_of(only(code=text, factor=text, before=number(4), after=number(4))),
    outcomes=list_of(
        only(
            **dict.fromkeys(("outcome", "label", "stage"), text),
            rates=one_of("true", "recorded", "index", "burden"),
            districts=list_of(CHANGED),
        )
    ),
    plan=PLANS,
)
