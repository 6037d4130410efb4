/* The page in the other language or of another year shows what this one does: its address says what is chosen. */
"use strict";
(function (vigia) {
  const { data } = vigia;
  const byId = (id) => document.getElementById(id);
  const chosen = () => document.querySelector("input[name=outcome]:checked");
  const LISTS = ["department", "province"]; // in this order: a department decides on its provinces
  const carried = new URLSearchParams(location.hash.slice(1));

  /* Before the map is started, which reads it. */
  const outcome = document.querySelector(`input[name=outcome][value="${CSS.escape(carried.get("outcome") || "")}"]`);
  if (outcome) outcome.checked = true;

  /** Chooses what the address says (`find(index)` a district), and has links say what is chosen (`districtNow()`). */
  vigia.carry = function (districtNow, find) {
    for (const id of LISTS.filter((one) => carried.get(one))) {
      byId(id).value = carried.get(id);
      byId(id).dispatchEvent(new Event("change"));
    }
    const index = data.districts.code.indexOf(carried.get("district"));
    if (index >= 0) find(index);
    if (carried.size) history.replaceState(null, "", location.pathname + location.search); // it is for once
    const say = ({ currentTarget }) => {
      const district = districtNow() === null ? "" : data.districts.code[districtNow()];
      const now = { outcome: chosen() ? chosen().value : "", district, ...Object.fromEntries(LISTS.map((id) => [id, byId(id).value])) };
      currentTarget.hash = new URLSearchParams(Object.entries(now).filter(([, value]) => value));
    };
    for (const link of document.querySelectorAll("#other-language, .years a")) link.addEventListener("click", say);
  };
})(window.vigia);
