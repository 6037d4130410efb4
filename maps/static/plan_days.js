/* Itineraries: which stops each team visits on which day, of the planning page. */
"use strict";
(function () {
  const { data } = planMap;
  const { asker, filled, list, made } = planAsk;
  const byId = (id) => document.getElementById(id);
  const form = byId("route");
  const sites = byId("ask");
  const MINUTES = 60;
  const asking = asker(data.words, { state: byId("route-state"), stop: byId("route-stop") });
  let chosen = []; // new sites of the plan that is shown: of the same layer as stops are

  function teamField() {
    const number = byId("bases").children.length + 1;
    const label = made("label", filled(data.words.base, { number }));
    const select = made("select", "", { name: "base", required: true });
    select.append(...data.bases.map((one) => made("option", one.name, { value: one.code })));
    label.append(select);
    byId("bases").append(label);
  }

  function teams(said) {
    return said.getAll("base").map((base, n) => ({
      name: filled(data.words.team_name, { number: n + 1 }), base,
    }));
  }

  function request() {
    const said = new FormData(form);
    const of = new FormData(sites);
    const number = (name) => (said.get(name) === "" ? null : Number(said.get(name)));
    return {
      teams: teams(said),
      first: said.get("first"),
      days: number("days"),
      day_minutes: number("day_hours") * MINUTES,
      service_minutes: number("service_hours") * MINUTES,
      return_to_base: said.get("return_to_base"),
      boats: number("boats"),
      only: said.get("stops") === "chosen" ? chosen : [],
      season: of.get("season"),
      outcome: of.get("outcome"),
      candidates: of.get("candidates"),
      tail: Number(of.get("tail")),
    };
  }

  function team(one) {
    const found = made("section", "");
    found.append(made("h3", one.name));
    for (const day of one.days) {
      const visits = made("ol", "");
      visits.append(...day.visits.map((text) => made("li", text)));
      found.append(made("h4", day.title), visits);
    }
    if (!one.days.length) found.append(made("p", data.words.stays));
    return found;
  }

  function show({ plan, said }) {
    byId("route-head").textContent = said.head;
    list("route-reached", said.reached);
    byId("route-teams").replaceChildren(...said.teams.map(team));
    list("route-left", said.left);
    list("route-limits", said.limits);
    list("route-notes", said.notes);
    for (const link of document.querySelectorAll("#route-files a")) {
      link.href = `/v1/plans/${encodeURIComponent(plan.id)}?f=${link.dataset.form}&lang=${data.language}`;
      link.download = "";
    }
    byId("route-plan").hidden = false;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    byId("route-plan").hidden = true;
    asking.ask("/v1/plans/itineraries", request(), data.language, show);
  });

  document.addEventListener("vigia:plan", ({ detail }) => {
    chosen = detail.sites.filter((site) => site.chosen).map((site) => site.id);
    form.elements.stops.querySelector("[value=chosen]").disabled = false;
  });
  sites.elements.candidates.addEventListener("change", () => {
    chosen = []; // they were of other places
    form.elements.stops.value = "all";
    form.elements.stops.querySelector("[value=chosen]").disabled = true;
  });
  byId("more-teams").addEventListener("click", teamField);

  form.querySelector("[type=submit]").disabled = false; // before, it would load the page anew
  teamField();
  form.elements.first.valueAsDate = new Date();
})();
