// The photo pages beyond HTML: measuring lines off and on, zoom, and the keys of the review desk.
const $ = (selector, root = document) => root.querySelector(selector);
const desk = $("[data-desk]");
const writing = (at) => at.closest("input[type=text], input[type=file], select, textarea");

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-marks]")) document.body.classList.toggle("unmarked", !target.checked);
});

function zoom() {
  const on = desk.classList.toggle("zoomed");
  $("[data-zoom]", desk).setAttribute("aria-pressed", String(on));
}
desk?.addEventListener("click", ({ target }) => target.closest("[data-zoom]") && zoom());

// a: 合格, 1–7: the reason, r: 不合格, z: zoom. Arrows turn over as everywhere.
document.addEventListener("keydown", (event) => {
  if (!desk || event.altKey || event.ctrlKey || event.metaKey || event.repeat || writing(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "z") return zoom();
  const at = $(`[data-key="${CSS.escape(key)}"]`, desk);
  if (!at) return;
  event.preventDefault();
  at.focus();
  at.click();
});
