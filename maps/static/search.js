/* Finds a district by name, code or settlement, misspelt ones too; also those without a boundary, by keyboard alone. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const MOST = 8;
  const LIKELY = 60; // names that share most trigrams, and are compared letter by letter
  const UNLIKE = 99;

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  const raw = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();

  function trigrams(text) {
    const padded = `  ${text} `;
    return new Set(Array.from({ length: padded.length - 2 }, (_, n) => padded.slice(n, n + 3)));
  }

  /** Letters to add, drop, change or swap with the next to make one word of another (Damerau); UNLIKE above `most`. */
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return UNLIKE;
    let [twoBack, before] = [[], Array.from({ length: b.length + 1 }, (_, n) => n)];
    for (let i = 1; i <= a.length; i += 1) {
      const now = [i];
      for (let j = 1; j <= b.length; j += 1) {
        const same = a[i - 1] === b[j - 1] ? 0 : 1;
        now[j] = Math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + same);
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) now[j] = Math.min(now[j], twoBack[j - 2] + 1);
      }
      if (Math.min(...now) > most) return UNLIKE;
      [twoBack, before] = [before, now];
    }
    return before[b.length] > most ? UNLIKE : before[b.length];
  }

  /** Names by what they hold, with the codes that they are found by too; made when somebody first searches. */
  function makeIndex(texts, codes) {
    const names = texts.map(plain);
    const written = texts.map(raw);
    const holding = new Map();
    names.forEach((name, index) => {
      for (const part of trigrams(name)) {
        if (!holding.has(part)) holding.set(part, []);
        holding.get(part).push(index);
      }
    });
    return { names, written, holding, codes };
  }

  let districts = null;
  let settlements = null; // as soon as they are here, where there are any

  /** Settlements are found from now on; resolves when they are. */
  async function addSettlements() {
    if (settlements) return;
    const found = await vigia.read("vigia-settlements", `/map/settlements/${data.run}`);
    settlements = { ...found, index: makeIndex(found.names, []) };
  }

  function exact(index, query, wanted) {
    const rank = (n) => {
      if (index.codes.length && index.codes[n].startsWith(query)) return 0;
      const name = index.names[n];
      if (wanted && name === wanted) return 1;
      if (wanted && name.startsWith(wanted)) return 2;
      if (wanted && name.includes(` ${wanted}`)) return 3;
      return (wanted && name.includes(wanted)) || index.written[n].includes(query) ? 4 : UNLIKE;
    };
    return index.names.map((_, n) => [rank(n), n]).filter(([order]) => order < UNLIKE);
  }

  /** Names one letter wrong in four, two in seven: whole, or as far as they were typed. */
  function misspelt(index, wanted) {
    const most = wanted.length < 4 ? 0 : wanted.length < 7 ? 1 : 2;
    if (!most) return [];
    const shared = new Map();
    for (const part of trigrams(wanted)) {
      for (const n of index.holding.get(part) || []) shared.set(n, (shared.get(n) || 0) + 1);
    }
    const likely = [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, LIKELY);
    const far = (name) => Math.min(distance(wanted, name, most), distance(wanted, name.slice(0, wanted.length), most),
      ...name.split(" ").map((word) => distance(wanted, word, most)));
    return likely.map(([n]) => [5 + far(index.names[n]), n]).filter(([order]) => order < UNLIKE);
  }

  const district = (n) => ({ name: data.districts.name[n], index: n });
  const settlement = (n) => ({ name: settlements.names[n], index: settlements.districts[n], at: settlements.at[n] });

  /** What fits best, the best first: names, districts, and of settlements where they lie. */
  function matches(text) {
    districts = districts || makeIndex(data.districts.name, data.districts.code);
    const [query, wanted] = [raw(text), plain(text)];
    if (!query) return [];
    const sought = [[districts, district], ...(settlements ? [[settlements.index, settlement]] : [])];
    const found = sought.map(([index]) => exact(index, query, wanted));
    const none = !found.flat().length;
    sought.forEach(([index], kind) => {
      /* What a settlement is called may be meant for a district all the same. */
      if (none || (kind === 0 && !found[0].length)) found[kind] = misspelt(index, wanted);
    });
    return found.flatMap((one, kind) => one.map(([order, n]) => [order, kind, n]))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).slice(0, MOST)
      .map(([, kind, n]) => sought[kind][1](n));
  }

  /** `choose(index, at)` is called with the district that was picked, and where the settlement is that was. */
  vigia.search = function (choose) {
    const field = document.getElementById("search");
    const list = document.getElementById("found");
    const state = document.getElementById("found-state");
    let found = [];
    let active = -1;
    let looking = false; // something is typed, and nothing picked yet
    let told = ""; // of what was picked

    function close() {
      list.hidden = true;
      list.replaceChildren();
      state.textContent = told;
      [found, active, looking] = [[], -1, false];
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }

    function pick({ name, index, at }) {
      field.value = name;
      told = at ? say("search.within", { name, district: data.districts.name[index] }) : "";
      close();
      choose(index, at);
    }

    function option(one, place) {
      const around = vigia.place(one.index);
      const where = one.at ? `${say("search.settlement")} ${[data.districts.name[one.index], around].filter(Boolean).join(", ")}` : around;
      const item = make("li", null, one.name, " ", make("span", "small", where));
      item.id = `found-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      item.addEventListener("click", () => pick(one));
      return item;
    }

    function mark(place) {
      active = place;
      [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === place)));
      if (place < 0) return field.removeAttribute("aria-activedescendant");
      list.children[place].scrollIntoView({ block: "nearest" });
      return field.setAttribute("aria-activedescendant", `found-${place}`);
    }

    function look() {
      const asked = field.value.trim();
      told = "";
      close();
      if (!asked) return;
      looking = true;
      found = matches(asked);
      list.replaceChildren(...found.map(option));
      list.hidden = !found.length;
      field.setAttribute("aria-expanded", String(found.length > 0));
      state.textContent = found.length ? say("search.found", { n: String(found.length) }) : say("search.nothing");
    }

    /* They come after the districts, and change no list in which somebody chooses. */
    function lookFurther() {
      addSettlements().then(() => {
        if (looking && active < 0) look();
      }).catch(() => {}); // districts are found without them, and the next time they are asked for again
    }

    if (document.getElementById("settlements")) field.addEventListener("focus", lookFurther);
    field.addEventListener("input", look);
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && !found.length) look();
      if (step && found.length) {
        event.preventDefault();
        mark((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
      }
      if (event.key === "Escape") close();
      if (event.key === "Enter" && found.length) pick(found[Math.max(0, active)]);
    });
  };
})(window.vigia);
