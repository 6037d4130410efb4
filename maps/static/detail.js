/* What is said of one district: level in words, every number with its doubt, the main factors. */
"use strict";
(function (vigia) {
  const { data, say, fill, make } = vigia;
  const ROW = { level: 0, numbers: 1, noRecords: 2, reason: 3, factors: 4 };

  function entry(name, value, doubt) {
    return make("div", null, make("dt", null, name), make("dd", null, make("b", null, value), " ",
      make("span", "doubt", doubt)));
  }

  function numbers(texts, { ranked, rate: name }) {
    const [rate, rateLow, rateHigh, risk, riskLow, riskHigh, score, rank, rankLow, rankHigh] = texts;
    const unit = say("detail.rate_unit");
    return make("dl", "numbers",
      rate ? entry(name, rate,
        `${unit} (${say("detail.interval", { low: rateLow, high: rateHigh })})`) : null,
      entry(say("detail.rank"), say("detail.rank_value", { rank, n: ranked }),
        `(${say("detail.rank_range", { low: rankLow, high: rankHigh, score })})`),
      risk ? entry(say("detail.relative_risk"), say("detail.relative_risk_value", { rr: risk }),
        `(${say("detail.interval", { low: riskLow, high: riskHigh })})`) : null);
  }

  function factor([index, strength, value]) {
    const { label, phrase } = data.factors[index];
    const way = strength > 0 ? "up" : "down";
    return make("li", way,
      make("span", "arrow", strength > 0 ? "▲" : "▼"),
      make("span", null, `${label}: ${fill(phrase, { value })} — `,
        make("b", null, say(`detail.${way}_${Math.abs(strength)}`))));
  }

  function factors(rows, explained) {
    if (!explained) return [make("p", "small", say("detail.factors_elsewhere"))];
    const title = make("h3", null, say("detail.factors"));
    if (!rows.length) return [title, make("p", "small", say("detail.no_factors"))];
    return [title, make("ul", "factors", ...rows.map(factor)),
      make("p", "small", say("detail.factors_note"))];
  }

  /** The whole account of district `index` for an outcome. */
  vigia.detail = function (index, outcome) {
    const row = outcome.rows[index];
    const level = data.levels[row[ROW.level]];
    const { code, name, undrawn } = data.districts;
    const known = row[ROW.numbers] !== null;
    return make("article", "detail",
      make("h2", null, name[index]),
      make("p", "place", [vigia.place(index), say("detail.code", { code: code[index] })].filter(Boolean).join(" · ")),
      make("p", outcome.trafficking ? "what" : "what other",
        outcome.trafficking ? outcome.label : say("banner.not_trafficking", { label: outcome.label })),
      make("p", "level", make("i", `swatch level-${level.id}`), say("detail.level") + ": ",
        make("b", null, say(`level.${level.id}`))),
      make("p", "small", level.explain),
      row[ROW.noRecords] ? make("p", "flag", make("b", null, say("detail.no_records") + ". "),
        say("detail.no_records_explain")) : null,
      !undrawn.includes(index) ? null : make("p", "flag", say("detail.no_boundary")),
      ...(known ? [numbers(row[ROW.numbers], outcome), ...factors(row[ROW.factors], outcome.explained)]
        : [make("p", "reason", row[ROW.reason])]),
      make("p", "small run", say("detail.run", { run: data.run, year: data.year }) + "."),
      ...data.doubts.map((doubt) => make("p", "small doubted", doubt)));
  };

  const sheet = document.getElementById("sheet");

  vigia.closeSheet = function () {
    sheet.hidden = true;
    sheet.replaceChildren();
  };

  /** Shows an account at the foot of the screen, where there is no room or no place for a popup. */
  vigia.openSheet = function (article) {
    const close = make("button", "close", "×");
    close.type = "button";
    close.setAttribute("aria-label", say("detail.close"));
    close.addEventListener("click", vigia.closeSheet);
    sheet.replaceChildren(close, article);
    sheet.hidden = false;
    sheet.scrollTop = 0;
  };
})(window.vigia);
