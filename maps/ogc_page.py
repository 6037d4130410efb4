"""Pages for people who open the address for GIS clients in a browser: no script, all escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from maps.assets import assets
from maps.page import Page
from maps.templating import environment
from maps.words import Language, words

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
Cell = str | tuple[str, str]  # text, or text and where it leads


@dataclass(frozen=True)
class Section:
    """A heading, and below it links or a table."""

    heading: str
    links: Sequence[tuple[str, str]] = ()
    names: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


def links_of(heading: str, links: Sequence[tuple[str, str]]) -> Section:
    """A list of links."""
    return Section(heading, links=links)


def table_of(heading: str, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Section:
    """A table."""
    return Section(heading, names=names, rows=rows)


def ogc_page(
    language: Language,
    *,
    title: str,
    sections: Sequence[Section],
    trail: Sequence[tuple[str, str]],
    other_address: str,
    json_address: str,
) -> Page:
    """The page in a language.

    Parameters
    ----------
    trail : sequence of (str, str)
        Names and addresses above this one.
    other_address, json_address : str
        The same in the other language, and for machines; what stands after the question mark.
    """
    html = (
        environment()
        .get_template("ogc.html")
        .render(
            words=words(language),
            style_url=assets()["ogc.css"].url,
            title=title,
            sections=sections,
            trail=trail,
            other_address=other_address,
            json_address=json_address,
        )
    )
    return Page(html, POLICY)
