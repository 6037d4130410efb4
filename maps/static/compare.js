/* Two of what is shown side by side: one view for both maps, and a table of where and why they differ. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const MOST = 100; // districts told of
  const ROW = { factors: 4 };
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
  const halfKnown = (a, b) => data.districts.code.filter((code, index) => vigia.chosenPart(index)
    && (Number(a.levels[index]) === 0) !== (Number(b.levels[index]) === 0)).length;

  /** Districts that both know and whose levels are not the same, those farthest apart first. */
  function differing(a, b) {
    const apart = (index) => Math.abs(Number(a.levels[index]) - Number(b.levels[index]));
    return data.districts.code.map((code, index) => index)
      .filter((index) => vigia.chosenPart(index) && Number(a.levels[index]) && Number(b.levels[index]) && apart(index))
      .sort((one, other) => apart(other) - apart(one) || one - other);
  }

  function level(index, outcome) {
    const { id } = data.levels[Number(outcome.levels[index])];
    return make("td", null, make("i", `swatch level-${id}`), say(`level.${id}`));
  }

  function line(index, [a, b], choose) {
    const name = make("button", "link", data.districts.name[index]);
    name.type = "button";
    name.addEventListener("click", () => choose(index));
    const head = make("th", null, name, " ", make("span", "small", vigia.place(index)));
    head.scope = "row";
    return make("tr", null, head, level(index, a), make("td", null, because(index, a)),
      level(index, b), make("td", null, because(index, b)));
  }

  function table(found, [a, b], choose) {
    const heads = [say("table.district"), a.label, say("compare.because"), b.label, say("compare.because")]
      .map((text) => { const cell = make("th", null, text); cell.scope = "col"; return cell; });
    return make("div", "table-frame", make("table", null, make("caption", null, say("compare.caption")),
      make("thead", null, make("tr", null, ...heads)),
      make("tbody", null, ...found.slice(0, MOST).map((index) => line(index, [a, b], choose)))));
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

    function offer() {
      const others = data.outcomes.filter((one) => one !== outcomeNow());
      const before = list.value;
      list.replaceChildren(list.options[0], ...others.map(({ id, label }) => {
        const option = make("option", null, label);
        option.value = id;
        return option;
      }));
      list.value = others.some(({ id }) => id === before) ? before : "";
      list.closest("label").hidden = !others.length;
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

    async function tell() {
      const sides = [outcomeNow(), other];
      byId("label-a").textContent = sides[0].label;
      byId("label-b").textContent = other.label;
      try {
        await Promise.all(sides.map(vigia.rows));
      } catch {
        section.replaceChildren(make("p", null, say("map.failed")));
        return;
      }
      if (sides[0] !== outcomeNow() || sides[1] !== other) return; // another one was chosen meanwhile
      const found = differing(...sides);
      const said = say("compare.differing", { n: String(found.length), shown: String(Math.min(MOST, found.length)) });
      const half = halfKnown(...sides);
      section.replaceChildren(make("h2", null, say("compare.title")), make("p", null, said),
        half ? make("p", null, say("compare.half_known", { n: String(half) })) : "",
        ...(found.length ? [table(found, sides, choose)] : []));
      section.hidden = false;
    }

    function change() {
      other = data.outcomes.find(({ id }) => id === list.value) || null;
      if (other) {
        open();
        tell();
        return;
      }
      root.classList.remove("compared");
      section.hidden = true;
      section.replaceChildren();
      map.invalidateSize({ animate: false });
    }

    /** The map beside the first one, once there is one. */
    vigia.mapBeside = () => second && second.map;
    offer();
    list.addEventListener("change", change);
    /** After another choice of what is shown, or of the part. */
    vigia.compareChanged = () => {
      offer();
      change();
    };
  };
})(window.vigia);
