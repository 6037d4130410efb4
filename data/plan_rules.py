"""What may be told of a plan, key by key, as docs/plans.md has it."""

from __future__ import annotations

from data.rules import (
    Rule,
    list_of,
    number,
    one_of,
    only,
    significant,
    text,
    texts,
    truth,
    whole,
)

CASES, SHARE, PLACE = number(1), number(3), number(6)
RATE = significant(2)


def interval_of(rule: Rule) -> Rule:
    """A mean between its ends."""
    return only(mean=rule, low=rule, high=rule)


SITES_REQUEST = only(
    **dict.fromkeys(("teams", "draws", "nodes"), whole),
    **dict.fromkeys(("candidates", "existing", "season"), text),
    **dict.fromkeys(("forced", "forbidden"), texts),
    reach_minutes=number(1),
    **dict.fromkeys(
        ("capacity_people", "budget", "tail", "prevented_share", "years", "gap", "seconds"),
        number(4),
    ),
    minimum=list_of(only(department=text, least=whole)),
)
PLAN = only(
    **dict.fromkeys(
        ("run", "run_date", "outcome", "outcome_label", "outcome_label_en", "solver"), text
    ),
    target_year=whole,
    rates=one_of("true", "recorded", "burden"),
    request=SITES_REQUEST,
    **dict.fromkeys(("cases_reached", "existing_cases", "cases_prevented"), interval_of(CASES)),
    share_of_all_cases=interval_of(SHARE),
    **dict.fromkeys(("share_of_unlimited_best", "gap"), SHARE),
    **dict.fromkeys(("value", "bound"), CASES),
    **dict.fromkeys(("stopped_by_clock", "stopped_by_work"), truth),
    sites=list_of(
        only(
            **dict.fromkeys(("id", "name", "code", "department"), text),
            **dict.fromkeys(("lon", "lat"), PLACE),
            **dict.fromkeys(("chosen", "existing"), truth),
            cost=number(2),
            cases_reached=interval_of(CASES),
            people=number(-1),
            belongs=number(2),
        )
    ),
    limits=list_of(only(limit=text, gain=CASES, gap=SHARE, cases=interval_of(CASES))),
    districts=list_of(
        only(
            **dict.fromkeys(("code", "name", "department", "site"), text),
            reached=number(2),
            people=number(-1),
        )
    ),
    routes=list_of(
        only(
            **dict.fromkeys(("site", "code"), text),
            minutes=number(0),
            line=list_of(list_of(number(4))),
        )
    ),
    unknown_districts=texts,
    notes=texts,
)

PLACED = {
    **dict.fromkeys(("id", "name", "code", "department"), text),
    **dict.fromkeys(("lon", "lat"), PLACE),
}
REACHED = {"cases_reached": interval_of(CASES), "people": number(-1), "belongs": number(2)}
ITINERARIES = only(
    **dict.fromkeys(
        ("kind", "run", "run_date", "timezone", "outcome", "outcome_label", "outcome_label_en"),
        text,
    ),
    solver=text,
    target_year=whole,
    rates=one_of("true", "recorded", "burden"),
    request=only(
        teams=list_of(
            only(
                **dict.fromkeys(("name", "base", "first"), text), days=whole, place=only(**PLACED)
            ),
        ),
        **dict.fromkeys(("first", "candidates", "bases", "season", "return_to_base"), text),
        **dict.fromkeys(("only", "forced", "forbidden"), texts),
        **dict.fromkeys(
            ("days", "day_minutes", "morning", "service_minutes", "boats", "draws", "seed"), whole
        ),
        **dict.fromkeys(("tries", "blocks"), whole),
        **dict.fromkeys(("reach_minutes", "years", "tail"), number(4)),
        service=list_of(only(stop=text, minutes=whole)),
    ),
    visits=list_of(
        only(
            **PLACED,
            **REACHED,
            **dict.fromkeys(("team", "leaves", "arrives", "starts", "ends"), text),
            **dict.fromkeys(("day", "travel_minutes"), whole),
            home=truth,
        )
    ),
    left=list_of(only(**PLACED, **REACHED, reason=one_of("no_way", "too_long", "no_time"))),
    cases_reached=interval_of(CASES),
    share_of_all_cases=interval_of(SHARE),
    **dict.fromkeys(("share_of_unlimited_best", "gap"), SHARE),
    **dict.fromkeys(("value", "bound"), CASES),
    proven=truth,
    limits=list_of(only(limit=text, gain=CASES, cases=interval_of(CASES))),
    unknown_districts=texts,
    notes=texts,
)
