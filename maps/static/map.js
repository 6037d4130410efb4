/* The districts on the map: coloured by level, hatched where nothing is known. */
"use strict";
(function (vigia) {
  const { data, say, make, phone } = vigia;
  const HATCH = 8;
  const hovers = window.matchMedia("(hover: hover)").matches;

  /** Stripes for `sin dato`, as sharp as the screen allows. */
  function hatch(colour) {
    const scale = window.devicePixelRatio || 1;
    const size = Math.round(HATCH * scale);
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = "#8b979e";
    pen.lineWidth = scale * 1.3;
    for (const shift of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
      pen.stroke();
    }
    const pattern = pen.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(HATCH / size));
    return pattern;
  }

  const fills = data.levels.map(({ id, colour }) => (id === "no_data" ? hatch(colour) : colour));

  function collection() {
    return data.districts.geometry.flatMap((geometry, index) => (geometry
      ? [{ type: "Feature", properties: { index }, geometry }] : []));
  }

  /** Names that would cover a larger part's name are left out until there is room. */
  function declutter(names) {
    const taken = [];
    for (const name of names) {
      const box = name.getBoundingClientRect();
      const free = taken.every((other) => box.right < other.left || box.left > other.right
        || box.bottom < other.top || box.top > other.bottom);
      name.classList.toggle("crowded", !free);
      if (free) taken.push(box);
    }
  }

  function parts(map) {
    const names = [];
    map.createPane("vigiaParts").classList.add("vigia-still");
    map.getPane("vigiaParts").style.zIndex = 420;
    const renderer = L.canvas({ pane: "vigiaParts" });
    for (const { name, outline, at } of data.parts) {
      L.geoJSON(outline, { pane: "vigiaParts", renderer, interactive: false,
        style: { color: "#33424a", weight: 1.4, opacity: 0.75, fill: false } }).addTo(map);
      const text = make("span", null, name);
      names.push(text);
      L.marker(at, { pane: "vigiaParts", interactive: false, keyboard: false,
        icon: L.divIcon({ className: "part-name", iconSize: null, html: text }) }).addTo(map);
    }
    map.on("zoomend resize", () => declutter(names));
    declutter(names);
  }

  /** Called by the script that Folium writes, with the map it made and what it has to show. */
  vigia.start = function (map, bounds) {
    if (bounds) map.fitBounds(bounds, { padding: [12, 12], animate: false });
    let outcome = data.outcomes[0];
    let chosen = null;
    const layers = new Map();

    const style = (index) => ({
      fillColor: fills[outcome.rows[index][0]], fillOpacity: 1,
      color: index === chosen ? "#10191e" : "#ffffff", weight: index === chosen ? 2.5 : thin(),
    });
    /* Far away, borders would cover small districts. */
    const thin = () => Math.min(0.9, Math.max(0.15, (map.getZoom() - 4.5) * 0.35));
    const restyle = () => { for (const [index, layer] of layers) layer.setStyle(style(index)); };

    function show(index, at) {
      const before = chosen;
      chosen = index;
      if (before !== null && layers.has(before)) layers.get(before).setStyle(style(before));
      const article = vigia.detail(index, outcome);
      const layer = layers.get(index);
      if (layer) layer.setStyle(style(index)).bringToFront();
      map.closePopup();
      chosen = index;
      if (!layer || phone.matches) {
        vigia.openSheet(article);
        if (layer) keepInSight(layer);
        return;
      }
      vigia.closeSheet();
      popup.options.maxHeight = Math.min(560, Math.max(240, map.getSize().y - 130));
      popup.setLatLng(at || layer.getBounds().getCenter()).setContent(article).openOn(map);
      popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", say("detail.close"));
    }

    /* The sheet covers the foot of the map: the district moves up from under it. */
    function keepInSight(layer) {
      const covered = map.getContainer().getBoundingClientRect().bottom
        - document.getElementById("sheet").getBoundingClientRect().top;
      map.panInside(layer.getBounds().getCenter(),
        { paddingTopLeft: [60, 60], paddingBottomRight: [60, Math.max(0, covered) + 60] });
    }

    const popup = L.popup({ maxWidth: 380, minWidth: 280, autoPanPadding: [24, 24] });

    function tip(index) {
      const level = data.levels[outcome.rows[index][0]].id;
      return make("span", null, data.districts.name[index], ": ", make("b", null, say(`level.${level}`)));
    }

    const districts = L.geoJSON(collection(), {
      style: (feature) => style(feature.properties.index),
      onEachFeature: (feature, layer) => {
        const { index } = feature.properties;
        layers.set(index, layer);
        layer.on("click", (event) => show(index, event.latlng));
        if (hovers) layer.bindTooltip(() => tip(index), { sticky: true, className: "tip" });
      },
    }).addTo(map);

    function choose(name) {
      outcome = data.outcomes.find(({ id }) => id === name);
      restyle();
      for (const note of document.querySelectorAll("[data-outcome]")) note.hidden = note.dataset.outcome !== name;
      for (const place of document.querySelectorAll("[data-level]")) {
        place.textContent = outcome.counts[Number(place.dataset.level)];
      }
      if (chosen !== null) show(chosen);
    }

    for (const radio of document.querySelectorAll("input[name=outcome]")) {
      radio.addEventListener("change", () => choose(radio.value));
      if (radio.checked) choose(radio.value); /* browsers remember the choice when a page is loaded again */
    }
    map.on("zoomend", restyle);
    L.control.scale({ imperial: false }).addTo(map);
    parts(map);
    vigia.layers(map);
    vigia.search((index) => {
      const layer = layers.get(index);
      if (layer) map.fitBounds(layer.getBounds(), { maxZoom: 9, padding: [60, 60], animate: false });
      show(index);
    });
    vigia.map = map;
    vigia.districts = districts;
    document.documentElement.dataset.ready = "yes";
  };
})(window.vigia);
