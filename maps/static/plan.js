/* Asks for a plan, waits for it, and shows it. Text from data only ever becomes text nodes. */
"use strict";
(function () {
  const { data } = planMap;
  const { asker, list, made } = planAsk;
  const byId = (id) => document.getElementById(id);
  const form = byId("ask");
  const MINUTES = 60;
  const KEPT = /^#[0-9a-f]{16}$/; // the id of a plan: its page can be opened again, or sent on
  const fixed = new Map(); // id of a place -> its name, and whether it is forced or forbidden
  const asking = asker(data.words, { state: byId("state"), stop: byId("stop") });

  function button(word, name, act) {
    const one = made("button", data.words[word], { type: "button" });
    one.setAttribute("aria-label", `${data.words[word]}: ${name}`);
    one.addEventListener("click", act);
    return one;
  }

  function showFixed() {
    byId("fixed").replaceChildren(...Array.from(fixed, ([id, { name, how }]) => {
      const item = made("li", `${data.words[how]}: ${name} `);
      item.append(button("release", name, () => fix(id)));
      return item;
    }));
  }

  function fix(id, name, how) {
    if (how) fixed.set(id, { name, how });
    else fixed.delete(id);
    showFixed();
    asking.tell("ask_again");
  }

  function siteItem(said, site) {
    const item = made("li", `${said.name}: ${said.why} `);
    if (site.existing) return item;
    const choices = made("span", "", { className: "choices" });
    choices.append(button("force", said.name, () => fix(site.id, said.name, "forced")),
      button("forbid", said.name, () => fix(site.id, said.name, "forbidden")));
    item.append(choices);
    return item;
  }

  function show({ plan, said }) {
    byId("head").textContent = said.head;
    byId("asked").textContent = said.asked;
    list("reached", said.reached);
    byId("sites").replaceChildren(...said.sites.map((one, n) => siteItem(one, plan.sites[n])));
    list("limits", said.limits);
    list("notes", said.notes);
    list("districts", said.districts.map((one) => one.text));
    byId("served").hidden = !said.districts.length;
    for (const link of document.querySelectorAll("#files a")) {
      link.href = `/v1/plans/${encodeURIComponent(plan.id)}?f=${link.dataset.form}&lang=${data.language}`;
      link.download = "";
    }
    byId("plan").hidden = false;
    planMap.draw({ plan, said });
    history.replaceState(null, "", `#${plan.id}`);
    document.dispatchEvent(new CustomEvent("vigia:plan", { detail: plan }));
  }

  const fixedAs = (how) => Array.from(fixed).filter(([, one]) => one.how === how).map(([id]) => id);

  function request() {
    const said = new FormData(form);
    const number = (name) => (said.get(name) === "" ? null : Number(said.get(name)));
    const least = Array.from(form.querySelectorAll("[data-department]"))
      .filter((input) => Number(input.value) > 0)
      .map((input) => [input.dataset.department, Number(input.value)]);
    return {
      teams: number("teams"),
      reach_minutes: number("hours") * MINUTES,
      season: said.get("season"),
      outcome: said.get("outcome"),
      candidates: said.get("candidates"),
      existing: said.get("existing") || null,
      tail: number("tail"),
      capacity_people: number("capacity_people"),
      budget: number("budget"),
      minimum: Object.fromEntries(least),
      forced: fixedAs("forced"),
      forbidden: fixedAs("forbidden"),
    };
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    byId("plan").hidden = true;
    planMap.clear();
    asking.ask("/v1/plans", request(), data.language, show);
  });

  form.elements.candidates.addEventListener("change", () => {
    fixed.clear(); // they were of other places
    showFixed();
  });

  byId("other-language").addEventListener("click", ({ currentTarget }) => { currentTarget.hash = location.hash; });
  byId("print").addEventListener("click", () => window.print());

  form.querySelector("[type=submit]").disabled = false; // before, it would load the page anew
  if (KEPT.test(location.hash)) {
    asking.follow(location.hash.slice(1), data.language, show).catch(asking.fail);
  }
  document.documentElement.dataset.ready = "";
})();
