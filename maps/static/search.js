/* Finds a district by name or code, misspelt ones too; also those without a boundary, by keyboard alone. */
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

  /** Names by what they hold; made when somebody first searches. */
  function makeIndex() {
    const names = data.districts.name.map(plain);
    const written = data.districts.name.map(raw);
    const holding = new Map();
    names.forEach((name, index) => {
      for (const part of trigrams(name)) {
        if (!holding.has(part)) holding.set(part, []);
        holding.get(part).push(index);
      }
    });
    return { names, written, holding };
  }

  let index = null;

  function exact(query, wanted) {
    const rank = (n) => {
      if (data.districts.code[n].startsWith(query)) return 0;
      const name = index.names[n];
      if (wanted && name === wanted) return 1;
      if (wanted && name.startsWith(wanted)) return 2;
      if (wanted && name.includes(` ${wanted}`)) return 3;
      return (wanted && name.includes(wanted)) || index.written[n].includes(query) ? 4 : UNLIKE;
    };
    return index.names.map((_, n) => [rank(n), n]).filter(([order]) => order < UNLIKE);
  }

  /** Names one letter wrong in four, two in seven: whole, or as far as they were typed. */
  function misspelt(wanted) {
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

  /** Districts that fit best, the best first. */
  vigia.matches = function (text) {
    index = index || makeIndex();
    const [query, wanted] = [raw(text), plain(text)];
    if (!query) return [];
    const found = exact(query, wanted);
    return (found.length ? found : misspelt(wanted))
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, MOST).map(([, n]) => n);
  };

  /** `choose(index)` is called with the district that was picked. */
  vigia.search = function (choose) {
    const field = document.getElementById("search");
    const list = document.getElementById("found");
    const state = document.getElementById("found-state");
    let found = [];
    let active = -1;

    function close() {
      list.hidden = true;
      list.replaceChildren();
      state.textContent = "";
      [found, active] = [[], -1];
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    }

    function pick(chosen) {
      field.value = data.districts.name[chosen];
      close();
      choose(chosen);
    }

    function option(chosen, place) {
      const item = make("li", null, data.districts.name[chosen], " ",
        make("span", "small", vigia.place(chosen)));
      item.id = `found-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
      item.addEventListener("click", () => pick(chosen));
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
      close();
      if (!asked) return;
      found = vigia.matches(asked);
      list.replaceChildren(...found.map(option));
      list.hidden = !found.length;
      field.setAttribute("aria-expanded", String(found.length > 0));
      state.textContent = found.length ? say("search.found", { n: String(found.length) }) : say("search.nothing");
    }

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
