"""The addresses under /ogc as an OpenAPI 3.0 document, for clients that read no 3.1."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from api.ogc.collection import Collection
from api.ogc.forms import DOCUMENTS, FEATURE, FEATURES, HTML, JSON, OPENAPI, SCHEMA
from api.ogc.links import CRS84
from api.ogc.query import DEFAULT_LIMIT, MOST
from api.problems import MEDIA_TYPE

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
_BOX: Json = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
_URI: Json = {"type": "string", "format": "uri", "default": CRS84}


def _parameter(name: str, schema: Json, about: str = "") -> Json:
    as_written = {"style": "form", "explode": False}
    said = {"description": about} if about else {}
    return {
        "name": name,
        "in": "query",
        "required": False,
        **said,
        "schema": schema,
        **as_written,
    }


def _one_of(names: Sequence[str]) -> Json:
    return {"type": "string", "enum": list(names)}


LIMIT: Json = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT}
EVERYWHERE = [
    _parameter("f", _one_of(tuple(DOCUMENTS)), "Form of the answer, before Accept."),
    _parameter("lang", _one_of(("es", "en")), "Language of HTML."),
]
ITEM = [
    _parameter("f", _one_of(tuple(FEATURE)), "Form of the answer, before Accept."),
    EVERYWHERE[1],
    _parameter("crs", _URI, "System of the answer's coordinates."),
    _parameter("properties", {"type": "array", "items": TEXT}, "Properties that are wanted."),
]
ITEMS = [  # as the standard defines them
    _parameter("limit", LIMIT),
    _parameter("bbox", _BOX),
    _parameter("bbox-crs", _URI, "System of bbox."),
    _parameter("datetime", TEXT),
    _parameter("filter", TEXT, "A condition in CQL2."),
    _parameter("filter-lang", {**_one_of(("cql2-text", "cql2-json")), "default": "cql2-text"}),
    _parameter("filter-crs", _URI, "System of the filter's geometries."),
    _parameter("sortby", {"type": "array", "items": TEXT}, "Properties, - before one: downwards."),
    _parameter("run", TEXT, "The run that pages are of."),
    _parameter("after", TEXT, "The feature that the page comes after."),
    *(_parameter(name, TEXT) for name in ("code", "level", "province", "department")),
    *(_parameter(name, TEXT) for name in ("province_code", "department_code")),
    _parameter("f", _one_of(tuple(FEATURES)), "Form of the answer, before Accept."),
    *ITEM[1:],
]


def document(collections: Sequence[Collection], base: str) -> Json:
    """The document for one caller: the collections that are open to it."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "vigia", "version": version("vigia")},
        "servers": [{"url": base}],
        "paths": {
            "/ogc": _get("landing", "Landing page"),
            "/ogc/api": _get("definition", "This document", kinds=(OPENAPI, HTML)),
            "/ogc/conformance": _get("conformance", "Classes of the standard that are kept"),
            "/ogc/collections": _get("collections", "Collections"),
            **{path: one for found in collections for path, one in _paths(found)},
        },
        "security": [{"key": []}, {"basic": []}, {}],
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "basic": {"type": "http", "scheme": "basic"},
            },
            "schemas": {"problem": _PROBLEM},
            "responses": {
                "problem": {
                    "description": "What was wrong.",
                    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}},
                }
            },
        },
    }


_PROBLEM: Json = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "hint": TEXT,
        "instance": TEXT,
    },
}


def _paths(found: Collection) -> list[tuple[str, Json]]:
    here, name = f"/ogc/collections/{found.id}", found.id
    features = tuple(FEATURES.values())
    own = [_parameter(one, TEXT) for one in found.texts]
    named = {one["name"] for one in ITEMS}
    standing = [one for one in ITEMS if one["name"] not in _FIELDS or one["name"] in found.texts]
    more = [one for one in own if one["name"] not in named]
    code = {"name": "code", "in": "path", "required": True, "schema": TEXT}
    return [
        (here, _get(f"about.{name}", found.titles["en"])),
        (
            f"{here}/queryables",
            _get(f"queryables.{name}", "Properties that filters may name", kinds=(SCHEMA, HTML)),
        ),
        (f"{here}/items", _get(f"items.{name}", found.titles["en"], [*standing, *more], features)),
        (
            f"{here}/items/{{code}}",
            _get(f"item.{name}", found.titles["en"], [code, *ITEM], tuple(FEATURE.values())),
        ),
    ]


_FIELDS = ("code", "level", "province", "department", "province_code", "department_code")


def _get(
    name: str,
    summary: str,
    parameters: Sequence[Json] = EVERYWHERE,
    kinds: Sequence[str] = (JSON, HTML),
) -> Json:
    wrong = {"$ref": "#/components/responses/problem"}
    schemas = {kind: {"schema": TEXT if kind == HTML else {"type": "object"}} for kind in kinds}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            "responses": {
                "200": {"description": summary, "content": schemas},
                **dict.fromkeys(("400", "401", "403", "404", "410", "429", "503"), wrong),
            },
        }
    }
