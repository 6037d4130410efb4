"""What the page says around the map: title, warnings, legend, layers, origin of the figures."""

from __future__ import annotations

from typing import Any

from data.records import OutcomeLabel
from maps.facts import key_text
from maps.layers import Layers, credit_lines, groups
from maps.levels import certainty_text, legend
from maps.made import COMPOSITE, is_trafficking
from maps.released import Released
from maps.ways import ways_group
from maps.words import Words
from maps.years import layer_years

QUICK = "quick_run"  # it was tested, only not enough


def page_words(released: Released, layers: Layers, words: Words, *, served: bool) -> dict[str, Any]:
    """Texts of the page as plain data; the template escapes every one of them.

    Only a served page says when the run was published: a file of the same run has the same bytes
    whenever it is made.
    """
    area, year = released.area, str(released.target_year)
    name = released.area_name(words.language)
    return {
        "title": words("page.title", area=name, year=year),
        "area": name,
        "subtitle": words("page.subtitle", year=year),
        "synthetic": bool(area["synthetic"]),
        "doubts": doubts(released, words),
        "outcomes": [_outcome(outcome, words) for outcome in in_order(released)],
        "legend": legend(words, released.settings["publish"]),
        "certainty": certainty_text(words, released.settings["publish"]),
        "off_map": _off_map(released, words),
        "layer_groups": [
            *groups(released.layers, layers, released.facts["factors"], words),
            *ways_group(released.settings.get("travel"), layers, released.facts["factors"], words),
        ],
        "layer_years": layer_years(released, layers),
        "boundaries": credit_lines(released.boundaries, words),
        "credit": words("page.attribution", credit=_credit(released)),
        "facts": _facts(released, words) + (_published(released, words) if served else []),
        "notes": run_notes(released, words),
    }


def doubts(released: Released, words: Words) -> list[str]:
    """What must be read before the figures: an untested or losing model, and who signed for it."""
    facts = released.facts
    said = []
    if QUICK in facts["warnings"]:
        said.append(words("warning.quick_run"))
    elif not facts["tested"]:
        said.append(words("banner.untested"))
    if facts["beats_baseline"] is False:
        said.append(words("banner.worse"))
    if facts["accepted_worse"]:
        by, why = str(facts["accepted_by"]), str(facts["accepted_worse"])
        said.append(words("banner.accepted", by=by, why=why))
    return said


def run_notes(released: Released, words: Words) -> list[str]:
    """How the figures are to be read, and what the run left out."""
    warnings = [key_text(released, words, "warning", key) for key in released.facts["warnings"]]
    return [
        *_what_rates_are_of(released, words),
        words("run.read_well"),
        words("run.counts_withheld"),
        *warnings,
    ]


def in_order(released: Released) -> list[OutcomeLabel]:
    """Outcomes as the page offers them: the stages together first, where there is such a thing."""
    return sorted(released.outcomes, key=lambda outcome: outcome.id != COMPOSITE)


def label_of_outcome(outcome: OutcomeLabel, words: Words) -> str:
    """What an outcome is called in a language."""
    return outcome.label_in(words.language)


def _what_rates_are_of(released: Released, words: Words) -> list[str]:
    """A sentence for each kind of rate, with the outcomes that have it."""
    names: dict[str, list[str]] = {}
    for outcome in released.outcomes:
        kind = released.rates_of(outcome.id)
        names.setdefault(kind, []).append(label_of_outcome(outcome, words))
    return [words(f"rates.{kind}", names=words.series(names[kind])) for kind in sorted(names)]


def _outcome(outcome: OutcomeLabel, words: Words) -> dict[str, Any]:
    label = label_of_outcome(outcome, words)
    if not is_trafficking(outcome):
        note = words("banner.not_trafficking", label=label)
    elif outcome.stage is not None:
        note = words("outcome.stage", stage=words(f"stage.{outcome.stage}"))
    else:
        kind = "burden" if outcome.id == COMPOSITE else "index"
        note = words(f"rates.{kind}", names=label)
    return {
        "id": outcome.id,
        "label": label,
        "note": note,
        "trafficking": is_trafficking(outcome),
    }


def _off_map(released: Released, words: Words) -> str:
    missing = int(released.districts.geometry.isna().sum())
    return words("legend.off_map", n=words.districts(missing)) if missing else ""


def _credit(released: Released) -> str:
    boundaries = released.boundaries
    return f"{boundaries['attribution'] or boundaries['source']} ({boundaries['date']})"


def _published(released: Released, words: Words) -> list[tuple[str, str]]:
    day = words.date(released.published_at, released.area["timezone"])
    return [(words("run.published_at"), day)]


def _facts(released: Released, words: Words) -> list[tuple[str, str]]:
    return [
        (words("run.id"), released.run_id),
        (words("run.target_year"), str(released.target_year)),
        (words("run.newest_date"), released.newest_date),
        (words("run.seed"), str(released.facts["seed"])),
    ]
