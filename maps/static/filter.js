/* Which districts are shown in colour: by department, province and level, and the surest alone. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const { place } = data.districts;
  const SURE = 2; // the highest class of certainty
  const byId = (id) => document.getElementById(id);
  const departments = byId("department");
  const provinces = byId("province");
  const surest = byId("surest");
  const levels = [...document.querySelectorAll("input[data-show]")];

  const { compare } = new Intl.Collator("es");
  const named = (names) => [...new Set(names.filter(Boolean))].sort(compare);
  const option = (text) => { const one = make("option", null, text); one.value = text; return one; };

  /** Fills a list with names below its first entry, which stands for all; hidden where there is no choice. */
  function offer(list, names) {
    list.replaceChildren(list.options[0], ...names.map(option));
    list.value = "";
    list.closest("label").hidden = names.length < 2;
  }

  const provincesOf = (department) => named(data.places
    .filter((one) => !department || one[1] === department).map(([province]) => province));

  /** In the part that was chosen. */
  vigia.chosenPart = function (index) {
    const [province, department] = data.places[place[index]];
    return (!departments.value || department === departments.value)
      && (!provinces.value || province === provinces.value);
  };

  /** Whether a district keeps its colour. What has no data is hatched, however sure the others are. */
  vigia.shown = function (index, outcome) {
    const level = Number(outcome.levels[index]);
    return vigia.chosenPart(index) && levels[level].checked
      && (!surest.checked || data.levels[level].id === "no_data" || Number(outcome.sure[index]) === SURE);
  };

  /** Says how many districts of each level there are in the part, and how many are shown at all. */
  vigia.count = function (outcome) {
    const counts = data.levels.map(() => 0);
    let [within, shown] = [0, 0];
    data.districts.code.forEach((code, index) => {
      if (!vigia.chosenPart(index)) return;
      within += 1;
      counts[Number(outcome.levels[index])] += 1;
      if (vigia.shown(index, outcome)) shown += 1;
    });
    const figure = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ","); // as in Peru
    for (const cell of document.querySelectorAll(".count[data-level]")) {
      const n = counts[Number(cell.dataset.level)];
      cell.textContent = say(n === 1 ? "legend.districts_one" : "legend.districts", { n: figure(n) });
    }
    byId("shown").textContent = shown === data.districts.code.length ? ""
      : say("filter.shown", { n: figure(shown), all: figure(within) });
  };

  /** Calls `change(moved)` when a choice is made; `moved` when the part is another one. */
  vigia.filter = function (change) {
    offer(departments, named(data.places.map((one) => one[1])));
    offer(provinces, provincesOf(""));
    departments.addEventListener("change", () => {
      offer(provinces, provincesOf(departments.value));
      change(true);
    });
    provinces.addEventListener("change", () => change(true));
    for (const box of [surest, ...levels]) box.addEventListener("change", () => change(false));
  };
})(window.vigia);
