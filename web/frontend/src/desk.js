// What the desks' pages do beyond plain HTML. Every page works without it: this only saves round trips and keys.
//
//   data-form         a task's form: warns before what was typed in it is left behind
//   data-conditional  the same form where some fields are asked only under a condition: follows it while one types
//   data-field=NAME   the block of a field, hidden while it is not asked
//   data-group        a heading with its fields, hidden while none of them is asked
//   data-refresh      the button that does the same by reloading, hidden here
//   data-tick-all     ticks or unticks every row of its table

const PAUSE_MS = 250;

/** Lets the head's box tick all rows; without a script it would do nothing, so it is hidden in the page. */
function tickAll(box) {
  const rows = () => [...box.closest("table").querySelectorAll("tbody .tick input[type=checkbox]")];
  box.hidden = rows().length === 0;
  box.addEventListener("change", () => {
    for (const each of rows()) each.checked = box.checked;
  });
  box.closest("table").addEventListener("change", () => {
    const ticked = rows().filter((each) => each.checked).length;
    box.checked = ticked > 0 && ticked === rows().length;
    box.indeterminate = ticked > 0 && !box.checked;
  });
}

/** Shows the fields that are asked, hides the others, and a group with them when none is left. */
function show(form, asked) {
  const wanted = new Set(asked);
  for (const block of form.querySelectorAll("[data-field]")) block.hidden = !wanted.has(block.dataset.field);
  for (const group of form.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-field]:not([hidden])");
  }
}

/** Which fields apply is decided by the server alone, from the form as it stands; files are not sent for it. */
async function ask(form, signal) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.set("_do", "asked");
  const answer = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "application/json" } });
  if (answer.ok) show(form, (await answer.json()).asked);
}

/** Asks again after each change, the latest question only; while the server is away the fields stay as they are. */
function followConditions(form) {
  let timer;
  let question;
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      question?.abort();
      question = new AbortController();
      ask(form, question.signal).catch(() => {});
    }, PAUSE_MS);
  });
}

/** Warns before a page is left with something typed and neither completed nor kept. */
function guardTyped(form) {
  let typed = false;
  form.addEventListener("input", () => (typed = true));
  form.addEventListener("submit", () => (typed = false));
  addEventListener("beforeunload", (event) => typed && event.preventDefault());
}

function taskForm(form) {
  guardTyped(form);
  if ("conditional" in form.dataset) followConditions(form);
  for (const button of form.querySelectorAll("[data-refresh]")) button.hidden = true;
  show(form, [...form.querySelectorAll("[data-field]:not([hidden])")].map((block) => block.dataset.field));
}

/** The links that j and k walk along: the first of every row. */
function rowLinks() {
  return [...document.querySelectorAll(".list tbody tr")].map((row) => row.querySelector("a[href]")).filter(Boolean);
}

function walk(step) {
  const links = rowLinks();
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step;
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
}

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => document.activeElement.closest?.("tr")?.querySelector(".tick input")?.click(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
};

/** Single keys act only where nothing is being typed. */
function onKey(event) {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
}

document.querySelectorAll("[data-tick-all]").forEach(tickAll);
document.querySelectorAll("[data-form]").forEach(taskForm);
document.addEventListener("keydown", onKey);
document.getElementById("summary")?.focus();
