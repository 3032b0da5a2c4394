// What the pages do beyond HTML: selection over pages, the dialog, reasons on a tap, arrow keys.
// Every list, filter, page and detail works without this file.

const EVENT = {
  configure: "htmx:configRequest",
  swapped: "htmx:afterSwap",
  failed: "htmx:responseError",
  lost: "htmx:sendError",
  late: "htmx:timeout",
  pushed: "htmx:pushedIntoHistory",
};
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const dialog = $("#dialog");
let allAsked = false; // whether what the dialog asks about is everybody on the list

// ---- requests: the CSRF header in one place; empty fields stay out of the address
document.addEventListener(EVENT.configure, (event) => {
  const { detail } = event;
  // What reads the rows anew by itself waits for a person who is choosing among them.
  if (detail.elt.matches("[data-unless-ticked]") && $("form[data-batch] input[name=chosen]:checked")) return event.preventDefault();
  detail.headers["X-CSRFToken"] = $("meta[name=csrf]").content;
  if (detail.elt.matches("form[data-batch]")) allAsked = detail.formData.has("all");
  if (detail.formData.has("all")) for (const name of ["chosen", "elsewhere"]) detail.formData.delete(name);
  if (detail.formData.has("meant")) for (const name of [...detail.formData.keys()]) if (name !== "meant") detail.formData.delete(name);
  if (detail.verb !== "get") return;
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});
document.addEventListener(EVENT.failed, ({ detail }) => say(detail.xhr.status === 403 ? "页面已过期，请刷新后再试。" : detail.xhr.status === 404 ? "没有找到，可能已被他人处理，请刷新。" : "系统正忙，您的操作没有保存，请稍后再试。"));
document.addEventListener(EVENT.lost, () => say("网络不通，请检查连接后再试。"));
document.addEventListener(EVENT.late, () => say("等待时间过长，请稍后再试。"));

// ---- nothing of a person stays in the browser's storage: the address may hold a name that was searched for
const forget = () => sessionStorage.removeItem("htmx-current-path-for-history");
document.addEventListener(EVENT.pushed, forget);
addEventListener("pagehide", forget);

// ---- the dialog: opened by what arrives in it, closed by Esc or 取消; focus goes back by itself
document.addEventListener(EVENT.swapped, ({ detail }) => {
  if (dialog?.contains(detail.target) && dialog.children.length && !dialog.open) dialog.showModal();
  if (dialog && $("#job", dialog)) for (const form of $$("form[data-batch]")) untick(form);
  leaveAll();
  for (const form of $$("form[data-batch]")) restore(form);
});
// An act that ended behind the dialog has changed what stands on the page, its menu and its counts: read them again.
let changed = false;
document.addEventListener("graduand:changed", () => { changed = true; });
dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  if (allAsked) for (const form of $$("form[data-batch]")) untick(form); // one press chooses everybody again
  allAsked = false;
  if (changed) location.reload();
});
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-once]")) setTimeout(() => $$("button", target).forEach((button) => (button.disabled = true)));
});

// ---- selection: kept over the pages and orders of one list, as numbers of files under a key that says nothing. Another
// filter is another key. Signing out clears it, and so does an act that was confirmed. Everybody are those whom one has
// before one's eyes: who leaves the list, or the dialog that asked about all of it, has chosen nobody.
function kept(form) {
  const found = JSON.parse(sessionStorage.getItem("ticks") ?? "{}");
  return found.key === form.dataset.ticks ? found : { files: [], whole: false };
}
const boxesOf = (form) => $$("input[name=chosen]", form);
const everybodyOf = (form) => $("[data-spread] input[name=all]", form);
function awayOf(form) {
  const here = new Set(boxesOf(form).map((box) => box.value));
  return kept(form).files.filter((file) => !here.has(file));
}
function keep(form) {
  const ticked = boxesOf(form).filter((box) => box.checked).map((box) => box.value);
  const whole = !everybodyOf(form).disabled;
  const files = whole || kept(form).whole ? ticked : [...awayOf(form), ...ticked]; // of everybody only this page is left
  sessionStorage.setItem("ticks", JSON.stringify({ key: form.dataset.ticks, files, whole }));
}
function restore(form) {
  const { files, whole } = kept(form);
  const ticked = new Set(files);
  for (const box of boxesOf(form)) box.checked = whole || ticked.has(box.value);
  everybodyOf(form).disabled = !whole;
  paint(form);
}
function leaveAll() {
  const found = JSON.parse(sessionStorage.getItem("ticks") ?? "{}");
  const here = $$("form[data-batch]").some((form) => form.dataset.ticks === found.key);
  if (found.whole && !here) sessionStorage.removeItem("ticks");
}
function untick(form) {
  if (kept(form).key) sessionStorage.removeItem("ticks");
  restore(form);
}
function paint(form) {
  const boxes = boxesOf(form);
  const ticked = boxes.filter((box) => box.checked).length;
  const everybody = everybodyOf(form);
  if (ticked < boxes.length) everybody.disabled = true;
  const whole = !everybody.disabled;
  const all = boxes.length > 0 && ticked === boxes.length;
  for (const page of $$("[data-all-page]", form)) {
    page.hidden = false;
    if (page.parentElement.matches("label")) page.parentElement.hidden = false;
    page.checked = all;
    page.indeterminate = ticked > 0 && !all;
  }
  const away = whole ? [] : awayOf(form);
  $("input[name=elsewhere]", form).value = away.join(",");
  $("[data-away]", form).hidden = !away.length;
  $("[data-away-count]", form).textContent = away.length.toLocaleString("en");
  $("[data-chosen]", form).textContent = (whole ? Number(form.dataset.total) : ticked + away.length).toLocaleString("en") + (whole ? form.dataset.more : "");
  $("[data-untick]", form).hidden = !(ticked || away.length);
  $("[data-spread]", form).hidden = !all;
  for (const part of $$("[data-part], [data-all-matching], [data-everybody]", form)) part.hidden = whole;
  for (const part of $$("[data-whole], [data-only-page]", form)) part.hidden = !whole;
  form.classList.toggle("every", whole);
  for (const button of $$("[data-needs-choice]", form)) {
    const some = ticked || away.length;
    button.setAttribute("aria-disabled", some ? "false" : "true");
    button.title = some ? "" : "请先勾选学生";
  }
}
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-batch]");
  if (form) {
    if (target.matches("[data-all-page]")) boxesOf(form).forEach((box) => (box.checked = target.checked));
    const boxes = boxesOf(form);
    const left = boxes.filter((box) => box.checked).length;
    const unseen = !everybodyOf(form).disabled && Number(form.dataset.total) > boxes.length;
    if (unseen && left && left < boxes.length) say(`不再是全部：只选了本页的 ${left} 条，其他页的没有选`);
    if (boxesOf(form).some((box) => !box.checked)) everybodyOf(form).disabled = true;
    keep(form);
    paint(form);
  }
  if (target.matches("[data-go]")) target.form.requestSubmit();
  if (target.matches("[name=found]")) countOut(target.form);
});

// ---- a parcel being counted: the button says what is about to be received, and what is missing
function countOut(form) {
  const boxes = $$("input[name=found]", form);
  const found = boxes.filter((box) => box.checked).length;
  $("[data-found]", form).textContent = `签收 ${found} 本，缺 ${boxes.length - found} 本`;
}

// ---- clicks
document.addEventListener("click", (event) => {
  const at = event.target.closest("[data-why], [data-needs-choice], [data-all-matching], [data-only-page], [data-everybody], [data-untick], [data-close]");
  if (!at) return;
  if (at.matches("[data-close]")) {
    if (dialog?.open && dialog.contains(at)) { event.preventDefault(); dialog.close(); }
    return;
  }
  if (at.getAttribute("aria-disabled") === "true") {
    event.preventDefault();
    event.stopPropagation();
    say(at.dataset.why || at.title);
    return;
  }
  const form = at.closest("form[data-batch]");
  if (at.matches("[data-everybody]")) {
    for (const box of boxesOf(form)) box.checked = true;
    everybodyOf(form).disabled = false;
    keep(form);
    paint(form);
    $("[data-needs-choice]", form)?.focus();
  }
  if (at.matches("[data-untick]")) {
    untick(form);
    $("input[name=chosen]", form)?.focus();
  }
  if (at.matches("[data-all-matching], [data-only-page]")) {
    everybodyOf(form).disabled = at.matches("[data-only-page]");
    keep(form);
    paint(form);
    $(at.matches("[data-only-page]") ? "[data-all-matching]" : "[data-only-page]", form).focus();
  }
}, true);

// ---- a small menu closes when one goes elsewhere, or with Esc
const shutMenus = (except) => { for (const menu of $$("details.pop[open]")) if (menu !== except) menu.open = false; };
document.addEventListener("click", ({ target }) => shutMenus(target.closest("details.pop")));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.pop[open]");
  if (menu) { menu.open = false; $("summary", menu).focus(); }
});

// ---- arrow keys turn over to the neighbour of a student; never while writing
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || dialog?.open || event.target.closest("input, select, textarea, [tabindex='0']")) return;
  const link = event.key === "ArrowLeft" ? $("a[rel=prev]") : event.key === "ArrowRight" ? $("a[rel=next]") : null;
  if (link) location.assign(link.href);
});

// ---- a sentence at the foot of the page
let fading;
function say(text) {
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = text;
  (dialog?.open ? dialog : $("#toast")).append(note);
  clearTimeout(fading);
  $$(".toast").slice(0, -1).forEach((old) => old.remove());
  fading = setTimeout(() => note.remove(), 5000);
}

// ---- a revealed field is masked again when its time is over
function forgetSecrets() {
  for (const note of $$("[data-forget]")) {
    const seconds = Number(note.dataset.forget);
    note.removeAttribute("data-forget");
    setTimeout(() => {
      $("[data-secret]", note).textContent = note.dataset.masked;
      $("[data-left]", note).textContent = "（已恢复掩码）";
    }, seconds * 1000);
  }
}
document.addEventListener(EVENT.swapped, forgetSecrets);

// ---- on a phone the filter folds away once it is asked, so that what was found is in sight
const phone = matchMedia("(max-width: 820px)");
document.addEventListener("submit", ({ target }) => {
  if (!phone.matches || !target.matches("[data-filter]")) return;
  target.closest("[data-fold]").open = false;
  $("#rows")?.scrollIntoView();
});

// ---- start
leaveAll();
forgetSecrets();
forget();
for (const form of $$("form[data-count]")) countOut(form);
if (phone.matches) for (const fold of $$("[data-fold]")) fold.open = false;
for (const form of $$("form[data-batch]")) restore(form);
