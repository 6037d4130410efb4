"""Filters in CQL2, text or JSON, as a tree. What would cost too much is refused before."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import cql2

from api.ogc.errors import BadParameterError

Language = Literal["cql2-text", "cql2-json"]
LANGUAGES: tuple[Language, ...] = ("cql2-text", "cql2-json")
# Parsers go down with brackets and signs; what is deeper than their stack ends the process.
MOST_CHARACTERS, MOST_BRACKETS, MOST_NOTS = 10_000, 100, 100
MOST_NODES, MOST_DEEP, MOST_NUMBERS = 500, 50, 4000
_SIGNS = re.compile(r"(?:[-+]\s*){9}")
Tree = Any


def parsed(text: str, language: Language) -> Tree:
    """The filter as CQL2 JSON.

    Raises
    ------
    BadParameterError
        When it is no CQL2, or too large.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadParameterError(f"A filter has {MOST_CHARACTERS} characters at most.")
    tree = _from_text(text) if language == "cql2-text" else _from_json(text)
    _measure(tree)
    return tree


def _from_text(text: str) -> Tree:
    nots = text.lower().count("not")
    if text.count("(") > MOST_BRACKETS or nots > MOST_NOTS or _SIGNS.search(text):
        raise _too_deep()
    try:
        return cql2.parse_text(text).to_json()
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, cql2.ParseError) as error:
        raise _unreadable(error) from None


def _from_json(text: str) -> Tree:
    try:
        tree = json.loads(text)
        _measure(tree)
        cql2.parse_json(text)
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, cql2.ParseError) as error:
        raise _unreadable(error) from None
    return tree


def _measure(tree: Tree) -> None:
    """Refuse what is too deep, or says too much; without going down itself."""
    nodes = numbers = deep = 0
    level = [tree]
    while level:
        deep += 1
        nodes += sum(isinstance(one, dict) for one in level)
        numbers += sum(not isinstance(one, dict | list) for one in level)
        if nodes > MOST_NODES or numbers > MOST_NUMBERS or deep > 2 * MOST_DEEP:
            raise _too_deep()
        level = [
            below
            for one in level
            if isinstance(one, dict | list)
            for below in (one.values() if isinstance(one, dict) else one)
        ]


def _too_deep() -> BadParameterError:
    return BadParameterError(
        "This filter is too deep or too long.",
        hint=f"At most {MOST_BRACKETS} brackets, {MOST_DEEP} operators inside of each other, "
        f"{MOST_NODES} in all.",
    )


def _unreadable(error: Exception) -> BadParameterError:
    lines = str(error).strip().splitlines() or [""]
    return BadParameterError(
        "The filter is no CQL2.", hint=" ".join((lines[0], lines[-1]))[:300].strip()
    )
