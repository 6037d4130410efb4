"""What HTML pages under /ogc show of an answer: sections of links and of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from fastapi import Request

from api.ogc.forms import language_of
from api.ogc.links import base_of
from api.ogc.select import Selection
from maps.ogc_page import Section, links_of, ogc_page, table_of
from maps.page import Page
from maps.words import Words, words

Json = dict[str, Any]
Maker = Callable[..., tuple[str, list[Section]]]  # title and sections
COLUMNS_SHOWN = 12


def made(request: Request, content: Json, page: Maker, *more: Any) -> Page:
    """The page of an answer, in the language that is asked for."""
    language = language_of(request)
    told = words(language)
    title, sections = page(content, told, *more)
    return ogc_page(
        language,
        title=title,
        sections=sections,
        trail=_trail(request, told),
        other_address=str(request.url.include_query_params(lang=told.other, f="html").query),
        json_address=str(request.url.include_query_params(f="json").query),
    )


def one(place: int) -> np.ndarray:
    """One row."""
    return np.array([place])


def landing(content: Json, say: Words) -> tuple[str, list[Section]]:
    kinds = ("service-doc", "conformance", "data")
    found = [
        (say(f"ogc_link.{one['rel'].replace('-', '_')}"), _html(one["href"]))
        for one in content["links"]
        if one["rel"] in kinds
    ]
    return content["title"], [links_of(say("ogc.contents"), found)]


def conformance(content: Json, say: Words) -> tuple[str, list[Section]]:
    rows = [[one] for one in content["conformsTo"]]
    title = say("ogc_link.conformance")
    return title, [table_of(title, [say("ogc.conformance_class")], rows)]


def definition(content: Json, say: Words) -> tuple[str, list[Section]]:
    rows = [
        [path, _operation(one["get"], say), ", ".join(p["name"] for p in one["get"]["parameters"])]
        for path, one in content["paths"].items()
    ]
    names = [say("ogc.address"), say("ogc.what"), say("ogc.parameters")]
    title = say("ogc_link.service_doc")
    return title, [table_of(title, names, rows)]


def collections(content: Json, say: Words) -> tuple[str, list[Section]]:
    found = [
        (one["title"], _html(one["links"][0]["href"], say.language))
        for one in content["collections"]
    ]
    title = say("ogc_link.data")
    return title, [links_of(title, found)]


def collection(content: Json, say: Words) -> tuple[str, list[Section]]:
    here = content["links"][0]["href"]
    found = [
        (say("ogc.features"), _html(f"{here}/items", say.language)),
        (say("ogc.queryables"), _html(f"{here}/queryables", say.language)),
    ]
    box = content["extent"].get("spatial", {}).get("bbox", [[]])[0]
    rows = [
        [say("ogc.identity"), content["id"]],
        [say("layers.attribution"), content["attribution"]],
        [say("layers.licence"), content["license"]],
        [say("ogc.extent"), ", ".join(f"{side:.3f}" for side in box)],
        [say("ogc.systems"), ", ".join(content.get("crs", []))],
    ]
    return content["title"], [
        links_of(say("ogc.contents"), found),
        table_of(say("ogc.about"), [say("ogc.what"), say("ogc.value")], rows),
    ]


def queryables(content: Json, say: Words) -> tuple[str, list[Section]]:
    rows = [
        [name, one.get("type", one.get("format", "")), one.get("title", "")]
        for name, one in content["properties"].items()
    ]
    names = [say("ogc.property"), say("ogc.kind"), say("ogc.what")]
    title = f"{content['title']}: {say('ogc.queryables')}"
    return title, [table_of(say("ogc.queryables"), names, rows)]


def items(content: Json, say: Words, selection: Selection) -> tuple[str, list[Section]]:
    features = selection.collection.features
    shown = list(features.columns)[:COLUMNS_SHOWN]
    names = selection.wanted.names or features.with_doubt(shown)
    records = features.records(selection.rows, names)
    here = content["links"][0]["href"].partition("?")[0]
    rows = [
        [(features.keys[row], _html(f"{here}/{features.keys[row]}", say.language))]
        + [_said(record[name]) for name in names]
        for row, record in zip(selection.rows.tolist(), records, strict=True)
    ]
    matched = say("ogc.matched", n=say.count(content["numberMatched"]))
    more = [(say("ogc.next"), one["href"]) for one in content["links"] if one["rel"] == "next"]
    return content["title"], [
        table_of(matched, [say("ogc.identity"), *names], rows),
        *([links_of(say("ogc.more"), more)] if more else []),
    ]


def item(content: Json, say: Words) -> tuple[str, list[Section]]:
    rows = [[name, _said(value)] for name, value in content["properties"].items()]
    names = [say("ogc.property"), say("ogc.value")]
    title = f"{content['collection']}: {content['id']}"
    return title, [table_of(say("ogc.about"), names, rows)]


def _operation(told: Json, say: Words) -> str:
    """Its id begins with what is asked; the document itself is English."""
    return say(f"ogc_operation.{told['operationId'].partition('.')[0]}")


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _html(address: str, language: str = "es") -> str:
    join = "&" if "?" in address else "?"
    return f"{address}{'' if 'f=html' in address else f'{join}f=html'}" + (
        "" if language == "es" else "&lang=en"
    )


def _trail(request: Request, say: Words) -> list[tuple[str, str]]:
    """The addresses above this one."""
    base, parts = base_of(request), request.url.path.strip("/").split("/")
    named = {"ogc": say("ogc.title"), "collections": say("ogc_link.data")}
    named["items"] = say("ogc.features")
    return [
        (
            named.get(part, part),
            _html(f"{base}/{'/'.join(parts[: place + 1])}", say.language),
        )
        for place, part in enumerate(parts[:-1])
    ]
