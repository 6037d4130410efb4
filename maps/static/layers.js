/* Layers beside the risk: fetched when they are switched on, or found inside an offline page. */
"use strict";
(function (vigia) {
  const { data, say } = vigia;

  const read = (id) => vigia.read(`layer-${id}`, `/v1/layers/${encodeURIComponent(id)}?detail=display`);

  function drawn(collection, colour, renderer) {
    const line = { pane: "vigiaLayers", renderer, interactive: false, color: colour };
    return L.geoJSON(collection, {
      ...line,
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

  /** Makes every checkbox of the list switch its layer. */
  vigia.layers = function (map) {
    map.createPane("vigiaLayers").classList.add("vigia-still");
    map.getPane("vigiaLayers").style.zIndex = 450;
    const renderer = L.canvas({ pane: "vigiaLayers" });
    const known = new Map();

    async function change(box) {
      const id = box.dataset.layer;
      const state = document.querySelector(`[data-state="${CSS.escape(id)}"]`);
      state.textContent = "";
      if (!box.checked) {
        if (known.has(id)) known.get(id).remove();
        return;
      }
      try {
        if (!known.has(id)) {
          state.textContent = say("layers.loading");
          const collection = await read(id);
          known.set(id, restyle(drawn(collection, data.layerColours[Number(box.dataset.colour)], renderer)));
          state.textContent = collection.features.length ? "" : say("layers.empty");
        }
        if (box.checked) known.get(id).addTo(map);
      } catch {
        box.checked = false;
        state.textContent = say("layers.failed");
      }
    }

    /** How many layers are on the map. */
    vigia.drawn = () => [...known.values()].filter((layer) => map.hasLayer(layer)).length;

    for (const box of document.querySelectorAll("input[data-layer]")) {
      box.addEventListener("change", () => change(box));
      if (box.checked) change(box);
    }
  };
})(window.vigia);
