/* Places of a plan on a map, numbered as in its list, and the ways there. */
"use strict";
const planPlaces = (function () {
  const KINDS = ["chosen", "existing", "nearly"];
  const WAY = { color: "#7a1f1f", weight: 2, interactive: false };
  const BESIDE_WAY = { color: "#ffffff", weight: 5, interactive: false }; // seen on any colour

  function text(words) {
    const made = document.createElement("span");
    made.textContent = words;
    return made;
  }

  const kindOf = (site) => (site.existing ? "existing" : site.chosen ? "chosen" : "nearly");

  /** Lines of [lat, lon]. */
  function lines(ways, more) {
    return L.featureGroup([BESIDE_WAY, WAY].map((style) => L.polyline(ways, { ...style, ...more })));
  }

  /** With its number, whose item of the list (`itemNow()`) a click or Enter leads to. */
  function marker(site, number, itemNow) {
    const kind = kindOf(site);
    const icon = L.divIcon({ className: `place ${kind}`, html: String(number), iconSize: [22, 22] });
    const made = L.marker([site.lat, site.lon], { icon, zIndexOffset: -1000 * KINDS.indexOf(kind) });
    made.on("add", () => made.getElement().setAttribute("aria-label", `${number}. ${site.name}`));
    return made.bindTooltip(text(site.name)).on("click keydown", ({ type, originalEvent }) => {
      if (type === "keydown" && originalEvent.key !== "Enter") return;
      const item = itemNow();
      item.tabIndex = -1;
      item.focus();
    });
  }

  return { KINDS, WAY, kindOf, lines, marker, text };
})();
