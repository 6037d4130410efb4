"""Columns of a collection as arrays: what filters compare and sorting orders by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from maps.words import Language

Kind = Literal["text", "number", "integer", "boolean", "time", "list"]
SCHEMAS: dict[Kind, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "time": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}


@dataclass(frozen=True)
class Values:
    """Values of one kind, one for each feature or one for all.

    Attributes
    ----------
    kind : {"text", "number", "boolean", "time"}
    data : array, shape (n,) or ()
        What stands where a value is missing means nothing.
    missing : array of bool, of that shape
    """

    kind: str
    data: np.ndarray
    missing: np.ndarray


@dataclass(frozen=True)
class Sets:
    """Sets of words, one for each feature or one for all.

    Attributes
    ----------
    words : mapping
        Word -> column of ``member``.
    member : array of bool, shape (n, words) or (1, words)
    """

    words: dict[str, int]
    member: np.ndarray


@dataclass(frozen=True, eq=False)
class Column:
    """One property of all features.

    Attributes
    ----------
    cells : sequence
        Plain values; None where there is none, lists of words for ``list``.
    titles : mapping
        What it is called, by language, where its name does not say it.
    """

    kind: Kind
    cells: Sequence[Any]
    titles: Mapping[Language, str] = field(default_factory=dict)

    def schema(self, language: Language) -> dict[str, Any]:
        """As JSON Schema has it."""
        said = {"title": self.titles[language]} if self.titles else {}
        return {**said, **SCHEMAS[self.kind]}

    @cached_property
    def values(self) -> Values:
        """What a filter compares."""
        missing = np.array([cell is None for cell in self.cells], dtype=bool)
        if self.kind == "time":
            data = pd.to_datetime(pd.Series(self.cells), utc=True).dt.tz_localize(None).to_numpy()
            return Values("time", data.astype("datetime64[us]"), missing)
        empty, dtype = {"text": ("", object), "boolean": (False, bool)}.get(
            self.kind, (np.nan, float)
        )
        data = np.array([empty if cell is None else cell for cell in self.cells], dtype=dtype)
        kind = "number" if self.kind == "integer" else self.kind
        return Values(kind, data, missing)

    @cached_property
    def sets(self) -> Sets:
        """What a filter compares, of lists."""
        words = sorted({word for cell in self.cells for word in cell})
        places = {word: number for number, word in enumerate(words)}
        member = np.zeros((len(self.cells), len(words)), dtype=bool)
        for row, cell in enumerate(self.cells):
            member[row, [places[word] for word in cell]] = True
        return Sets(places, member)

    @cached_property
    def order(self) -> np.ndarray:
        """The rank of each value among all, equal ones alike; what is missing has the last."""
        codes, _ = pd.factorize(self.values.data, sort=True)
        return np.where(self.values.missing, len(self.cells), codes)


def column(values: pd.Series, titles: Mapping[Language, str] | None = None) -> Column:
    """A column of a table, by its type."""
    kind, cells = _plain(values)
    return Column(kind, cells, titles or {})


def _plain(values: pd.Series) -> tuple[Kind, list[Any]]:
    plain = values.astype(object).where(values.notna(), None).tolist()
    if pd.api.types.is_bool_dtype(values):
        return "boolean", plain
    if pd.api.types.is_integer_dtype(values):
        return "integer", [None if one is None else int(one) for one in plain]
    if pd.api.types.is_numeric_dtype(values):
        return "number", plain
    if plain and isinstance(plain[0], list):
        return "list", plain
    return "text", [None if one is None else str(one) for one in plain]
