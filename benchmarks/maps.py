"""The served map beside Folium's ordinary page, in one Chromium: ``python -m benchmarks.maps``.

Both show the same districts and outcomes with levels at random; the pages by turns, so that a slow
minute of the machine hits both. Time is from the request, in a browser that is open already, to
the frame in which all districts are drawn, also with the processor slowed down four times; then
the map is dragged, and tasks of more than 50 ms are counted. Writes its table into docs/map.md.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import geopandas as gpd
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.map_pages import (
    Site,
    at,
    foliums,
    full_resolution,
    ours,
    peru,
    released,
    twenty_thousand,
)
from benchmarks.results import ROOT, Results, write_between

AREAS: Mapping[str, tuple[str, Callable[[], gpd.GeoDataFrame], int]] = {
    "peru": ("Peru's districts", peru, 9),
    "full": ("the same in full resolution", full_resolution, 1),
    "many": ("20,000 districts", twenty_thousand, 1),
}
MAKERS: Mapping[str, tuple[str, Callable[[Any], Site]]] = {
    "folium": ("Folium's GeoJson", foliums),
    "ours": ("vigia", ours),
}
SLOW = 4
SIZE = {"width": 1280, "height": 800}
DRAGS = ((200, 120), (-260, 60), (80, -220), (-120, 140))
PATIENCE_MS, LOOK_MS = 120_000, 100
HEADS = (
    *("districts", "page", "as it is", "compressed", "drawn", "drawn, slowed 4 times"),
    "tasks over 50 ms while dragged, slowed (longest)",
)
MARKS = (
    "<!-- the map beside Folium's: written by benchmarks.maps -->",
    "<!-- end of the map beside Folium's -->",
)
# Districts are drawn, and a frame after that has begun.
WATCH = """(wanted) => {
  window.tasks = [];
  const note = (list) => list.getEntries().forEach((task) => window.tasks.push(task.duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
  const look = () => {
    const there = document.documentElement && (document.documentElement.dataset.ready
      || document.querySelectorAll("path.leaflet-interactive").length >= wanted);
    if (!there) return requestAnimationFrame(look);
    const done = () => { window.drawnAt = performance.now(); };
    return requestAnimationFrame(() => requestAnimationFrame(done));
  };
  requestAnimationFrame(look);
}"""


def measured(browser: Browser, site: Site, wanted: int, slow: int) -> dict[str, float]:
    """One visit with an empty cache."""
    context = browser.new_context(viewport=SIZE)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    if slow > 1:
        session = context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    with at(site) as url:
        page.goto(f"{url}nothing")  # the browser is open, and has its process for this place
        page.add_init_script(f"({WATCH})({wanted})")
        site.raw = site.compressed = 0
        page.goto(url, wait_until="commit")
        drawn = _wait(page)
        _drag(page)
        tasks = page.evaluate("window.tasks.splice(0)")
        context.close()
    return {
        "raw": site.raw,
        "compressed": site.compressed,
        "drawn": drawn,
        "tasks": len(tasks),
        "longest": max(tasks, default=0),
        "blocked": sum(tasks),
    }


def _wait(page: Page) -> float:
    """Milliseconds until all is drawn, as the page counts them."""
    for _ in range(PATIENCE_MS // LOOK_MS):
        page.wait_for_timeout(LOOK_MS)
        if drawn := page.evaluate("window.drawnAt || 0"):
            return float(drawn)
    raise TimeoutError("Nothing was drawn.")


def _drag(page: Page) -> None:
    page.wait_for_timeout(500)
    page.evaluate("window.tasks.splice(0)")
    x, y = 800, 400
    for right, down in DRAGS:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + right, y + down, steps=12)
        page.mouse.up()
        page.wait_for_timeout(400)


def compare(browser: Browser, districts: gpd.GeoDataFrame, times: int) -> dict[str, Any]:
    """Medians of both pages, at full speed and slowed down."""
    shown = released(districts)
    sites = {name: make(shown) for name, (_, make) in MAKERS.items()}
    wanted = int(districts.geometry.notna().sum())
    visits: dict[str, list[dict[str, float]]] = {}
    for _ in range(times):
        for slow in (1, SLOW):
            for name, site in sites.items():
                visits.setdefault(f"{name}x{slow}", []).append(
                    measured(browser, site, wanted, slow)
                )
    return {
        name: {key: median(one[key] for one in found) for key in found[0]}
        for name, found in visits.items()
    }


def table(results: Mapping[str, Any], commit: str) -> str:
    """Markdown of all that was measured."""
    lines = [
        f"| {' | '.join(HEADS)} |",
        "|---|---|---|---|---|---|---|",
    ]
    for area, (label, _, _) in AREAS.items():
        for page, (name, _) in MAKERS.items() if area in results else ():
            fast, slow = results[area][f"{page}x1"], results[area][f"{page}x{SLOW}"]
            lines.append(
                f"| {label} | {name} | {_kb(fast['raw'])} | {_kb(fast['compressed'])} "
                f"| {fast['drawn'] / 1000:.2f} s | {slow['drawn'] / 1000:.2f} s "
                f"| {slow['tasks']:.0f} ({slow['longest']:.0f} ms) |"
            )
    return "\n".join([*lines, "", f"Measured at commit {commit}."])


def _kb(count: float) -> str:
    return f"{count / 1000:,.0f} kB"


def main() -> None:
    """Measure what is not measured yet at this commit, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--areas", nargs="*", choices=AREAS, default=list(AREAS))
    asked = parser.parse_args()
    results = Results("maps")
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--disable-gpu", *unboxed]
        )
        for area in asked.areas:
            if area not in results.of:
                _, make, times = AREAS[area]
                results.of[area] = compare(browser, make(), times)
                results.save()
            print(area, results.of[area])
        browser.close()
    write_between(ROOT / "docs" / "map.md", MARKS, table(results.of, results.commit))


if __name__ == "__main__":
    main()
