"""In which form an answer is wanted: ``f``, else what Accept likes best."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from api.deps import GEOJSON
from api.ogc import jsonfg
from api.ogc.formats import FORMS
from maps.words import Language

JSON, HTML = "application/json", "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
DOCUMENTS: Mapping[str, str] = {"json": JSON, "html": HTML}
FEATURE: Mapping[str, str] = {"json": GEOJSON, "html": HTML, "jsonfg": jsonfg.MEDIA_TYPE}
FEATURES = {**FEATURE, **{name: form.media_type for name, form in FORMS.items()}}
NAMES = tuple(FEATURES)


def language_of(request: Request) -> Language:
    """The language that is asked for."""
    return "en" if request.query_params.get("lang") == "en" else "es"


def wanted_form(request: Request, offered: Mapping[str, str] = DOCUMENTS) -> str:
    """A key of ``offered`` (form -> media type); the first one where nothing is said."""
    accept = request.headers.get("accept", "")
    return form_of(request.query_params.get("f"), accept, offered)


def form_of(f: str | None, accept: str, offered: Mapping[str, str] = FEATURES) -> str:
    """The form of an answer: ``f``, else the first of ``accept`` that we have, else JSON."""
    if f is not None:
        return f
    first = next(iter(offered))
    kinds = {kind.partition(";")[0]: name for name, kind in offered.items()}
    kinds |= {JSON: first, "*/*": first}
    wanted = [kinds[kind] for kind in _by_preference(accept) if kind in kinds]
    return wanted[0] if wanted else first


def _by_preference(accept: str) -> list[str]:
    """Media types of an Accept header, the most wanted first; refused ones (q=0) left out."""
    kinds = []
    for part in accept.lower().split(","):
        kind, *options = (piece.strip() for piece in part.split(";"))
        weights = [option[2:] for option in options if option.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            kinds.append((weight, kind))
    return [kind for _, kind in sorted(kinds, key=lambda one: -one[0])]
