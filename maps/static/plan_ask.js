/* Asks the service for something that takes a while, and follows it. Used by the planning page. */
"use strict";
const planAsk = (function () {
  const WAIT_MS = 1000;
  const filled = (message, values) => message.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function made(name, text, more = {}) {
    return Object.assign(document.createElement(name), { textContent: text, ...more });
  }

  function list(id, texts) {
    document.getElementById(id).replaceChildren(...texts.map((text) => made("li", text)));
  }

  async function answer(response) {
    const told = await response.json();
    if (response.ok) return told;
    const wrong = (told.errors || []).map((one) => `${one.name}: ${one.problem}`);
    throw new Error([told.detail, told.hint, ...wrong].filter(Boolean).join(" "));
  }

  /* Who logged in says what only a page of the service can read (docs/api.md); others say nothing. */
  function csrf() {
    const name = location.protocol === "https:" ? "__Host-vigia_csrf" : "vigia_csrf";
    const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
    return { "X-CSRF-Token": found ? found.slice(name.length + 1) : "" };
  }

  const pause = () => new Promise((done) => { setTimeout(done, WAIT_MS); });

  /* One thing at a time: what was asked for before is no longer followed. */
  function asker(words, { state, stop }) {
    let asked = null;

    function tell(key, more) {
      state.textContent = [words[key], more].filter(Boolean).join(" ");
    }

    function fail(error) {
      stop.hidden = true;
      tell("failed", error.message);
    }

    async function follow(id, language, show) {
      asked = id;
      for (;;) {
        const told = await answer(await fetch(`/v1/plans/${encodeURIComponent(id)}?lang=${language}`));
        if (asked !== id) return;
        if (told.state !== "queued" && told.state !== "running") {
          stop.hidden = true;
          const { error, hint } = told.said && !told.plan ? told.said : told;
          tell(told.state, [error, hint].filter(Boolean).join(" "));
          if (told.plan) show(told);
          return;
        }
        const step = told.state === "running" && told.total
          ? filled(words.step, { step: told.done + 1, total: told.total }) : "";
        tell(told.state, step);
        await pause();
      }
    }

    async function ask(address, body, language, show) {
      tell("queued");
      try {
        const told = await answer(await fetch(address, { method: "POST", body: JSON.stringify(body),
          headers: { "Content-Type": "application/json", ...csrf() } }));
        stop.hidden = false;
        await follow(told.id, language, show);
      } catch (error) {
        fail(error);
      }
    }

    stop.addEventListener("click", () => {
      fetch(`/v1/plans/${encodeURIComponent(asked)}`, { method: "DELETE", headers: csrf() })
        .catch(fail);
    });
    return { ask, fail, follow, tell };
  }

  return { asker, filled, list, made };
})();
