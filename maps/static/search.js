/* Finds a district by name or code: also those that have no boundary, and without a mouse. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const MOST = 8;

  function plain(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }

  const names = data.districts.name.map(plain);

  function matches(query) {
    const wanted = plain(query.trim());
    if (!wanted) return [];
    const rank = (index) => {
      if (data.districts.code[index].startsWith(wanted)) return 0;
      const at = names[index].indexOf(wanted);
      return at === 0 ? 1 : at > 0 ? 2 : -1;
    };
    return names.map((name, index) => [rank(index), index]).filter(([order]) => order >= 0)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, MOST).map(([, index]) => index);
  }

  /** `choose(index)` is called with the district that was picked. */
  vigia.search = function (choose) {
    const field = document.getElementById("search");
    const list = document.getElementById("found");

    function close() {
      list.hidden = true;
      list.replaceChildren();
    }

    function pick(index) {
      field.value = data.districts.name[index];
      close();
      choose(index);
    }

    function option(index) {
      const button = make("button", null, data.districts.name[index], " ",
        make("span", "small", data.districts.place[index]));
      button.type = "button";
      button.addEventListener("click", () => pick(index));
      return make("li", null, button);
    }

    field.addEventListener("input", () => {
      const found = matches(field.value);
      if (!field.value.trim()) return close();
      list.replaceChildren(...(found.length ? found.map(option)
        : [make("li", "nothing", say("search.nothing"))]));
      list.hidden = false;
    });
    field.addEventListener("keydown", (event) => {
      const first = matches(field.value)[0];
      if (event.key === "Escape") close();
      if (event.key === "Enter" && first !== undefined) pick(first);
    });
  };
})(window.vigia);
