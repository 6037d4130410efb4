"""Which version of every input answers for which years."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self


@dataclass(frozen=True, order=True)
class Entry:
    """One version of one input and the years it answers for; no years: all that it has."""

    years: tuple[int, ...]
    input_id: str


@dataclass(frozen=True)
class Snapshot:
    """Dataset key -> entries, sorted; the same inputs give the same snapshot in every store."""

    entries: Mapping[str, tuple[Entry, ...]]

    def __post_init__(self) -> None:
        canonical = {key: tuple(sorted(self.entries[key])) for key in sorted(self.entries)}
        object.__setattr__(self, "entries", MappingProxyType(canonical))

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Plain content. Ids are hashes of key, file and settings: they name what was read."""
        return {
            key: [{"input_id": e.input_id, "years": list(e.years)} for e in entries]
            for key, entries in self.entries.items()
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Sequence[Mapping[str, Any]]]) -> Self:
        """The snapshot that ``to_json``, or the ``inputs`` of a run, speaks of."""
        return cls(
            {
                key: tuple(Entry(tuple(item["years"]), item["input_id"]) for item in items)
                for key, items in content.items()
            }
        )

    def of(self, key: str) -> tuple[Entry, ...]:
        """Entries of a key; none when nothing of it was ingested."""
        return self.entries.get(key, ())

    def keys_of(self, kind: str) -> list[str]:
        """Keys of a kind: ``cases/a``, ``cases/b`` of ``cases``."""
        return [key for key in self.entries if key.split("/", 1)[0] == kind]


def input_id(key: str, sha256: str, settings_sha256: str) -> str:
    """Sixteen hex digits that name one version of one input, the same in every store."""
    text = "\n".join((key, sha256, settings_sha256))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def take_over(standing: Sequence[Entry], newer: Sequence[Entry]) -> tuple[Entry, ...]:
    """What stands of a key after ``newer`` entries, ingested together, came to those standing.

    Newer ones take over the years they speak of, the later of two that speak of the same year, and
    leave other years alone. Where anything knows no years, the newer ones replace all of it.
    """
    if not newer:
        return tuple(standing)
    if any(not entry.years for entry in (*standing, *newer)):
        timeless = any(not entry.years for entry in newer)
        if timeless:
            return tuple(sorted({Entry((), entry.input_id) for entry in newer}))
        standing = ()
    owner = {year: entry.input_id for entry in (*standing, *newer) for year in entry.years}
    ids = sorted(set(owner.values()))
    return tuple(sorted(Entry(tuple(sorted(y for y in owner if owner[y] == i)), i) for i in ids))
