"""A small still map: a place among its neighbours, coloured by level. SVG without any script."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from geo.simplify import diagonal_degrees, simplify_for_display
from maps.layers import COLOURS as LAYER_COLOURS
from maps.layers import Layers, drawn_layers, standing
from maps.levels import COLOURS, LEVELS, NO_DATA
from maps.plots import Attribute, tag
from maps.released import Released
from maps.words import Words

WIDTH, HEIGHT = 340.0, 250.0
AROUND = 0.45  # of the place's longer side is shown on every side of it
LEAST_DEGREES = 0.02
DETAIL = 1 / 900  # of what is seen from corner to corner: under a pixel
LAYERS_DRAWN, NAMES_DRAWN, NAME_LENGTH = 6, 9, 18
SCALE_SHARE = 0.3  # the scale bar takes at most so much of the width
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class BriefMap:
    """The picture, the levels that are seen on it, and the layers with their marks."""

    svg: Markup
    levels: tuple[str, ...]
    layers: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True)
class Frame:
    """What is seen, and where it lies on the paper."""

    bounds: Bounds

    def points(self, xy: Any) -> Any:
        """Places on the paper of longitudes and latitudes."""
        west, south, east, north = self.bounds
        x = (xy[:, 0] - west) / (east - west) * WIDTH
        y = (north - xy[:, 1]) / (north - south) * HEIGHT
        return np.column_stack([x, y])

    def on_paper(self, shape: BaseGeometry) -> BaseGeometry:
        """What is seen of a shape, on the paper."""
        return shapely.transform(shapely.clip_by_rect(shape, *self.bounds), self.points)


def brief_map(
    released: Released,
    codes: Collection[str],
    outcome: str,
    layers: Layers,
    words: Words,
    label: str,
) -> BriefMap | None:
    """The districts of ``codes`` among their neighbours; None where none has a boundary."""
    frame = _frame(released.districts, codes)
    if frame is None:
        return None
    near = _near(released.districts, frame)
    levels = released.scores_of(outcome)["level"].reindex(near["code"]).tolist()
    levels = [level if level in LEVELS else NO_DATA for level in levels]
    shapes = [frame.on_paper(shape) for shape in near.geometry]
    mine = near["code"].isin(list(codes)).tolist()
    drawn = list(_layers(released, layers, frame, words))
    parts = [
        _hatch(),
        tag("rect", width=WIDTH, height=HEIGHT, fill="#f4f6f7"),
        *(_district(shape, level) for shape, level in zip(shapes, levels, strict=True)),
        *(mark for _, _, marks in drawn for mark in marks),
        *_outline([shape for shape, own in zip(shapes, mine, strict=True) if own]),
        *_names(near["name"].tolist(), shapes, mine),
        *_scale(frame, words),
    ]
    svg = tag("svg", *parts, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=label)
    seen = tuple(one for one in LEVELS if one in levels)
    return BriefMap(svg, seen, tuple((name, swatch) for name, swatch, _ in drawn))


def level_mark(level: str) -> Markup:
    """A swatch of a level, as the map has it."""
    parts = [tag("rect", width=9.0, height=9.0, fill=COLOURS[level], stroke="#5d6b72")]
    if level == NO_DATA:
        parts.append(tag("path", d="M0,9L9,0", stroke="#5d6b72"))
    return tag("svg", *parts, viewBox="0 0 9 9", class_="mark", aria_hidden="true")


def _frame(districts: gpd.GeoDataFrame, codes: Collection[str]) -> Frame | None:
    own = districts[districts["code"].isin(list(codes)) & districts.geometry.notna()]
    if own.empty:
        return None
    west, south, east, north = own.total_bounds
    x, y = (west + east) / 2, (south + north) / 2
    shrink = max(math.cos(math.radians(y)), 0.1)  # a degree of longitude beside one of latitude
    side = max((east - west) * shrink, north - south, LEAST_DEGREES) * AROUND
    half_x = max((east - west) * shrink / 2 + side, ((north - south) / 2 + side) * WIDTH / HEIGHT)
    half_y = half_x * HEIGHT / WIDTH
    return Frame((x - half_x / shrink, y - half_y, x + half_x / shrink, y + half_y))


def _near(districts: gpd.GeoDataFrame, frame: Frame) -> gpd.GeoDataFrame:
    seen = shapely.box(*frame.bounds)
    near = districts[districts.geometry.notna() & districts.intersects(seen)]
    west, south, east, north = frame.bounds
    whole = diagonal_degrees(near.geometry.to_numpy())
    return simplify_for_display(near, DETAIL * math.hypot(east - west, north - south) / whole)


def _district(shape: BaseGeometry, level: str) -> Markup:
    fill = "url(#hatch)" if level == NO_DATA else COLOURS[level]
    return tag("path", d=_path(shape), fill=fill, fill_rule="evenodd", stroke="#5d6b72",
               stroke_width="0.6")  # fmt: skip


def _outline(shapes: list[BaseGeometry]) -> list[Markup]:
    whole = shapely.unary_union(shapely.make_valid(np.asarray(shapes, dtype=object)))
    return [tag("path", d=_path(whole), fill="none", stroke="#12262e", stroke_width="2.2")]


def _layers(
    released: Released, layers: Layers, frame: Frame, words: Words
) -> Iterator[tuple[str, Markup, list[Markup]]]:
    """Label, swatch and marks of each layer that is seen and may be drawn."""
    found = 0
    offered = set(drawn_layers(released.layers, layers))
    for number, credit in enumerate(released.layers):
        if credit.id not in offered or found == LAYERS_DRAWN:
            continue
        layer = standing(layers[credit.id], released.layers_year)
        seen = layer.geometry[layer.intersects(shapely.box(*frame.bounds))]
        marks = _marks(seen, frame, LAYER_COLOURS[number % len(LAYER_COLOURS)])
        if marks:
            found += 1
            label = credit.label_in(words.language)
            line = tag("path", d="M0,4.5L9,4.5", stroke_width="2.5",
                       stroke=LAYER_COLOURS[number % len(LAYER_COLOURS)])  # fmt: skip
            yield (
                label,
                tag("svg", line, viewBox="0 0 9 9", class_="mark", aria_hidden="true"),
                marks,
            )


def _marks(shapes: gpd.GeoSeries, frame: Frame, colour: str) -> list[Markup]:
    """One path for lines and borders of areas, and a dot for each place that is seen apart."""
    lines, dots = [], dict[tuple[int, int], Markup]()
    for shape in shapes:
        for part in shapely.get_parts(frame.on_paper(shape)):
            if part.is_empty:
                continue
            if part.geom_type == "Point":
                at = round(part.x), round(part.y)
                dots[at] = tag("circle", cx=float(at[0]), cy=float(at[1]), r=2.0, fill=colour)
            else:
                lines.append(_path(part.simplify(0.5)))
    path = "".join(lines)
    drawn = [tag("path", d=path, fill="none", stroke=colour, stroke_width="1")] if path else []
    return [*drawn, *dots.values()]


def _path(shape: BaseGeometry) -> str:
    """All rings and lines of a shape."""
    told = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            told += [_line(ring) + "Z" for ring in (part.exterior, *part.interiors) if ring.coords]
        elif part.geom_type in ("LineString", "LinearRing"):
            told.append(_line(part))
        elif hasattr(part, "geoms"):
            told.append(_path(part))
    return "".join(told)


def _line(line: BaseGeometry) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(line).tolist())


def _names(names: list[str], shapes: list[BaseGeometry], mine: list[bool]) -> Iterator[Markup]:
    """Names of the place's own districts first, then of the largest neighbours."""
    order = sorted(range(len(names)), key=lambda n: (not mine[n], -shapes[n].area, n))
    for number in [one for one in order if not shapes[one].is_empty][:NAMES_DRAWN]:
        at, text = shapes[number].representative_point(), clipped(names[number], NAME_LENGTH)
        common: dict[str, Attribute] = {
            "x": at.x,
            "y": at.y,
            "text_anchor": "middle",
            "font_size": "9",
        }
        weight = "bold" if mine[number] else "normal"
        yield tag("text", text, **common, font_weight=weight, fill="#ffffff", stroke="#ffffff",
                  stroke_width="2.4", aria_hidden="true")  # fmt: skip
        yield tag("text", text, **common, font_weight=weight, fill="#12262e")


def clipped(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _scale(frame: Frame, words: Words) -> list[Markup]:
    west, south, east, north = frame.bounds
    middle = (south + north) / 2
    _, _, metres = Geod(ellps="WGS84").inv(west, middle, east, middle)
    km = _round_below(SCALE_SHARE * metres / 1000)
    length, y = km * 1000 / metres * WIDTH, HEIGHT - 8
    text = words("brief.scale", n=words.plain(km))
    return [
        tag("rect", x=4.0, y=y - 14, width=length + 12, height=20.0, fill="#ffffff"),
        tag("path", d=f"M10,{y - 3:.1f}V{y:.1f}H{10 + length:.1f}V{y - 3:.1f}", fill="none",
            stroke="#12262e", stroke_width="1.2"),
        tag("text", text, x=12.0, y=y - 4, font_size="8", fill="#12262e"),
    ]  # fmt: skip


def _round_below(km: float) -> float:
    """1, 2 or 5, times a power of ten."""
    power = 10.0 ** math.floor(math.log10(km))
    return next(step for step in (5, 2, 1) if step * power <= km) * power


def _hatch() -> Markup:
    inside = [
        tag("rect", width=6.0, height=6.0, fill=COLOURS[NO_DATA]),
        tag("path", d="M0,6L6,0", stroke="#8b979e"),
    ]
    size = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
    return tag("defs", tag("pattern", *inside, id="hatch", **size))
