// The keys of the review desk. Every decision works without this file, by buttons.
const $ = (selector, root = document) => root.querySelector(selector);
const desk = $("[data-review]");
const writing = (at) => at.closest("input[type=text], input[type=search], select, textarea");
const forms = () => [...document.querySelectorAll("[data-form]")];

function turn(rel) {
  const link = $(`a[rel=${rel}]`);
  if (link) location.assign(link.href);
}

// P arms the button, and the browser's own Enter presses it: no single stray key decides on a file.
function arm() {
  const pass = $("#pass");
  if (!pass) return;
  if (pass.getAttribute("aria-disabled") === "true") return pass.click();
  pass.focus({ focusVisible: true });
  const words = $("[data-armed]");
  if (words) words.hidden = false;
}

function unfold(letter) {
  for (const form of forms()) form.open = form.dataset.form === letter && !form.open;
  const shown = forms().find((form) => form.open);
  (shown ? $("input[type=radio]", shown) : $("#pass"))?.focus();
}

function choose(digit) {
  const shown = forms().find((form) => form.open);
  const reason = shown && $(`[data-digit="${digit}"]`, shown);
  if (!reason) return;
  reason.checked = true;
  $("input[name=note]", shown).focus();
}

// All modules open, or all of them as they were sent: the plain ones folded.
const modules = [...document.querySelectorAll("details.module")].map((fold) => [fold, fold.open]);
function unfoldMarks() {
  const shut = modules.some(([fold]) => !fold.open);
  for (const [fold, open] of modules) fold.open = shut || open;
}
const all = $("[data-unfold]");
if (all) { all.hidden = false; all.addEventListener("click", unfoldMarks); }

const KEYS = {
  e: unfoldMarks, p: arm, j: () => turn("next"), k: () => turn("prev"), b: () => unfold("b"), x: () => unfold("x"),
  "?": () => { const help = $("#keys"); help.open = !help.open; },
};

$("#pass")?.addEventListener("blur", () => { const words = $("[data-armed]"); if (words) words.hidden = true; });

document.addEventListener("keydown", (event) => {
  if (!desk || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  if (event.key === "Escape") {
    const shown = forms().find((form) => form.open);
    if (shown) { shown.open = false; $("summary", shown).focus(); }
    return;
  }
  if (writing(event.target)) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act && !/^[1-9]$/.test(event.key)) return;
  event.preventDefault();
  if (act) act(); else choose(event.key);
});
