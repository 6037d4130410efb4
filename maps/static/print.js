/* On paper: the map fitted to the page, and what is said of a district below it instead of over it. */
"use strict";
(function (vigia) {
  const root = document.documentElement;
  const PAPER = { wide: 703, high: 340 }; // CSS pixels: 186 mm of an A4 page, and what leaves room below
  const after = [];

  /* It is made smaller as it is: what is drawn anew while a page is printed, browsers may leave out. */
  function fitted() {
    const sides = [...document.querySelectorAll(".side")].filter((side) => side.offsetWidth);
    const [{ offsetWidth: wide, offsetHeight: high }] = sides;
    const scale = Math.min(PAPER.wide / (wide * sides.length), PAPER.high / high);
    const known = { "--wide": `${wide}px`, "--high": `${high}px`, "--scale": scale };
    for (const [name, value] of Object.entries(known)) root.style.setProperty(name, value);
  }

  /** An account in a popup covers the map: a copy of it stands below. */
  function told() {
    const article = document.querySelector(".leaflet-popup article.detail");
    if (!article) return;
    vigia.openSheet(article.cloneNode(true));
    after.push(vigia.closeSheet);
  }

  /** On a phone the legend is folded away. */
  function unfolded() {
    const panel = document.getElementById("panel");
    const { open } = panel;
    panel.open = true;
    after.push(() => { panel.open = open; });
  }

  window.addEventListener("beforeprint", () => {
    fitted();
    told();
    unfolded();
  });
  window.addEventListener("afterprint", () => {
    for (const undo of after.splice(0)) undo();
  });
})(window.vigia);
