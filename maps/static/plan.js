/* Asks for a plan, waits for it, and shows it. Text from data only ever becomes text nodes. */
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("plan-data").textContent);
  const byId = (id) => document.getElementById(id);
  const form = byId("ask");
  const WAIT_MS = 1000;
  const MINUTES = 60;
  let asked = null;

  const map = L.map("where", { attributionControl: false, zoomSnap: 0.25, preferCanvas: true });
  const shapes = { type: "GeometryCollection", geometries: data.districts };
  const outlines = L.geoJSON(shapes, { interactive: false,
    style: { color: "#8b979e", weight: 0.8, fillColor: "#f5f6f3", fillOpacity: 1 } }).addTo(map);
  if (data.districts.length) map.fitBounds(outlines.getBounds(), { animate: false });
  else map.setView([0, 0], 2);
  const places = L.featureGroup().addTo(map);

  function list(id, texts) {
    byId(id).replaceChildren(...texts.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
  }

  function state(key, more) {
    byId("state").textContent = [data.words[key], more].filter(Boolean).join(" ");
  }

  function show(told) {
    const said = told.said;
    byId("head").textContent = said.head;
    list("reached", said.reached);
    list("sites", said.sites.map((site) => `${site.name}: ${site.why}`));
    list("limits", said.limits);
    list("notes", said.notes);
    places.clearLayers();
    for (const site of told.plan.sites) {
      const style = site.chosen ? { radius: 8, color: "#7a1f1f", fillColor: "#c0392b", fillOpacity: 0.9 }
        : site.existing ? { radius: 6, color: "#15505f", fillColor: "#1d7f95", fillOpacity: 0.9 }
          : { radius: 5, color: "#566870", fillOpacity: 0 };
      const name = document.createElement("span");
      name.textContent = site.name;
      L.circleMarker([site.lat, site.lon], { weight: 2, ...style }).bindTooltip(name).addTo(places);
    }
    byId("plan").hidden = false;
  }

  async function answer(response) {
    const told = await response.json();
    if (response.ok) return told;
    const wrong = (told.errors || []).map((one) => `${one.name}: ${one.problem}`);
    throw new Error([told.detail, told.hint, ...wrong].filter(Boolean).join(" "));
  }

  async function wait(id) {
    const told = await answer(await fetch(`/v1/plans/${encodeURIComponent(id)}?lang=${data.language}`));
    if (asked !== id) return;
    if (told.state === "queued" || told.state === "running") {
      state(told.state);
      setTimeout(() => wait(id).catch(fail), WAIT_MS);
      return;
    }
    byId("stop").hidden = true;
    state(told.state, [told.error, told.hint].filter(Boolean).join(" "));
    if (told.plan) show(told);
  }

  function fail(error) {
    byId("stop").hidden = true;
    state("failed", error.message);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = new FormData(form);
    const request = {
      teams: Number(said.get("teams")),
      reach_minutes: Number(said.get("hours")) * MINUTES,
      season: said.get("season"),
      outcome: said.get("outcome"),
      candidates: said.get("candidates"),
    };
    byId("plan").hidden = true;
    places.clearLayers();
    state("queued");
    try {
      const told = await answer(await fetch("/v1/plans", { method: "POST", body: JSON.stringify(request),
        headers: { "Content-Type": "application/json" } }));
      asked = told.id;
      byId("stop").hidden = false;
      await wait(asked);
    } catch (error) {
      fail(error);
    }
  });

  byId("stop").addEventListener("click", () => {
    fetch(`/v1/plans/${encodeURIComponent(asked)}`, { method: "DELETE" }).catch(fail);
  });

  document.documentElement.dataset.ready = "";
})();
