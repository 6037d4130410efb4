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

  let beside = null;

  /** What is said of each district whatever the outcome; kept in `data.beside`. */
  function readBeside() {
    if (!beside) {
      const address = `/map/beside/${data.run}?lang=${document.documentElement.lang}`;
      beside = vigia.read("vigia-beside", address).then((found) => { data.beside = found; });
      beside.catch(() => { beside = null; }); // it is asked for again
    }
    return beside;
  }

  const asked = new Map();

  /** What is said of each district for an outcome, in their order; kept in `outcome.rows`. */
  vigia.rows = function (outcome) {
    if (!asked.has(outcome.id)) {
      const address = `/map/rows/${data.run}/${encodeURIComponent(outcome.id)}?lang=${document.documentElement.lang}`;
      const rows = Promise.all([vigia.read(`rows-${outcome.id}`, address), readBeside()])
        .then(([found]) => { outcome.rows = found; return found; });
      rows.catch(() => asked.delete(outcome.id)); // it is asked for again
      asked.set(outcome.id, rows);
    }
    return asked.get(outcome.id);
  };
})(window.vigia);
