/* The districts on the map: coloured by level, paler where it is less sure, hatched where nothing is known. */
"use strict";
(function (vigia) {
  const { data, say, make, phone } = vigia;
  const HATCH = 8;
  const SURE = 2; // the highest class of certainty
  const LEFT_OUT = "#e3e7e8";
  const hovers = window.matchMedia("(hover: hover)").matches;

  /** Stripes for `sin dato`, as sharp as the screen allows. */
  function hatch(colour) {
    const scale = window.devicePixelRatio || 1;
    const size = Math.round(HATCH * scale);
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = "#8b979e";
    pen.lineWidth = scale * 1.3;
    for (const shift of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
      pen.stroke();
    }
    const pattern = pen.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(HATCH / size));
    return pattern;
  }

  const fills = data.levels.map(({ id, colour }) => (id === "no_data" ? hatch(colour) : colour));
  const pale = data.levels.map(({ muted }, level) => muted || fills[level]);

  /** Names that would cover a larger part's name are left out until there is room. */
  function declutter(names) {
    const boxes = names.map((name) => name.getBoundingClientRect());
    const taken = [];
    names.forEach((name, n) => {
      const box = boxes[n];
      const free = taken.every((other) => box.right < other.left || box.left > other.right
        || box.bottom < other.top || box.top > other.bottom);
      name.classList.toggle("crowded", !free);
      if (free) taken.push(box);
    });
  }

  /** The departments' names; their outlines are borders like others. */
  function parts(map) {
    map.createPane("vigiaParts").classList.add("vigia-still");
    map.getPane("vigiaParts").style.zIndex = 420;
    const names = data.parts.map(({ name, at }) => {
      const text = make("span", null, name);
      L.marker(at, { pane: "vigiaParts", interactive: false, keyboard: false,
        icon: L.divIcon({ className: "part-name", iconSize: null, html: text }) }).addTo(map);
      return text;
    });
    map.on("zoomend resize", () => declutter(names));
    declutter(names);
  }

  /** How lines between districts look: of districts, of departments (drawn last), where these have names. */
  function borders(map) {
    /* Far away, borders would cover small districts. */
    const thin = () => Math.min(0.9, Math.max(0.15, (map.getZoom() - 4.5) * 0.35));
    const inner = { order: 0, get width() { return thin(); }, colour: "#ffffff" };
    const outer = { order: 1, width: 1.4, colour: "#33424abf" };
    const department = (index) => (index < 0 ? null : data.places[data.districts.place[index]][1]);
    const parted = data.parts.length > 0;
    return (a, b) => (parted && department(a) !== department(b) ? outer : inner);
  }

  /** What the mouse is over: its name and level, beside it. */
  function hover(map, districts, level) {
    const tip = L.tooltip({ className: "tip", direction: "right", offset: [10, 0] });
    let told = null;
    const away = () => { told = null; tip.remove(); };
    map.on("mousemove", (event) => {
      if (map.dragging.moving()) return away();
      const on = event.originalEvent.target;
      const index = on instanceof Element && on.closest(".leaflet-popup, .leaflet-control") ? null : districts.at(event.latlng);
      map.getContainer().classList.toggle("over", index !== null);
      if (index === null) return away();
      if (index !== told) {
        tip.setContent(make("span", null, data.districts.name[index], ": ", make("b", null, say(`level.${level(index)}`))));
      }
      tip.setLatLng(event.latlng);
      if (told === null) tip.addTo(map);
      told = index;
      return undefined;
    });
    map.on("mouseout movestart", away);
  }

  /** Shows the account of a district: in a popup, or at the foot where there is no room or no place. */
  function accounts(map, districts, outcomeNow) {
    const popup = L.popup({ maxWidth: 380, minWidth: 280, autoPanPadding: [24, 24] });
    let turn = 0;

    /* The sheet covers the foot of the map: the district moves up from under it. */
    function keepInSight(bounds) {
      const covered = map.getContainer().getBoundingClientRect().bottom
        - document.getElementById("sheet").getBoundingClientRect().top;
      map.panInside(bounds.getCenter(),
        { paddingTopLeft: [60, 60], paddingBottomRight: [60, Math.max(0, covered) + 60] });
    }

    function open(index, at, article) {
      const bounds = districts.bounds(index);
      if (!bounds || phone.matches) {
        vigia.openSheet(article);
        if (bounds) keepInSight(bounds);
        return;
      }
      popup.options.maxHeight = Math.min(560, Math.max(240, map.getSize().y - 130));
      popup.setLatLng(at || bounds.getCenter()).setContent(article).openOn(map);
      popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", say("detail.close"));
      const told = popup.getElement().querySelector(".leaflet-popup-content");
      told.tabIndex = 0; // so that keys can scroll it
      if (document.documentElement.classList.contains("keys")) told.focus({ preventScroll: true });
    }

    return async function (index, at) {
      turn += 1;
      const [mine, outcome] = [turn, outcomeNow()];
      popup.setContent(make("span")); // it fades out while the next account is fetched
      map.closePopup();
      vigia.closeSheet();
      let article;
      try {
        await vigia.rows(outcome);
        article = vigia.detail(index, outcome);
      } catch {
        article = make("article", "failed", make("h2", null, data.districts.name[index]), make("p", null, say("map.failed")));
      }
      if (mine === turn) open(index, at, article); // else another one was asked for meanwhile
    };
  }

  /** Called by the script that Folium writes, with the map it made and what it has to show. */
  vigia.start = async function (map, bounds) {
    if (data.opened) { // both maps have their room from the start
      document.documentElement.classList.add("compared");
      map.invalidateSize({ animate: false });
    }
    if (bounds) map.fitBounds(bounds, { padding: [12, 12], animate: false });
    let written;
    try {
      written = await vigia.shapes();
    } catch {
      document.querySelector(".map-frame").append(make("p", "noscript", say("map.failed")));
      return;
    }
    /* Browsers remember the choice when a page is loaded again. */
    const { value } = document.querySelector("input[name=outcome]:checked") || {};
    let outcome = data.outcomes.find(({ id }) => id === value) || data.outcomes[0];
    let chosen = null;
    const level = (index) => Number(outcome.levels[index]);
    /** Draws the districts of an outcome on a map. */
    const drawOn = (on, shownNow) => new vigia.Choropleth(written, {
      colours() {
        const [{ shown }, now] = [vigia.selection(), shownNow()];
        return (index) => (!shown(index, now) ? LEFT_OUT
          : (Number(now.sure[index]) === SURE ? fills : pale)[Number(now.levels[index])]);
      },
      border: borders(on),
      chosen: () => chosen,
    }).addTo(on);
    const districts = drawOn(map, () => outcome);
    const tell = accounts(map, districts, () => outcome);

    function show(index, at) {
      chosen = index;
      districts.refresh();
      tell(index, at);
    }

    function tellOf() {
      vigia.count(outcome);
      vigia.tableChanged();
      vigia.compareChanged();
      for (const note of document.querySelectorAll("[data-outcome]")) note.hidden = note.dataset.outcome !== outcome.id;
    }

    function repaint() {
      districts.refresh();
      tellOf();
    }

    function find(index, at) {
      vigia.closeTable();
      const own = districts.bounds(index);
      if (own) map.fitBounds(own, { maxZoom: 9, padding: [60, 60], animate: false });
      show(index, at);
    }

    function choose(name) {
      outcome = data.outcomes.find(({ id }) => id === name);
      repaint();
      if (chosen !== null) show(chosen);
    }

    /** Goes to the part that was chosen, or back to the whole. */
    function goToPart() {
      const { inPart } = vigia.selection();
      const part = L.latLngBounds([]);
      data.districts.code.forEach((code, index) => {
        const own = inPart(index) && districts.bounds(index);
        if (own) part.extend(own);
      });
      if (part.isValid()) map.fitBounds(part, { padding: [12, 12], animate: false });
    }

    vigia.table(() => outcome, find);
    vigia.compare(map, () => outcome, drawOn, find);
    for (const radio of document.querySelectorAll("input[name=outcome]")) {
      radio.addEventListener("change", () => choose(radio.value));
    }
    tellOf();
    vigia.filter((moved) => {
      repaint();
      if (moved) goToPart();
    });
    map.on("click", ({ latlng }) => {
      const index = districts.at(latlng);
      if (index !== null) show(index, latlng);
    });
    if (hovers) hover(map, districts, (index) => data.levels[level(index)].id);
    L.control.scale({ imperial: false }).addTo(map);
    parts(map);
    vigia.layers(map);
    vigia.search(find);
    if (vigia.plans) vigia.plans(map);
    vigia.carry(() => chosen, find);
    vigia.map = map;
    vigia.districts = districts;
    document.documentElement.dataset.ready = "yes";
  };
})(window.vigia);
