/* What is not in the page itself: shapes and what is said of districts, fetched or found inside it. */
"use strict";
(function (vigia) {
  const { data } = vigia;

  /** A block of JSON of an offline page, or what a served one finds at `address`. */
  vigia.read = async function (id, address) {
    const inside = document.getElementById(id);
    if (inside) return JSON.parse(inside.textContent);
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  /** The shapes of the districts, in the form that `maps/topology.py` writes. */
  vigia.shapes = () => vigia.read("vigia-shapes", data.shapes);

  const asked = new Map(); // promises by what was asked for; what failed is asked for again

  function once(name, read) {
    if (!asked.has(name)) {
      const answer = read();
      answer.catch(() => asked.delete(name));
      asked.set(name, answer);
    }
    return asked.get(name);
  }

  const inLanguage = (...parts) => `/map/${parts.map(encodeURIComponent).join("/")}?lang=${document.documentElement.lang}`;

  /** What is said of each district whatever the outcome; kept in `data.beside`. */
  const readBeside = () => once("beside", async () => {
    data.beside = await vigia.read("vigia-beside", inLanguage("beside", data.run));
  });

  /** What is said of each district for an outcome, in their order; kept in `outcome.rows`. */
  vigia.rows = function (outcome) {
    const id = `rows-${outcome.id}`;
    return once(id, async () => {
      [outcome.rows] = await Promise.all([vigia.read(id, inLanguage("rows", data.run, outcome.id)), readBeside()]);
      return outcome.rows;
    });
  };

  /** What stands beside an outcome: another run or a scenario, by its id. */
  vigia.against = function (outcome, other) {
    const id = `against-${other}-${outcome.id}`;
    return once(id, () => vigia.read(id, inLanguage("against", data.run, other, outcome.id)));
  };
})(window.vigia);
