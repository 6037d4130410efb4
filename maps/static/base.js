/* What the other scripts share. Text from data only ever becomes text nodes, never markup. */
"use strict";
window.vigia = (function () {
  const data = JSON.parse(document.getElementById("vigia-data").textContent);
  const phone = window.matchMedia("(max-width: 760px)");

  /** A message with its places filled in: say("detail.code", {code: "0101"}). */
  function say(key, values) {
    return fill(data.words[key], values);
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  }

  /** An element with children; strings become text. */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  /** Where a district is, in words: its province and department. */
  function place(index) {
    return [...new Set(data.places[data.districts.place[index]].filter(Boolean))].join(", ");
  }

  /* On a phone the panel starts as a strip, so that the map is seen first. */
  const panel = document.getElementById("panel");
  const settle = () => { panel.open = !phone.matches; };
  phone.addEventListener("change", settle);
  settle();

  /* Leaflet focuses the map on every click; only those who use the keyboard need to see it. */
  const root = document.documentElement;
  document.addEventListener("keydown", () => root.classList.add("keys"));
  document.addEventListener("pointerdown", () => root.classList.remove("keys"));

  return { data, say, fill, make, place, phone };
})();
