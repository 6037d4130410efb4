/* Online tiles, where the project names some: nobody is asked for anything before the box is ticked. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const SILENT = 8000; // milliseconds without any picture

  vigia.background = function (map) {
    const box = document.getElementById("tiles");
    if (!box) return;
    const { url, host, attribution } = data.tiles;
    const state = document.getElementById("tiles-state");
    const credit = make("span", null, ` · ${say("layers.tiles_credit", { credit: attribution })}`);
    /* Over the districts and blended with them: beneath, their colours would hide the tiles. */
    map.createPane("vigiaTiles").classList.add("vigia-still", "vigia-tiles");
    map.getPane("vigiaTiles").style.zIndex = 410;
    const tiles = L.tileLayer(url, { pane: "vigiaTiles", maxNativeZoom: 18, maxZoom: 24 });
    let [seen, waiting] = [0, 0];

    const tell = () => {
      state.textContent = seen ? "" : say("layers.tiles_failed", { host });
    };
    tiles.on("tileload", () => { seen += 1; tell(); });
    tiles.on("tileerror", tell);
    box.addEventListener("change", () => {
      window.clearTimeout(waiting);
      seen = 0;
      state.textContent = "";
      if (box.checked) {
        tiles.addTo(map);
        document.querySelector(".credit").append(credit);
        waiting = window.setTimeout(tell, SILENT);
      } else {
        tiles.remove();
        credit.remove();
      }
    });
  };
})(window.vigia);
