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

  /**
   * What is chosen now, read once for all districts: whether one is `inPart` that was chosen, and whether it
   * is `shown` in colour. What has no data is hatched, however sure the others are.
   */
  vigia.selection = function () {
    const [department, province, sure] = [departments.value, provinces.value, surest.checked];
    const part = data.places.map(([of, within]) => (!department || within === department)
      && (!province || of === province));
    const on = levels.map((box) => box.checked);
    const all = data.levels.map(({ id }) => !sure || id === "no_data");
    const inPart = (index) => part[place[index]];
    const shown = (index, outcome) => inPart(index) && on[outcome.levels[index]]
      && (all[outcome.levels[index]] || Number(outcome.sure[index]) === SURE);
    return { inPart, shown };
  };

  /** Says how many districts of each level there are in the part, and how many are shown at all. */
  vigia.count = function (outcome) {
    const { inPart, shown: inColour } = vigia.selection();
    const counts = data.levels.map(() => 0);
    let [within, shown] = [0, 0];
    data.districts.code.forEach((code, index) => {
      if (!inPart(index)) return;
      within += 1;
      counts[Number(outcome.levels[index])] += 1;
      if (inColour(index, outcome)) shown += 1;
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
