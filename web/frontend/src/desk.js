// What the desks' pages do beyond plain HTML. Every page works without it: this only saves round trips and keys.
//
//   data-form         a task's form: warns before what was typed in it is left behind
//   data-keep=TEXT    the same form where it can be submitted: keeps it half-filled by itself; TEXT says that this failed
//   data-kept         where it says when it was kept
//   data-conditional  the same form where some fields are asked only under a condition: follows it while one types
//   data-field=NAME   the block of a field, hidden while it is not asked
//   data-group        a heading with its fields, hidden while none of them is asked
//   data-refresh      the button that does the same by reloading, hidden here
//   data-tick-all     ticks or unticks every row of its table
//   data-keys         says which keys there are, hidden where none is listened to

const PAUSE_MS = 250;
/** How long after the last change a form is kept; a person who types on is not disturbed. */
const KEEP_AFTER_MS = 1500;

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

/** Posts a form as it stands for one of its quiet buttons and gives the answer; files are not sent for it. */
async function post(form, action, signal) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.set("_do", action);
  const answer = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "application/json" } });
  // Whose session ended is led to the sign-in page, which answers well and keeps nothing.
  if (!answer.ok || answer.redirected) throw new Error(`${action}: ${answer.status}`);
  return answer.json();
}

/** Which fields apply is decided by the server alone, from the form as it stands. */
async function ask(form, signal) {
  show(form, (await post(form, "asked", signal)).asked);
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

/** Says that somebody else was faster, once, above the form. */
function tellTaken(form, text) {
  if (form.parentElement.querySelector("[data-taken]")) return;
  const note = document.createElement("p");
  note.className = "note danger";
  note.setAttribute("role", "alert");
  note.dataset.taken = "";
  note.textContent = text;
  form.before(note);
}

/** Keeps a half-filled form a while after the last change, and says when; what was sent is no longer unkept. */
function keepByItself(form, typing) {
  const told = form.querySelector("[data-kept]");
  let timer;
  let sending;
  const keep = async () => {
    const { changes } = typing;
    sending?.abort();
    sending = new AbortController();
    try {
      const { kept, taken } = await post(form, "keep-by-itself", sending.signal);
      typing.kept = changes;
      told.textContent = kept;
      if (taken) tellTaken(form, taken);
    } catch (error) {
      if (error.name !== "AbortError") told.textContent = form.dataset.keep;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    sending?.abort();
  });
}

/** Warns before a page is left with something typed that is neither completed nor kept; a chosen file is kept by no one. */
function guardTyped(form, typing) {
  const files = () => [...form.querySelectorAll("input[type=file]")].some((each) => each.files.length > 0);
  form.addEventListener("input", () => (typing.changes += 1));
  form.addEventListener("submit", (event) => {
    // A preview opens beside the form, which stays and was kept for it.
    if (event.submitter?.formTarget === "_blank") typing.kept = typing.changes;
    else typing.left = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!typing.left && (typing.changes > typing.kept || files())) event.preventDefault();
  });
}

/** A field that is being corrected is no longer marked as wrong; whether it is right now the server says. */
function unmark(form) {
  form.addEventListener("input", (event) => {
    const block = event.target.closest("[data-field]");
    block?.classList.remove("wrong");
    for (const each of block?.querySelectorAll("[aria-invalid]") ?? []) each.removeAttribute("aria-invalid");
    block?.removeAttribute("aria-invalid");
    for (const each of block?.querySelectorAll(".notes .error") ?? []) each.remove();
  });
}

function taskForm(form) {
  const typing = { changes: 0, kept: 0, left: false };
  guardTyped(form, typing);
  unmark(form);
  if ("keep" in form.dataset) keepByItself(form, typing);
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

/** Presses what the row one is in has to press. */
function press(what) {
  document.activeElement.closest("tr")?.querySelector(what)?.click();
}

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => press(".tick input"),
  o: () => press(".do a, .do button"),
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
for (const each of document.querySelectorAll("[data-keys]")) each.hidden = false;
document.addEventListener("keydown", onKey);
document.getElementById("summary")?.focus();
