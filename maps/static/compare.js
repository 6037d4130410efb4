/* Two maps side by side, of one view: another outcome, another run, a scenario. A table tells where and why they differ. */
"use strict";
(function (vigia) {
  const { data, say, fill, make } = vigia;
  const MOST = 100; // districts told of
  const ROW = { factors: 4 };
  const GROUPS = ["outcome", "year", "run", "scenario"];
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  /** Whoever of the two maps comes to rest, the other one follows. */
  function link(first, second) {
    let following = false;
    const follow = (from, to) => () => {
      if (following) return;
      following = true;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      following = false;
    };
    first.on("moveend", follow(first, second));
    second.on("moveend", follow(second, first));
    follow(first, second)();
  }

  /** What weighs most in a district, in a few words. */
  function because(index, outcome) {
    if (!outcome.explained) return say("detail.factors_elsewhere");
    const [main] = outcome.rows[index][ROW.factors];
    if (!main) return say("detail.no_factors");
    const [factor, strength] = main;
    return `${data.factors[factor].label}: ${say(`detail.${strength > 0 ? "up" : "down"}_${Math.abs(strength)}`)}`;
  }

  /** How many districts of the part have no data on one side alone: of these nobody knows whether they differ. */
  const halfKnown = (a, b, inPart) => data.districts.code.filter((code, index) => inPart(index)
    && (Number(a.levels[index]) === 0) !== (Number(b.levels[index]) === 0)).length;

  /** Districts that both know and whose levels are not the same, those farthest apart first. */
  function differing(a, b) {
    const apart = (index) => Math.abs(Number(a.levels[index]) - Number(b.levels[index]));
    return data.districts.code.map((code, index) => index)
      .filter((index) => Number(a.levels[index]) && Number(b.levels[index]) && apart(index))
      .sort((one, other) => apart(other) - apart(one) || one - other);
  }

  function level(index, side) {
    const { id } = data.levels[Number(side.levels[index])];
    return make("td", null, make("i", `swatch level-${id}`), say(`level.${id}`));
  }

  /** Two outcomes of the run: what weighs most on each side. */
  async function outcomes(own, other) {
    await Promise.all([own, other].map(vigia.rows));
    const why = (side) => (index) => make("td", null, because(index, side));
    return {
      sides: [own, other], said: [], counted: say("compare.differing"), caption: say("compare.caption"),
      told: differing(own, other),
      columns: [[own.label, (index) => level(index, own)], [say("compare.because"), why(own)],
        [other.label, (index) => level(index, other)], [say("compare.because"), why(other)]],
    };
  }

  /** The outcome beside itself in another run or a scenario, as `maps/against.py` tells it. */
  async function another(own, id) {
    const found = await vigia.against(own, id);
    const [here, there] = [{ ...own, label: found.own }, { ...found, id }];
    const lines = new Map(found.told);
    return {
      ...found, sides: [here, there], told: found.told.map(([index]) => index),
      columns: [[here.label, (index) => level(index, here)], [there.label, (index) => level(index, there)],
        [found.because, (index) => make("td", "why", ...lines.get(index).map((text) => make("p", null, text)))]],
    };
  }

  function line(index, columns, choose) {
    const name = make("button", "link", data.districts.name[index]);
    name.type = "button";
    name.addEventListener("click", () => choose(index));
    const head = make("th", null, name, " ", make("span", "small", vigia.place(index)));
    head.scope = "row";
    return make("tr", null, head, ...columns.map(([, cell]) => cell(index)));
  }

  function table(found, { columns, caption }, choose) {
    const heads = [say("table.district"), ...columns.map(([title]) => title)]
      .map((text) => { const cell = make("th", null, text); cell.scope = "col"; return cell; });
    return make("div", "table-frame", make("table", null, make("caption", null, caption),
      make("thead", null, make("tr", null, ...heads)),
      make("tbody", null, ...found.slice(0, MOST).map((index) => line(index, columns, choose)))));
  }

  function account(comparison, choose) {
    const { inPart } = vigia.selection();
    const found = comparison.told.filter(inPart);
    const counted = fill(comparison.counted, { n: String(found.length), shown: String(Math.min(MOST, found.length)) });
    const half = halfKnown(...comparison.sides, inPart);
    return [make("h2", null, say("compare.title")), ...comparison.said.map((text) => make("p", "small", text)),
      make("p", null, counted), half ? make("p", null, say("compare.half_known", { n: String(half) })) : "",
      ...(found.length ? [table(found, comparison, choose)] : [])];
  }

  /**
   * Makes the list of what the first map may be held against. `lookAt(map, outcomeNow)` draws the districts of
   * an outcome on a map and gives the layer; `choose(index)` is called with a district that was picked.
   */
  vigia.compare = function (map, outcomeNow, lookAt, choose) {
    const list = byId("against");
    const section = byId("differing");
    let second = null;
    let other = null;
    let turn = 0;

    /** What there is to choose: the other outcomes, and what this one has beside it. */
    function choices() {
      const now = outcomeNow();
      const others = data.outcomes.filter((one) => one !== now)
        .map((one) => ({ id: one.id, label: one.label, group: "outcome", read: () => outcomes(now, one) }));
      return [...others, ...now.others.map((one) => ({ ...one, read: () => another(now, one.id) }))];
    }

    function offer() {
      const before = list.value;
      const offered = choices();
      const option = ({ id, label }) => { const one = make("option", null, label); one.value = id; return one; };
      const groups = GROUPS.map((name) => [name, offered.filter(({ group }) => group === name)])
        .filter(([, members]) => members.length).map(([name, members]) => {
          const group = make("optgroup", null, ...members.map(option));
          group.label = say(`compare.of_${name}`);
          return group;
        });
      list.replaceChildren(list.options[0], ...groups);
      list.value = offered.some(({ id }) => id === before) ? before : "";
      list.closest("label").hidden = !offered.length;
    }

    function open() {
      root.classList.add("compared");
      if (!second) {
        const { zoomSnap, maxBounds, minZoom } = map.options;
        second = { map: L.map("map-b", { zoomSnap, maxBounds, minZoom, attributionControl: false, preferCanvas: true }) };
        second.map.setView(map.getCenter(), map.getZoom());
        second.districts = lookAt(second.map, () => other || outcomeNow());
        second.map.on("click", ({ latlng }) => {
          const index = second.districts.at(latlng);
          if (index !== null) choose(index);
        });
        link(map, second.map);
      }
      map.invalidateSize({ animate: false });
      second.map.invalidateSize({ animate: false });
      second.districts.refresh();
    }

    function close() {
      root.classList.remove("compared");
      section.hidden = true;
      section.replaceChildren();
      map.invalidateSize({ animate: false });
    }

    async function change() {
      turn += 1;
      const mine = turn;
      const chosen = choices().find(({ id }) => id === list.value);
      if (!chosen) {
        close();
        return;
      }
      const comparison = await chosen.read().catch(() => null);
      if (mine !== turn) return; // another one was chosen meanwhile
      if (comparison) {
        [byId("label-a").textContent, byId("label-b").textContent] = comparison.sides.map(({ label }) => label);
        [, other] = comparison.sides;
        open();
        section.replaceChildren(...account(comparison, choose));
      } else {
        close();
        section.replaceChildren(make("p", null, say("map.failed")));
      }
      section.hidden = false;
    }

    /** The map beside the first one, once there is one. */
    vigia.mapBeside = () => second && second.map;
    offer();
    if (data.opened) list.value = data.opened;
    list.addEventListener("change", change);
    /** After another choice of what is shown, or of the part. */
    vigia.compareChanged = () => {
      offer();
      change();
    };
  };
})(window.vigia);
