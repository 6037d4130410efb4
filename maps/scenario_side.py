"""A scenario beside today on the map: what it changes, what must be known first, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from maps.against import SCENARIO, as_side
from maps.factors import factor_names, value_text
from maps.levels import SAID_WITH
from maps.payload import as_block
from maps.released import Released
from maps.scenario_text import changes_said, most_changed, notes_said
from maps.words import Words

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ScenarioSide:
    """What a file has of a scenario.

    Attributes
    ----------
    caution : str
        To be read before anything else.
    blocks : mapping of str to str
        By id in the page; each is what ``maps.against.against`` says of another run.
    """

    caution: str
    blocks: Mapping[str, str]


def scenario_side(told: Json, released: Released, words: Words) -> ScenarioSide:
    """What ``data.disclosure.release_scenario`` let out, for the districts of its run."""
    name = words("scenario.named", name=told["name"]) if told["name"] else ""
    caution = words("scenario.caution", label=told["label"], name=name)
    first = [caution, *_changes(told, released, words), *_cautions(told, words)]
    why = _factors(told, released, words)
    return ScenarioSide(
        caution,
        {
            f"against-{SCENARIO}-{one['outcome']}": as_block(
                _block(one, released, first, why, words)
            )
            for one in told["outcomes"]
        },
    )


def _block(
    outcome: Json, released: Released, first: list[str], why: Mapping[str, list[str]], words: Words
) -> dict[str, Any]:
    place = {code: index for index, code in enumerate(released.districts["code"])}
    districts = [one for one in outcome["districts"] if one["code"] in place]
    moved = most_changed(districts)
    known = {one["code"] for one in moved}
    passed = [one for one in districts if one["code"] not in known and _other_level(one)]
    return {
        "own": words("scenario.today", label=outcome["label"]),
        "label": words("scenario.side", label=outcome["label"]),
        **as_side(_scores_after(districts), released),
        "said": first,
        "counted": words("scenario.counted", n="{n}", shown="{shown}"),
        "caption": words("scenario.caption"),
        "because": words("scenario.change"),
        "told": [
            [place[one["code"]], [*changes_said(one, words), *why.get(one["code"], [])]]
            for one in [*moved, *passed]
        ],
    }


def _other_level(one: Json) -> bool:
    """Whether it has data on both sides, and another level."""
    sides = one["level_before"], one["level_after"]
    return one["rate_ratio"] is not None and len(set(sides)) > 1


def _scores_after(districts: list[Json]) -> pd.DataFrame:
    names = ("level", *SAID_WITH.values())
    table = pd.DataFrame(
        [{name: one[f"{name}_after"] for name in names} for one in districts],
        index=[one["code"] for one in districts],
    )
    return table.astype(dict.fromkeys(SAID_WITH.values(), float))


def _cautions(told: Json, words: Words) -> Iterator[str]:
    target, year = str(told["target_year"]), str(told["factors_as_of"])
    yield words("scenario.head", run=told["run"], target=target, year=year)
    yield from notes_said(told["notes"], words)


def _changes(told: Json, released: Released, words: Words) -> Iterator[str]:
    """What is other than it is, a sentence each."""
    labels = {one.id: one.label_in(words.language) for one in released.layers}
    for change in told["changes"]:
        of = labels.get(change.get("layer"), change.get("layer"))
        kind = change["kind"]
        if kind == "close":
            features = words.series([str(one) for one in change["feature"]])
            yield words("scenario.closes", layer=of, features=features)
        elif kind == "move":
            yield words("scenario.moves", layer=of, features=str(change["feature"][0]))
        elif kind == "open":
            yield words("scenario.opens", layer=of)
        else:
            yield _travel(change, words)


def _travel(change: Json, words: Words) -> str:
    named = " ".join(filter(None, (change["way"], change.get("way_class"))))
    season = change.get("season")
    way = ", ".join(filter(None, (named, words(f"water.{season}") if season else "")))
    factor, speed = change.get("factor"), change.get("speed")
    if factor:
        return words("scenario.speed_times", way=way, factor=words.plain(factor))
    if speed:
        return words("scenario.speed", way=way, speed=words.plain(speed))
    return words("scenario.no_passage", way=way)


def _factors(told: Json, released: Released, words: Words) -> dict[str, list[str]]:
    """By code, which factors are other than they were."""
    known = {str(one["id"]): one for one in released.facts["factors"]}
    names = factor_names(list(known.values()), words)

    def said(row: Json) -> str:
        sides = {
            when: words("level.no_data")
            if row[when] is None
            else value_text(known[row["factor"]], row[when], words)
            for when in ("before", "after")
        }
        return words("scenario.factor", name=names[row["factor"]], **sides)

    rows = sorted(told["factors"], key=lambda row: (row["code"], row["factor"]))
    return {
        code: [said(row) for row in own if row["factor"] in known]
        for code, own in groupby(rows, key=lambda row: str(row["code"]))
    }
