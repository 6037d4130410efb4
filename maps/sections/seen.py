"""What data a run saw, by file and by source, and what it warns of and cannot know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from maps.blocks import Items, Section, Table
from maps.facts import key_text
from maps.released import Released
from maps.words import Words

CANNOT = ("persons", "causes", "unrecorded", "places", "tomorrow")
HASH_SHOWN = 12  # of a file's SHA-256: enough to tell versions apart

Json = Mapping[str, Any]


def sources(released: Released, words: Words) -> Section:
    """Whose data they are, and which files they came in."""
    credited = [list(row) for row in _credits(released.facts["settings"], words)]
    head = [words(f"column.{key}") for key in ("what", "source", "date", "licence")]
    files = [list(row) for row in _files(released.facts["inputs"])]
    names = [words(f"column.{key}") for key in ("input", "file", "years", "sha256")]
    return Section(
        words("report.seen"),
        [
            Table(head, credited, words("report.sources_how")),
            Table(names, files, words("report.files_how")),
        ],
    )


def _credits(settings: Json, words: Words) -> Iterator[tuple[str, str, str, str]]:
    known: list[tuple[str, Json | None]] = [
        (words("layers.districts"), settings.get("districts")),
        (words("report.population"), settings.get("population")),
        *((_label(one, words), one) for one in settings.get("registers") or []),
        *((_label(one, words), one) for one in settings.get("layers") or []),
        *(
            (words(words.known(f"layers.way_{way.get('mode')}", "layers.travel")), way)
            for way in (settings.get("travel") or {}).get("ways") or []
        ),
    ]
    for name, said in known:
        if said:
            licence = said.get("licence") or words("layers.no_licence")
            yield name, str(said.get("source") or ""), str(said.get("date") or ""), str(licence)


def _label(said: Json, words: Words) -> str:
    label = said.get("label") if words.language == "es" else said.get("label_en")
    register = f" ({said['register_name']})" if said.get("register_name") else ""
    return f"{label or said.get('label') or said.get('id')}{register}"


def _files(inputs: Json) -> Iterator[tuple[str, str, str, str]]:
    for key in sorted(inputs):
        for one in inputs[key]:
            years = sorted(one.get("years") or [])
            span = "" if not years else str(years[0])
            span += f"-{years[-1]}" if len(years) > 1 else ""
            yield key, str(one.get("file") or ""), span, str(one.get("sha256") or "")[:HASH_SHOWN]


def limits(released: Released, words: Words) -> list[Section]:
    """Warnings of the run, and what no run can tell."""
    told = [key_text(released, words, "warning", key) for key in released.facts["warnings"]]
    cannot = [words(f"cannot.{key}") for key in CANNOT]
    warned = [Section(words("report.warnings"), [Items(told)])] if told else []
    return [*warned, Section(words("report.cannot"), [Items(cannot)])]
