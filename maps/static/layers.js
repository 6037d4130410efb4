/* Layers beside the risk: fetched when they are switched on, or found inside an offline page. */
"use strict";
(function (vigia) {
  const { data, say } = vigia;
  const slider = document.getElementById("layer-year"); // none where no layer changes

  function addressOf({ layer, way, yearly }) {
    if (way !== undefined) return `/map/ways/${encodeURIComponent(way)}`;
    return `/v1/layers/${encodeURIComponent(layer)}?detail=${yearly === undefined ? "display" : "years"}`;
  }

  const yearNow = () => (slider ? slider.value : data.layersSeen);

  /** Whether a feature is there at the end of the year; one without years always is. */
  function stands({ properties }) {
    const year = Number(yearNow());
    return !(properties.from_year > year) && !(properties.until_year && properties.until_year <= year);
  }

  function drawn(colour, renderer) {
    const line = { pane: "vigiaLayers", renderer, interactive: false, color: colour };
    return L.geoJSON(null, {
      ...line,
      filter: stands,
      style: { weight: 1.6, opacity: 0.9, fillColor: colour, fillOpacity: 0.35 },
      pointToLayer: (feature, at) => L.circleMarker(at,
        { ...line, radius: 4, weight: 1.2, color: "#ffffff", fillColor: colour, fillOpacity: 0.95 }),
    });
  }

  function restyle(layer) {
    /* L.geoJSON styles points like polygons; points keep their white rim. */
    layer.eachLayer((part) => {
      if (part instanceof L.CircleMarker) part.setStyle({ color: "#ffffff", weight: 1.2, fillOpacity: 0.95 });
    });
    return layer;
  }

  /** Says which year the slider is at, and which one the model saw. */
  function tellYear() {
    const year = yearNow();
    const told = year === data.layersSeen ? say("layers.year_seen") : say("layers.year_other", { year: data.layersSeen });
    document.getElementById("layer-year-said").value = year;
    document.getElementById("layer-year-note").textContent = told;
    slider.setAttribute("aria-valuetext", `${year}. ${told}`);
  }

  /** Makes every checkbox of the list switch its layer, and the slider choose the year of those that change. */
  vigia.layers = function (map) {
    map.createPane("vigiaLayers").classList.add("vigia-still");
    map.getPane("vigiaLayers").style.zIndex = 450;
    const renderer = L.canvas({ pane: "vigiaLayers" });
    vigia.background(map);
    const known = new Map();
    const stateOf = (id) => document.querySelector(`[data-state="${CSS.escape(id)}"]`);

    /** Draws a layer as it is in the year; ways have none. */
    function draw(id) {
      const { layer, collection } = known.get(id);
      if (layer instanceof vigia.Ways) return;
      layer.clearLayers();
      restyle(layer.addData(collection));
      stateOf(id).textContent = layer.getLayers().length ? "" : say("layers.empty", { year: yearNow() });
    }

    async function change(box) {
      const id = box.dataset.layer;
      const state = stateOf(id);
      state.textContent = "";
      if (!box.checked) {
        if (known.has(id)) known.get(id).layer.remove();
        return;
      }
      try {
        if (!known.has(id)) {
          state.textContent = say("layers.loading");
          const collection = await vigia.read(`layer-${id}`, addressOf(box.dataset));
          const colour = data.layerColours[Number(box.dataset.colour)];
          known.set(id, { collection, layer: box.dataset.way ? new vigia.Ways(collection, colour) : drawn(colour, renderer) });
        }
        state.textContent = "";
        if (!box.checked) return; // switched off while it was fetched
        draw(id);
        known.get(id).layer.addTo(map);
      } catch {
        box.checked = false;
        state.textContent = say("layers.failed");
      }
    }

    /** How many layers are on the map. */
    vigia.drawn = () => [...known.values()].filter(({ layer }) => map.hasLayer(layer)).length;

    for (const box of document.querySelectorAll("input[data-layer]")) {
      box.addEventListener("change", () => change(box));
      if (box.checked) change(box);
    }
    if (!slider) return;
    tellYear();
    slider.addEventListener("input", () => {
      tellYear();
      for (const box of document.querySelectorAll("input[data-yearly]:checked")) {
        if (known.has(box.dataset.layer)) draw(box.dataset.layer);
      }
    });
  };
})(window.vigia);
