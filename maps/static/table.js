/* The districts as a table: the same levels and numbers for those who read rather than look; to sort, and to take along. */
"use strict";
(function (vigia) {
  const { data, say, make } = vigia;
  const AT_ONCE = 2000; // rows; more are shown when asked for
  const ROW = { numbers: 1, reason: 3 };
  const NUMBER = { rate: 0, low: 1, high: 2, rank: 7, rankLow: 8, rankHigh: 9 };
  const SURE = 2; // the highest class of certainty
  const FORMULA = /^[=+\-@\t\r]/; // what a spreadsheet would run
  const section = document.getElementById("table");
  const columns = ["district", "province", "department", "level", "certainty", "rate", "interval", "rank", "rank_range"];
  const kinds = { rate: "number", rank: "number", interval: "range", rank_range: "range" };
  let sorted = { name: "rank", down: false };

  const amount = (text) => Number(text.replaceAll(",", "")); // a comma stands at each thousand
  const range = (low, high) => (low ? `${low} – ${high}` : "");

  /** Cells of a district as text, under the names of `columns`. */
  function cellsOf(index, outcome) {
    const [province, department] = data.places[data.districts.place[index]];
    const numbers = outcome.rows[index][ROW.numbers];
    const told = (name) => (numbers ? numbers[NUMBER[name]] : "");
    const level = Number(outcome.levels[index]);
    const sure = !numbers ? "" : say(Number(outcome.sure[index]) === SURE ? "table.sure" : "table.less_sure");
    return {
      index, code: data.districts.code[index], district: data.districts.name[index],
      province: province || "", department: department || "",
      level: say(`level.${data.levels[level].id}`), order: level, certainty: sure,
      rate: told("rate"), interval: range(told("low"), told("high")),
      rank: told("rank"), rank_range: range(told("rankLow"), told("rankHigh")),
    };
  }

  /** What is not known comes last, whichever way is sorted. */
  function inOrder(rows) {
    const { name, down } = sorted;
    const by = { level: "order", interval: "rate", rank_range: "rank" }[name] || name;
    const compare = (a, b) => {
      if (a[by] === "" || b[by] === "") return (a[by] === "") - (b[by] === "");
      const before = kinds[by] === "number" ? amount(a[by]) - amount(b[by])
        : by === "order" ? a.order - b.order : a[by].localeCompare(b[by], "es");
      return down ? -before : before;
    };
    return rows.sort((a, b) => compare(a, b) || a.code.localeCompare(b.code));
  }

  function head(redraw) {
    const row = make("tr");
    for (const name of columns) {
      const button = make("button", null, say(`table.${name}`));
      button.type = "button";
      button.addEventListener("click", async () => {
        sorted = { name, down: sorted.name === name && !sorted.down };
        await redraw();
        section.querySelector(`th[data-column="${name}"] button`).focus(); // the one before is gone
      });
      const cell = make("th", null, button);
      cell.scope = "col";
      cell.dataset.column = name;
      if (sorted.name === name) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      row.append(cell);
    }
    return make("thead", null, row);
  }

  function line(cells, choose) {
    const name = make("button", "link", cells.district);
    name.type = "button";
    name.addEventListener("click", () => choose(cells.index));
    const first = make("th", null, name);
    first.scope = "row";
    const rest = columns.slice(1).map((column) => make("td", kinds[column] || null, cells[column]));
    rest[2].prepend(make("i", `swatch level-${data.levels[cells.order].id}`));
    return make("tr", null, first, ...rest);
  }

  /** A file that spreadsheets open as UTF-8, and run nothing of. */
  function asFile(rows, outcome) {
    const quoted = (text) => `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    const names = ["code", ...columns];
    const lines = [
      [say("table.code"), ...columns.map((name) => say(`table.${name}`)), say("table.run")],
      ...rows.map((row) => [...names.map((name) => row[name]), data.run]),
    ];
    const text = `\ufeff${lines.map((cells) => cells.map(quoted).join(",")).join("\r\n")}\r\n`;
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `vigia_${outcome.id}_${data.year}_${data.run}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  /** `outcomeNow()` is the outcome that is shown; `choose(index)` is called with a district that was picked. */
  vigia.table = function (outcomeNow, choose) {
    const opener = document.getElementById("open-table");
    let most = AT_ONCE;

    async function draw() {
      const outcome = outcomeNow();
      try {
        await vigia.rows(outcome);
      } catch {
        section.replaceChildren(make("p", null, say("map.failed")));
        return;
      }
      if (outcome !== outcomeNow()) return; // another one was chosen meanwhile
      const { shown } = vigia.selection();
      const rows = inOrder(data.districts.code.map((code, index) => index)
        .filter((index) => shown(index, outcome)).map((index) => cellsOf(index, outcome)));
      const file = make("button", null, say("table.file"));
      file.type = "button";
      file.addEventListener("click", () => asFile(rows, outcome));
      const more = make("button", null, say("table.more"));
      more.type = "button";
      more.hidden = rows.length <= most;
      more.addEventListener("click", () => { most += AT_ONCE; draw(); });
      const body = make("tbody", null, ...rows.slice(0, most).map((cells) => line(cells, choose)));
      section.replaceChildren(
        make("div", "table-top", make("h2", null, outcome.label), file),
        make("p", "small", outcome.rate),
        make("div", "table-frame", make("table", null, make("caption", null, say("table.caption", { year: data.year })),
          head(draw), body)),
        more,
      );
    }

    function toggle(open) {
      section.hidden = !open;
      opener.setAttribute("aria-expanded", String(open));
      document.documentElement.classList.toggle("as-table", open);
      opener.textContent = say(open ? "table.close" : "table.open");
      if (open) draw();
      else section.replaceChildren();
    }

    opener.addEventListener("click", () => toggle(section.hidden));
    /** Draws again what is open, after another choice. */
    vigia.tableChanged = () => { if (!section.hidden) draw(); };
    /** Makes way for the map. */
    vigia.closeTable = () => { if (!section.hidden) toggle(false); };
  };
})(window.vigia);
