"""Scripts, styles and pictures of the map: ours, and Leaflet from its package. Never a CDN."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
}
LEAFLET = ("leaflet.css", "leaflet.js")
LEAFLET_IMAGES = ("images/layers.png", "images/layers-2x.png", "images/marker-icon.png")
STYLES = ("leaflet/leaflet.css", "map.css")
# In the order in which they build on each other.
PARTS = (
    *("base.js", "rows.js", "detail.js", "background.js", "layers.js", "filter.js", "search.js"),
    *("choropleth.js", "table.js", "compare.js", "carried.js", "map.js", "print.js"),
)
WHOLE = "vigia.js"  # those parts as one file: each request costs a slow line more than its bytes
SCRIPTS = ("leaflet/leaflet.js", WHOLE)
PLAN_STYLES = ("leaflet/leaflet.css", "places.css", "plan.css")
LOGIN_STYLES = ("login.css",)
OGC_STYLES = ("ogc.css",)
BRIEF_STYLES = ("brief.css",)
PLAN_SCRIPTS = (
    *("leaflet/leaflet.js", "places.js"),
    *("plan_map.js", "plan_ask.js", "plan_days.js", "plan.js"),
)
# Beside those of the map, where it holds plans.
STORED_PLANS_STYLES, STORED_PLANS_SCRIPTS = ("places.css",), ("places.js", "stored_plans.js")
_SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S*\s*$")
_CSS_URL = re.compile(r"url\((images/[\w.-]+)\)")


@dataclass(frozen=True)
class Asset:
    """A file that the service hands out, or that an offline page holds."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        return TYPES[self.name.rsplit(".", 1)[1]]

    @property
    def url(self) -> str:
        """Where it is served; the version in it changes with the content."""
        return f"/static/{self.name}?v={hashlib.sha256(self.content).hexdigest()[:12]}"

    @property
    def text(self) -> str:
        # One form of line end: browsers hash an inline block as they parsed it, CR LF as LF.
        return self.content.decode("utf-8").replace("\r\n", "\n")


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """Everything below /static, by name. What is not in here is not served."""
    leaflet, own = files("xstatic.pkg.leaflet").joinpath("data"), files("maps").joinpath("static")
    found = {f"leaflet/{name}": leaflet.joinpath(name) for name in (*LEAFLET, *LEAFLET_IMAGES)}
    every = (
        *STYLES,
        *PARTS,
        *PLAN_STYLES,
        *PLAN_SCRIPTS,
        *STORED_PLANS_SCRIPTS,
        *LOGIN_STYLES,
        *OGC_STYLES,
        *BRIEF_STYLES,
    )
    found |= {name: own.joinpath(name) for name in every if "/" not in name}
    # Without the comment that sends developer tools to a file that is not served.
    read = {n: _SOURCE_MAP.sub(b"\n", path.read_bytes()) for n, path in found.items()}
    read[WHOLE] = b"\n".join(read.pop(part) for part in PARTS)
    return {name: Asset(name, content) for name, content in read.items()}


def inline_style(name: str) -> str:
    """A style sheet with its pictures inside it."""
    found = assets()
    folder = name.rpartition("/")[0]

    def embedded(match: re.Match[str]) -> str:
        picture = found[f"{folder}/{match[1]}"]
        code = base64.b64encode(picture.content).decode("ascii")
        return f"url(data:{picture.media_type};base64,{code})"

    return _CSS_URL.sub(embedded, found[name].text)
