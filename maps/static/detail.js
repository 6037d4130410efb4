/* What is said of one district: level in words, every number with its doubt, why, since when, where help is, who answers. */
"use strict";
(function (vigia) {
  const { data, say, fill, make } = vigia;
  const ROW = { level: 0, numbers: 1, noRecords: 2, reason: 3, factors: 4, pictures: 5, years: 6, cases: 7, withheld: 8 };
  const SVG = "http://www.w3.org/2000/svg";

  function draw(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children.filter(Boolean));
    return element;
  }

  /** A value between its ends on a line, the mean as a stroke; places are thousandths of the line. */
  function picture([low, at, high, mean], described) {
    const percent = (place) => `${place / 10}%`;
    return draw("svg", { class: "picture", role: "img", "aria-label": described },
      draw("line", { class: "track", x1: "0", x2: "100%", y1: "10", y2: "10" }),
      draw("line", { class: "range", x1: percent(low), x2: percent(high), y1: "10", y2: "10" }),
      mean === undefined ? null : draw("line", { class: "mean", x1: percent(mean), x2: percent(mean), y1: "1", y2: "19" }),
      draw("circle", { cx: percent(at), cy: "10", r: "5" }));
  }

  function entry(name, value, doubt, drawn) {
    return make("div", null, make("dt", null, name), make("dd", null, make("b", null, value), " ",
      make("span", "doubt", doubt), drawn || null));
  }

  function ratePicture([value, low, high, rr], places) {
    if (!places) return null;
    return picture(places, places[3] === undefined || !rr ? say("detail.picture_rate", { value, low, high })
      : say("detail.picture_rate_mean", { value, low, high, rr }));
  }

  function numbers(row, { ranked, rate: name }) {
    const [rate, rateLow, rateHigh, risk, riskLow, riskHigh, score, rank, rankLow, rankHigh] = row[ROW.numbers];
    const [ofRate, ofRank] = row[ROW.pictures];
    const unit = say("detail.rate_unit");
    const places = { rank, n: ranked, low: rankLow, high: rankHigh };
    return [make("dl", "numbers",
      rate ? entry(name, rate, `${unit} (${say("detail.interval", { low: rateLow, high: rateHigh })})`,
        ratePicture([rate, rateLow, rateHigh, risk], ofRate)) : null,
      entry(say("detail.rank"), say("detail.rank_value", { rank, n: ranked }),
        `(${say("detail.rank_range", { low: rankLow, high: rankHigh, score })})`,
        ofRank && picture(ofRank, say("detail.picture_rank", places))),
      risk ? entry(say("detail.relative_risk"), say("detail.relative_risk_value", { rr: risk }),
        `(${say("detail.interval", { low: riskLow, high: riskHigh })})`) : null),
    ofRate && ofRate[3] !== undefined ? make("p", "small", say("detail.at_mean")) : null];
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

  function year([name, value, low, high, places]) {
    if (!places) return entry(name, say("level.no_data"), "");
    return entry(name, value, `(${say("detail.interval", { low, high })})`, ratePicture([value, low, high], places));
  }

  function years(rows) {
    if (!rows.length) return [];
    return [make("h3", null, say("detail.trend")), make("dl", "numbers years", ...rows.map(year)),
      make("p", "small", say("detail.trend_note"))];
  }

  function services(index) {
    const { services: names, note, texts, times } = data.beside;
    return [make("h3", null, say("detail.services")),
      make("ul", "services", ...times[index].map((text, n) => make("li", null, `${names[n]}: `, make("b", null, texts[text])))),
      note ? make("p", "small", note) : null];
  }

  function cases(told, withheld) {
    const said = told.map(([period, n]) => say("detail.cases_told", { years: period, n }));
    if (withheld) said.push(say(said.length ? "detail.cases_withheld" : "detail.cases_all_withheld"));
    if (!said.length) said.push(say("detail.no_cases_told"));
    return [make("h3", null, say("detail.cases")), ...said.map((text) => make("p", null, text))];
  }

  function contact([institution, phone, level]) {
    return make("li", null, make("b", null, institution), ` (${say(`detail.contact_${level}`)})`,
      phone ? `, ${say("detail.phone", { phone })}` : "");
  }

  function responsible(index) {
    const { contacts, who } = data.beside;
    if (!who[index].length) return [];
    return [make("h3", null, say("detail.responsible")),
      make("ul", "contacts", ...who[index].map((n) => contact(contacts[n])))];
  }

  function unknown(index, row) {
    const own = [
      row[ROW.reason],
      row[ROW.noRecords] ? say("detail.unknown_records") : "",
      row[ROW.years].length ? "" : say("detail.one_year"),
      data.beside.who[index].length ? "" : say("detail.no_contact"),
    ];
    const said = [...own, ...data.beside.unknown].filter(Boolean);
    return said.length ? [make("h3", null, say("detail.unknown")),
      make("ul", "unknown", ...said.map((text) => make("li", data.doubts.includes(text) ? "doubted" : null, text)))] : [];
  }

  /** The page to print, which a service alone can make: a file that holds its own rows has none behind it. */
  function brief(code) {
    if (document.getElementById("vigia-beside")) return null;
    const link = make("a", null, say("detail.brief"));
    link.href = `/brief/${encodeURIComponent(code)}?lang=${document.documentElement.lang}`;
    return make("p", "brief", link);
  }

  /** The whole account of district `index` for an outcome. */
  vigia.detail = function (index, outcome) {
    const row = outcome.rows[index];
    const level = data.levels[row[ROW.level]];
    const { code, name, undrawn } = data.districts;
    const known = row[ROW.numbers] !== null;
    return make("article", "detail",
      make("h2", null, name[index]),
      make("p", "within", [vigia.place(index), say("detail.code", { code: code[index] })].filter(Boolean).join(" · ")),
      make("p", outcome.trafficking ? "what" : "what other",
        outcome.trafficking ? outcome.label : say("banner.not_trafficking", { label: outcome.label })),
      make("p", "level", make("i", `swatch level-${level.id}`), say("detail.level") + ": ",
        make("b", null, say(`level.${level.id}`))),
      make("p", "small", level.explain),
      row[ROW.noRecords] ? make("p", "flag", make("b", null, say("detail.no_records") + ". "),
        say("detail.no_records_explain")) : null,
      !undrawn.includes(index) ? null : make("p", "flag", say("detail.no_boundary")),
      ...(known ? [...numbers(row, outcome), ...factors(row[ROW.factors], outcome.explained)]
        : [make("p", "reason", row[ROW.reason])]),
      ...years(row[ROW.years]),
      ...services(index).filter(Boolean),
      ...cases(row[ROW.cases], row[ROW.withheld]),
      ...responsible(index),
      ...unknown(index, row),
      brief(code[index]),
      make("p", "small run", say("detail.run", { run: data.run, year: data.year }) + "."));
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
