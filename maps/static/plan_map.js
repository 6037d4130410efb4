/* The map of a plan: districts by what share of their people is reached, the ways there, places. */
"use strict";
const planMap = (function () {
  const data = JSON.parse(document.getElementById("plan-data").textContent);
  const byId = (id) => document.getElementById(id);
  const EMPTY = "#f5f6f3";
  const UNKNOWN = "url(#plan-unknown)";
  const SHARES = [ // from so much on
    [0.75, "#15505f", "most"], [0.5, "#4f9db0", "half"], [0.25, "#9cc8d3", "quarter"],
    [Number.MIN_VALUE, "#d3e5ea", "few"], [-1, EMPTY, "none"],
  ];
  const { KINDS, WAY, kindOf, text } = planPlaces;

  // Drawn as SVG: sharp on paper, and hatched where nothing is known.
  const map = L.map("where", { attributionControl: false, zoomSnap: 0.25, renderer: L.svg() });
  const outlines = L.featureGroup(data.districts.map(({ code, shape }) =>
    L.geoJSON({ type: "Feature", geometry: shape, properties: { code } }))).addTo(map);
  const ways = L.featureGroup().addTo(map);
  const places = L.featureGroup().addTo(map);
  fit();
  hatch();
  paint(() => EMPTY);

  function fit() {
    if (data.districts.length) map.fitBounds(outlines.getBounds(), { animate: false });
    else map.setView([0, 0], 2);
  }

  function refit() {
    map.invalidateSize({ animate: false, pan: false });
    fit();
  }

  function svg(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function hatch() {
    const root = map.getPanes().overlayPane.querySelector("svg");
    if (!root) return;
    const tile = svg("pattern", { id: "plan-unknown", width: 6, height: 6,
      patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    tile.append(svg("rect", { width: 6, height: 6, fill: "#ffffff" }),
      svg("rect", { width: 2, height: 6, fill: "#8b979e" }));
    root.prepend(tile);
  }

  function each(visit) {
    outlines.eachLayer((group) => group.eachLayer((layer) =>
      visit(layer, layer.feature.properties.code)));
  }

  function paint(colourOf) {
    each((layer, code) => layer.setStyle({ color: "#8b979e", weight: 0.8,
      fillColor: colourOf(code), fillOpacity: 1 }));
  }

  const shareOf = (share) => SHARES.find(([least]) => share >= least);

  function clear() {
    ways.clearLayers();
    places.clearLayers();
    paint(() => EMPTY);
    each((layer) => layer.unbindTooltip());
    byId("legend").hidden = true;
  }

  function draw({ plan, said }) {
    clear();
    const told = new Map((plan.districts || []).map((one) => [one.code, one]));
    const unknown = new Set(plan.unknown_districts);
    const words = new Map((said.districts || []).map((one) => [one.code, one.text]));
    paint((code) => (unknown.has(code) ? UNKNOWN : told.has(code) ? shareOf(told.get(code).reached)[1] : EMPTY));
    each((layer, code) => {
      const said_of = [words.get(code) || (told.get(code) || {}).name, unknown.has(code) && data.words.unknown];
      layer.bindTooltip(text(said_of.filter(Boolean).join(" · ")), { sticky: true });
    });
    const lines = (plan.routes || []).map((way) => way.line.map(([lon, lat]) => [lat, lon]));
    planPlaces.lines(lines).addTo(ways);
    plan.sites.forEach((site, n) =>
      planPlaces.marker(site, n + 1, () => byId("sites").children[n]).addTo(places));
    legend(plan, told.size > 0, unknown.size > 0);
  }

  function sign(shape) {
    const picture = svg("svg", { width: 24, height: 16, "aria-hidden": "true" });
    picture.append(shape);
    return picture;
  }

  function legend(plan, shared, unknown) {
    const rows = KINDS.filter((kind) => plan.sites.some((site) => kindOf(site) === kind))
      .map((kind) => [`place_${kind}`, Object.assign(text(""), { className: `place ${kind}` })]);
    if ((plan.routes || []).length) {
      const line = { x1: 1, x2: 23, y1: 8, y2: 8, stroke: WAY.color, "stroke-width": WAY.weight };
      rows.push(["way", sign(svg("line", line))]);
    }
    const square = (fill) => sign(svg("rect", { x: 1, y: 1, width: 22, height: 14, fill, stroke: "#8b979e" }));
    if (shared) rows.push(...SHARES.map(([, colour, key]) => [`reached_${key}`, square(colour)]));
    if (unknown) rows.push(["unknown", square(UNKNOWN)]);
    byId("legend").replaceChildren(...rows.map(([key, picture]) => {
      const item = document.createElement("li");
      item.append(picture, text(data.words[key]));
      return item;
    }));
    byId("legend").hidden = false;
    refit(); // it takes its place from the map
  }

  // A map takes its size from the screen: on paper it has that of style "printing", and is fitted anew.
  for (const [event, printing] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(event, () => {
      document.documentElement.classList.toggle("printing", printing);
      refit();
    });
  }

  return { data, clear, draw };
})();
