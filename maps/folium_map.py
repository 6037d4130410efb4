"""The Folium map inside the page: Folium's Map without its CDN, its random names and its header.

Folium draws the frame (view, scale, zoom); what it draws into is ours: scripts that put every text
from data on the page as text, which Folium's own popups and layer control do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

Bounds = tuple[float, float, float, float]  # west, south, east, north (degrees)
PAN_MARGIN = 1.0  # how far beyond the area one may pan, as a share of its longer side


class LocalMap(folium.Map):
    """A Folium map that asks nobody for scripts, styles or tiles."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 -- as Folium declares them
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class StartVigia(MacroElement):
    """Hands the Leaflet map over to ``maps/static/map.js``, with what it has to show.

    Folium's own way to fit the bounds zooms in motion, and what is added to the map meanwhile can
    stay where it was: on a slow machine a click then tells of another district.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "vigia.start({{ this._parent.get_name() }}, {{ this.bounds|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, bounds: Bounds | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "StartVigia"
        west, south, east, north = bounds or (0.0, 0.0, 0.0, 0.0)
        self.bounds = [[south, west], [north, east]] if bounds else None


@dataclass(frozen=True)
class FoliumParts:
    """What Folium wrote: the map's element and the script that fills it."""

    html: str
    script: str


def folium_parts(bounds: Bounds | None) -> FoliumParts:
    """The map over ``bounds``; None (no geometry at all) gives an empty one.

    Folium's header is left out: it holds a viewport that forbids zooming, and styles that
    ``map.css`` sets.
    """
    figure = Figure()
    figure.add_child(_local_map(bounds))
    _name_in_order(figure)
    for child in figure._children.values():
        child.render()
    return FoliumParts(
        html=figure.html.render().strip(),
        # One form of line end: browsers hash what they parsed, and they parse CR LF as LF.
        script=figure.script.render().replace("\r\n", "\n"),
    )


def _local_map(bounds: Bounds | None) -> LocalMap:
    options: dict[str, Any] = {
        "prefer_canvas": True,
        "control_scale": False,  # it shows miles too; map.js has one without
        "attribution_control": False,  # writes HTML; the page credits everything itself
        "zoom_snap": 0.25,
        "tiles": None,
    }
    if bounds is None:
        made = LocalMap(location=[0, 0], **options)
    else:
        west, south, east, north = bounds
        margin = max(east - west, north - south, 1.0) * PAN_MARGIN
        made = LocalMap(
            location=[(south + north) / 2, (west + east) / 2],
            max_bounds=True,
            min_lat=south - margin,
            max_lat=north + margin,
            min_lon=west - margin,
            max_lon=east + margin,
            **options,
        )
    made.add_child(StartVigia(bounds))
    return made


def _name_in_order(figure: Figure) -> None:
    """Folium draws its names at random; ours follow from the order, so the bytes repeat."""
    for number, element in enumerate(_walk(figure)):
        element._id = f"vigia{number}"


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _walk(child)
