"""A page that is cut off from everything but this machine, and whose every complaint counts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

DESK = (1280, 800)
PHONE = (390, 844)
WHERE_IS = """index => {
  const at = vigia.map.latLngToContainerPoint(vigia.districts.bounds(index).getCenter());
  const frame = vigia.map.getContainer().getBoundingClientRect();
  return [at.x + frame.x, at.y + frame.y];
}"""


AT_REST = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const place = () => JSON.stringify([vigia.map.getPixelBounds(), vigia.map.getSize(),
    vigia.map.getContainer().getBoundingClientRect()]);
  const before = place();
  for (let n = 0; n < 4; n += 1) await frame();
  return before === place() && !document.querySelector(".leaflet-popup, .leaflet-pan-anim");
}"""


@dataclass
class Complaints:
    """What went wrong on a page."""

    said: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


@contextmanager
def watched(
    browser: Browser, url: str, size: tuple[int, int] = DESK, *, touch: bool = False
) -> Iterator[Page]:
    """Open ``url``; at the end there must have been no error and no call to the outside."""
    complaints = Complaints()
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, has_touch=touch, locale="es-PE"
    )
    page = context.new_page()

    def only_here(route: Route) -> None:
        asked = urlsplit(route.request.url)
        if asked.hostname == "127.0.0.1" or asked.scheme in {"file", "data"}:
            route.continue_()
        else:
            complaints.outside.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    page.on("console", lambda m: complaints.said.append(m.text) if m.type != "log" else None)
    page.on("pageerror", lambda error: complaints.said.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.said.append("dialog"), dialog.dismiss()))
    try:
        page.goto(url)
        page.wait_for_selector("html[data-ready]", state="attached")
        yield page
    finally:
        context.close()
    assert complaints == Complaints(), complaints


def until(page: Page, condition: str, arg: object = None) -> None:
    """Wait until a function of the page is true. (Playwright's own way needs ``unsafe-eval``.)"""
    for _ in range(200):
        if page.evaluate(condition, arg):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {condition}")


def pixels(condition: str) -> str:
    """A function of the page: how many pixels of the districts are so, of ``r, g, b, a``."""
    return """() => {
  const canvas = document.querySelector("canvas.districts");
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, copy.width, copy.height);
  let found = 0;
  for (let n = 0; n < data.length; n += 4) {
    const r = data[n], g = data[n + 1], b = data[n + 2], a = data[n + 3];
    found += CONDITION;
  }
  return found;
}""".replace("CONDITION", condition)


def click_district(page: Page, index: int) -> None:
    """Click where district ``index`` (its place by code) is drawn."""
    page.evaluate("() => { vigia.map.closePopup(); }")  # it may cover what is clicked
    until(page, AT_REST)
    x, y = page.evaluate(WHERE_IS, index)
    page.mouse.click(x, y)


def detail(page: Page) -> str:
    """What is said of the district that was chosen."""
    return " ".join(page.locator("article.detail").inner_text().split())
