"""What a report is made of, before it is markup: the template knows these and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from markupsafe import Markup


@dataclass(frozen=True)
class Heading:
    """Of a part of a section."""

    kind: ClassVar = "heading"
    text: str


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    kind: ClassVar = "text"
    text: str
    tone: Literal["plain", "small", "good", "bad", "flag"] = "plain"


@dataclass(frozen=True)
class Items:
    """A list."""

    kind: ClassVar = "items"
    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Cells as text; the first of each row is its name."""

    kind: ClassVar = "table"
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True)
class Plot:
    """A picture, and the one sentence that says how to read it."""

    kind: ClassVar = "plot"
    title: str
    svg: Markup
    how: str


Block = Heading | Text | Items | Table | Plot


@dataclass(frozen=True)
class Section:
    """A part of the report with a title of its own."""

    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
