"""What a factor is called, and how its number is told: the one place where factors get words.

A text is put together from whole phrases of the catalogue (where, from where, at what water), never
from single words, so that the grammar of each language stays in its catalogue. Factors of earlier
runs lack the keys that came later; they are told as what they meant then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from maps.words import Words

Factor = Mapping[str, Any]  # one of ``factors`` of a run
TRAVEL = ("travel_time", "walked_share")
MAY_BE_WEIGHTED = ("count_density", "kernel_density")
MINUTES = "travel_time"
OTHER = "other"


def factor_names(factors: Sequence[Factor], words: Words) -> dict[str, str]:
    """The name of each factor by its id: label and measure, no two alike.

    Two layers may have one label, and a factor may say in so many words what another leaves unsaid:
    the later one then has a number behind its name.
    """
    names: dict[str, str] = {}
    for factor in factors:
        names[str(factor["id"])] = _free(_name(factor, words), set(names.values()))
    return names


def measured_text(factor: Factor, words: Words) -> str:
    """What is measured and where, without the layer: "distancia en km desde el distrito"."""
    text = _filled("measure_name", factor, words)
    return _with(text, [_water(factor, words)], words)


def factor_phrase(factor: Factor, words: Words) -> str:
    """What the number says, with a place for ``{value}``: "a {value} km del distrito"."""
    key = _key("measure", factor, words)
    text = _filled("measure", factor, words)
    # Keys of one support say for themselves that people are averaged over.
    averaged = factor["support"] == "population" and not key.endswith(("_population", f".{OTHER}"))
    average = words("factor.average") if averaged else ""
    return _with(text, [average, _water(factor, words)], words)


def value_text(factor: Factor, value: float, words: Words) -> str:
    """A factor's number as the phrase takes it: hours and minutes, yes or no, or the number."""
    if factor["measure"] == MINUTES:
        return words.duration(value)
    if _is_yes_or_no(factor):
        return words("factor.yes" if value > 0 else "factor.no")
    return words.number(value)


def listed(names: Iterable[str], words: Words) -> str:
    """Names one after the other, each in quotation marks: they have commas in them."""
    return ", ".join(words("factor.quoted", name=name) for name in names)


def label_of(factor: Factor, words: Words) -> str:
    """The layer's label."""
    return str(factor["label"] if words.language == "es" else factor["label_en"])


def _name(factor: Factor, words: Words) -> str:
    if factor["measure"] == "attribute":  # the label of a table says what its numbers are
        return label_of(factor, words)
    what = measured_text(factor, words)
    return words("factor.name", label=label_of(factor, words), what=what)


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _is_yes_or_no(factor: Factor) -> bool:
    """A single place is in an area or not: the number is 100 or 0."""
    return _at_a_point(factor) and _kind(factor) in ("share_of_area", "zonal_share")


def _at_a_point(factor: Factor) -> bool:
    return factor["support"] == "capital" and factor.get("radius_km") is None


def _kind(factor: Factor) -> str:
    """The measure, with the option that makes another sentence of it."""
    measure = str(factor["measure"])
    if measure in TRAVEL:
        return f"{measure}_{factor.get('direction') or 'to'}"
    if measure == "zonal":
        return f"zonal_{factor.get('statistic') or 'mean'}"
    if measure in MAY_BE_WEIGHTED and factor.get("weighted"):
        return f"{measure}_weighted"
    return measure


def _place(factor: Factor) -> str:
    around = "" if factor.get("radius_km") is None else "_around"
    return f"{factor['support']}{around}"


def _key(family: str, factor: Factor, words: Words) -> str:
    """The message for this measure at this place, else for the measure, else for any."""
    kind, place = _kind(factor), _place(factor)
    if f"where.{place}" not in words.messages:
        return f"{family}.{OTHER}"
    whatever = words.known(f"{family}.{kind}", f"{family}.{OTHER}")
    return words.known(f"{family}.{kind}_{place}", whatever)


def _filled(family: str, factor: Factor, words: Words) -> str:
    key = _key(family, factor, words)
    plain = {
        "value": "{value}",
        "unit": str(factor["unit"]),
        "measure": str(factor["measure"]),
    }
    return words(key, **plain, **({} if key.endswith(f".{OTHER}") else _parts(factor, words)))


def _parts(factor: Factor, words: Words) -> dict[str, str]:
    """Whole phrases that messages of measures have places for."""
    radius, support = factor.get("radius_km"), factor["support"]
    km = "" if radius is None else words.plain(radius)
    return {
        "where": words(f"where.{_place(factor)}", radius=km),
        "start": words(f"start.{support}"),
        "end": words(f"end.{support}"),
        "per": words(f"per.{factor.get('per') or 'area'}"),
        "classes": _classes(factor.get("classes") or (), words),
    }


def _classes(classes: Sequence[float], words: Words) -> str:
    key = "factor.class" if len(classes) == 1 else "factor.classes"
    return words(key, classes=words.series([words.plain(one) for one in classes]))


def _water(factor: Factor, words: Words) -> str:
    if factor["measure"] not in TRAVEL:
        return ""
    return words(f"water.{factor.get('season') or 'high'}")


def _with(text: str, more: Iterable[str], words: Words) -> str:
    """A text and what is added behind commas."""
    return ", ".join(part for part in (text, *more) if part)
