"""Pages of ``benchmarks.maps``: the served map and Folium's ordinary one, of the same districts.

Levels are drawn at random and stay in memory: no page with a real place on it is written down.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely

from benchmarks.results import ROOT
from data.records import PublishedRun
from maps.assets import assets
from maps.district import Districts
from maps.levels import COLOURS
from maps.page import served_page
from maps.payload import rows_block, shapes_of, shapes_url
from maps.released import Released, release
from maps.words import words
from tests.maps import region

PERU = Path(os.environ.get("VIGIA_PERU_DATA") or ROOT.parent / "shared" / "peru")
BENDS = 24  # that each stretch of border gets, for boundaries in full resolution
MANY = 20_000
OUTCOME = region.OUTCOMES[0].id
TOLD = ("name", "province", "department", "level", "rate", "rate_low", "rate_high", "rank",
        "rank_low", "rank_high", "relative_risk", "rr_low", "rr_high", "score")  # fmt: skip
HTML = "text/html; charset=utf-8"
NOTHING = (HTML, b"<!DOCTYPE html><title>-</title>")
NOTHING_PACKED = gzip.compress(NOTHING[1])


def peru() -> gpd.GeoDataFrame:
    """Peru's 1,834 districts, as the ministry of the environment simplified them."""
    table = gpd.read_file(PERU / "districts.geojson").to_crs("EPSG:4326")
    return gpd.GeoDataFrame(
        {
            "code": table["IDDIST"],
            "name": table["NOMBDIST"],
            "province_code": table["IDPROV"],
            "province": table["NOMBPROV"],
            "department_code": table["IDDPTO"],
            "department": table["NOMBDEP"],
        },
        geometry=table.geometry,
    ).sort_values("code", ignore_index=True)


def full_resolution() -> gpd.GeoDataFrame:
    """The same, with bends between their vertices that neighbours share to the last digit."""
    table = peru()
    shapes = [None if shape is None else _bent_shape(shape) for shape in table.geometry]
    return table.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4326"))


def _bent_shape(shape: Any) -> Any:
    parts = [
        shapely.Polygon(*_rings([part.exterior, *part.interiors]))
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _rings(rings: list[Any]) -> tuple[np.ndarray, list[np.ndarray]]:
    outer, *holes = (bent(shapely.get_coordinates(ring)) for ring in rings)
    return outer, holes


def bent(xy: np.ndarray) -> np.ndarray:
    """A ring, each step of it in ``BENDS`` that wander off."""
    start, end = xy[:-1], xy[1:]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)
    share = np.arange(BENDS) / BENDS
    own = np.where(turned[:, None], 1 - share, share)  # the same places from either side
    phase = np.abs(low @ [12.9898, 78.233] + high @ [39.425, 4.1414])[:, None]
    wave = sum(np.sin(phase * k + 2 * np.pi * k * own) / k for k in range(1, 12))
    off = 0.05 * np.sin(np.pi * own) * wave
    across = np.stack([low[:, 1] - high[:, 1], high[:, 0] - low[:, 0]], axis=1)
    points = (
        low[:, None] + own[..., None] * (high - low)[:, None] + off[..., None] * across[:, None]
    )
    points[:, 0] = start
    return np.concatenate([points.reshape(-1, 2), xy[-1:]])


def twenty_thousand(seed: int = 1) -> gpd.GeoDataFrame:
    """Districts of a made-up country: what lies nearest to each of so many places."""
    rng = np.random.default_rng(seed)
    frame = shapely.box(-80, -15, -65, 0)
    places = rng.uniform([-80, -15], [-65, 0], (MANY, 2))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(places), extend_to=frame)
    )
    cells = shapely.intersection(cells, frame)
    cells = cells[~shapely.is_empty(cells)]
    middle = shapely.get_coordinates(shapely.centroid(cells))
    block = np.floor((middle - frame.bounds[:2]) * 2).astype(int)  # codes of neighbours are alike
    order = np.lexsort((middle[:, 1], block[:, 1], block[:, 0]))
    province = (block[:, 0] * 30 + block[:, 1])[order]
    return gpd.GeoDataFrame(
        {
            "code": [f"{number:06d}" for number in range(len(cells))],
            "name": [f"{_word(rng)} {_word(rng)}" for _ in range(len(cells))],
            "province_code": [f"{one:04d}" for one in province],
            "province": [f"Province {one}" for one in province],
            "department_code": [f"{one // 60:02d}" for one in province],
            "department": [f"Department {one // 60}" for one in province],
        },
        geometry=cells[order],
        crs="EPSG:4326",
    )


def _word(rng: np.random.Generator) -> str:
    syllables = ("ma", "ri", "ca", "to", "lo", "pu", "na", "yo", "que", "cha", "hua", "tam")
    return "".join(rng.choice(syllables, rng.integers(2, 5))).title()


def released(districts: gpd.GeoDataFrame) -> Released:
    """Districts with levels at random, as a published run."""
    codes = districts["code"].tolist()
    return release(
        PublishedRun(
            record=region.record(settings=region.settings(synthetic=True)),
            published_at="2026-11-24T03:00:00Z",
            districts=districts,
            scores=region.scores(codes),
            contributions=region.contributions(codes[:1]),
            outcomes=region.OUTCOMES,
            layers=(),
        )
    )


@dataclass
class Site:
    """Files by path, and how many bytes of them were asked for, as they are and compressed."""

    files: Mapping[str, tuple[str, bytes]]
    raw: int = 0
    compressed: int = 0
    packed: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.packed = {path: gzip.compress(body, 6) for path, (_, body) in self.files.items()}


def ours(shown: Released) -> Site:
    """The map as ``vigia serve`` has it."""
    shapes = shapes_of(shown)
    page = served_page(shown, {}, "es", shapes)
    files = {"/": (HTML, page.html.encode())}
    for asset in assets().values():
        files[asset.url] = (asset.media_type, asset.content)
    files[shapes_url(shapes)] = ("application/json", shapes.text.encode())
    rows = rows_block(Districts(shown, words("es")), OUTCOME).encode()
    files[f"/map/rows/{shown.run_id}/{OUTCOME}?lang=es"] = ("application/json", rows)
    return Site(files)


class LocalFolium(folium.Map):
    """Folium's map with Leaflet from here; its other libraries are left out, in its favour."""

    default_js = [("leaflet", "/leaflet.js")]  # noqa: RUF012 -- as Folium declares them
    default_css = [("leaflet_css", "/leaflet.css")]  # noqa: RUF012


def foliums(shown: Released) -> Site:
    """What Folium's examples make of the same districts and outcomes: a layer for each of these."""
    west, south, east, north = shown.districts.total_bounds
    made = LocalFolium(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    for number, outcome in enumerate(shown.outcomes):
        table = shown.districts.merge(shown.scores_of(outcome.id).reset_index(), on="code")
        folium.GeoJson(
            table[[*TOLD, "geometry"]],
            name=outcome.label,
            show=number == 0,
            style_function=_style,
            tooltip=folium.GeoJsonTooltip(["name", "level"]),
            popup=folium.GeoJsonPopup(list(TOLD)),
        ).add_to(made)
    folium.LayerControl().add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    found = {name: assets()[f"leaflet/{name}"] for name in ("leaflet.js", "leaflet.css")}
    files = {f"/{name}": (asset.media_type, asset.content) for name, asset in found.items()}
    return Site({"/": (HTML, made.get_root().render().encode()), **files})


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    fill = COLOURS[feature["properties"]["level"]]
    return {"fillColor": fill, "color": "#ffffff", "weight": 0.5, "fillOpacity": 1}


@contextmanager
def at(site: Site) -> Iterator[str]:
    """The address where a site is served, compressed; it counts what is asked for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as by all servers in use

        def do_GET(self) -> None:
            kind, content = site.files.get(self.path, NOTHING)
            body = site.packed.get(self.path, NOTHING_PACKED)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if self.path in site.files:
                site.raw += len(content)
                site.compressed += len(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
