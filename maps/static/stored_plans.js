/* Plans inside an offline page: the one that is open is drawn, its stops numbered as in its list. */
"use strict";
(function (vigia) {
  const panel = document.getElementById("panel");
  const plans = [...document.querySelectorAll("details[data-plan]")];

  vigia.plans = function (map) {
    map.createPane("vigiaWays").classList.add("vigia-still");
    map.getPane("vigiaWays").style.zIndex = 460;
    const ways = { pane: "vigiaWays", renderer: L.svg({ pane: "vigiaWays" }) };
    const drawn = L.featureGroup().addTo(map);

    function itemOf(plan, number) {
      panel.open = true; // on a phone it is a strip
      return plan.querySelector(`li[value="${number}"]`);
    }

    function draw(plan, told) {
      planPlaces.lines(told.ways, ways).addTo(drawn);
      for (const place of told.places) {
        planPlaces.marker(place, place.number, () => itemOf(plan, place.number)).addTo(drawn);
      }
      const bounds = drawn.getBounds();
      if (bounds.isValid() && !map.getBounds().contains(bounds)) {
        map.fitBounds(bounds, { maxZoom: 9, padding: [24, 24], animate: false });
      }
    }

    async function change() {
      const plan = plans.find((one) => one.open);
      const told = plan && await vigia.read(`plan-${plan.dataset.plan}`);
      if (plan !== plans.find((one) => one.open)) return; // another one meanwhile
      drawn.clearLayers();
      if (told) draw(plan, told);
    }

    for (const plan of plans) {
      plan.addEventListener("toggle", () => {
        if (plan.open) plans.forEach((one) => { one.open = one === plan; });
        change();
      });
    }
    change(); // browsers may open again what was open
  };
})(window.vigia);
