"""What may be told of a scenario, key by key, as docs/scenarios.md has it."""

from __future__ import annotations

from data.rules import list_of, number, one_of, only, text, texts, truth, whole

SIDES = ("before", "after")
CHANGED = only(
    **dict.fromkeys(("code", "name"), text),
    **dict.fromkeys(
        (f"{name}_{side}" for name in ("level", "no_data_reason") for side in SIDES), text
    ),
    **dict.fromkeys(
        (
            f"{name}_{side}"
            for name in (
                *("score", "rank", "rank_low", "rank_high", "rate", "rate_low", "rate_high"),
                *("relative_risk", "rr_low", "rr_high"),
            )
            for side in SIDES
        ),
        number(4),
    ),
    **dict.fromkeys(
        (
            f"{name}{end}"
            for name in ("score_change", "rate_change", "rate_ratio")
            for end in ("", "_low", "_high")
        ),
        number(4),
    ),
    moved=truth,
    beyond_seen=texts,
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
)
