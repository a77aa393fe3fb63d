// The post-mortem: sections that are edited in place, saved by themselves, and never overwritten. All texts are in data
// attributes of `#pm`.

import { $, announce, busy, h, memory, toast } from "./dom.js";
import { emit, getJson, post } from "./store.js";

const PAUSE = 2500;

const root = () => $("pm");
const say = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), root().dataset[name]);
const address = (section, rest = "") => `/console/postmortem/${root().dataset.key}/sections/${section.dataset.section}${rest}`;
const draftOf = (section) => `postmortem/${root().dataset.key}/${section.dataset.section}`;
const timers = new WeakMap();

function parts(section) {
  const form = section.querySelector(".pm-edit");
  return { form, area: form.elements.text, said: form.querySelector("[data-said]"), shown: section.querySelector("[data-shown]"), theirs: form.querySelector("[data-theirs]") };
}

function edit(section) {
  const { form, area, said } = parts(section);
  form.hidden = false;
  form.classList.add("dirty"); // The page is not read again while an editor is open.
  const draft = memory.get(draftOf(section));
  if (draft && draft.text !== area.value) {
    area.value = draft.text;
    section.dataset.at = draft.at;
    said.textContent = say("unsaved");
  }
  area.focus();
}

function close(section) {
  const { form } = parts(section);
  form.hidden = true;
  form.classList.remove("dirty");
  section.querySelector("[data-edit]").focus();
  emit("sync");
}

function show(section, view) {
  const { shown } = parts(section);
  section.dataset.at = view.version;
  if (view.html) shown.innerHTML = view.html; // Made safe by the server.
  else shown.replaceChildren(h("p", { class: "none" }, say("none")));
}

function changed(section) {
  const { area, said } = parts(section);
  memory.set(draftOf(section), { text: area.value, at: section.dataset.at });
  said.textContent = say("unsaved");
  clearTimeout(timers.get(section));
  timers.set(section, setTimeout(() => save(section), PAUSE));
}

/** Saves a section. True if nothing is left to save. */
async function save(section) {
  clearTimeout(timers.get(section));
  const { area, said, theirs } = parts(section);
  if (!theirs.hidden) return false; // First somebody decides whose text stays.
  const text = area.value;
  said.textContent = say("saving");
  try {
    const view = await post(address(section), { text, version: Number(section.dataset.at) });
    show(section, view);
    if (area.value !== text) { changed(section); return false; }
    memory.set(draftOf(section), null);
    said.textContent = say("saved", { version: view.version });
    return true;
  } catch (error) {
    if (error.problem?.section) conflict(section, error.problem.section);
    else said.textContent = say("failed", { why: error.message });
    return false;
  }
}

/** Two people wrote the same section: nothing is lost, and one of them decides. */
function conflict(section, view) {
  const { area, said, theirs } = parts(section);
  const words = say("conflict", { by: view.by });
  const decide = (name, text) => h("button", {
    type: "button", class: "button secondary", onclick: () => {
      section.dataset.at = view.version;
      theirs.hidden = true;
      area.value = text();
      area.focus();
      save(section);
    },
  }, say(name));
  theirs.replaceChildren(
    h("p", null, words), h("pre", null, view.text),
    h("p", null, decide("keep", () => area.value), " ", decide("take", () => view.text), " ", decide("merge", () => `${area.value}\n\n${view.text}`)),
  );
  theirs.hidden = false;
  said.textContent = "";
  announce(words);
}

async function preview(section, button) {
  const box = section.querySelector("[data-previewed]");
  const open = box.hidden;
  button.setAttribute("aria-pressed", String(open));
  box.hidden = !open;
  if (!open) return;
  try {
    const { html } = await post("/console/postmortem/preview", { text: parts(section).area.value });
    box.innerHTML = html; // Made safe by the server.
  } catch (error) { toast(error.message, "critical"); }
}

function toggle(button, list) {
  list.hidden = !list.hidden;
  button.setAttribute("aria-expanded", String(!list.hidden));
  return !list.hidden;
}

function entries(section, button) {
  const list = section.querySelector("[data-entries]");
  if (toggle(button, list)) list.replaceChildren($("pm-entries").content.cloneNode(true));
}

async function history(section, button) {
  const list = section.querySelector("[data-history]");
  if (!toggle(button, list)) return;
  try {
    const { items } = await getJson(address(section, "/versions"));
    list.replaceChildren(...items.map((one) => h("li", null,
      h("details", null, h("summary", null, say("version", one)), h("pre", null, one.text),
        h("button", { type: "button", class: "button secondary", onclick: () => insert(section, one.text, true) }, say("restore"))))));
  } catch (error) { toast(error.message, "critical"); }
}

function insert(section, text, whole = false) {
  const { area } = parts(section);
  if (whole) area.value = text;
  else {
    const before = area.value.slice(0, area.selectionStart);
    area.setRangeText(`${before && !before.endsWith("\n") ? "\n" : ""}${text}\n`, area.selectionStart, area.selectionEnd, "end");
  }
  area.focus();
  changed(section);
}

async function send(button, path, data) {
  if (button.getAttribute("aria-disabled")) return false;
  const ready = busy(button);
  try {
    await post(path, data);
    return true;
  } catch (error) {
    toast(error.message, "critical");
    return false;
  } finally {
    ready();
  }
}

async function submit(event) {
  const section = event.target.closest(".pm-section");
  if (!section) return;
  event.preventDefault();
  if (event.target.matches(".pm-edit")) return save(section);
  const area = event.target.elements.text;
  if (await send(event.target.querySelector("[type=submit]"), address(section, "/comments"), { text: area.value })) {
    event.target.classList.remove("dirty");
    area.value = "";
    area.blur();
    emit("sync");
  }
  return undefined;
}

async function click(event) {
  const button = event.target.closest("button");
  const section = button?.closest(".pm-section");
  if (!section) return;
  if ("edit" in button.dataset) edit(section);
  else if ("preview" in button.dataset) preview(section, button);
  else if ("insert" in button.dataset) entries(section, button);
  else if ("versions" in button.dataset) history(section, button);
  else if ("line" in button.dataset) insert(section, button.dataset.line);
  else if ("done" in button.dataset) { if (await save(section)) close(section); }
  else if ("settle" in button.dataset && await send(button, `/console/postmortem/${root().dataset.key}/comments/${button.dataset.settle}/resolve`, {})) emit("sync");
}

export function start() {
  const main = $("main");
  main.addEventListener("click", click);
  main.addEventListener("submit", submit);
  main.addEventListener("input", (event) => {
    const section = event.target.closest(".pm-section");
    if (!section) return;
    if (event.target.closest(".pm-edit")) changed(section);
    else event.target.closest("form")?.classList.add("dirty");
  });
  main.addEventListener("keydown", (event) => {
    const section = event.target.closest?.(".pm-section");
    if (!section || !event.target.closest(".pm-edit")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); save(section); }
    if (event.key === "Escape") { event.preventDefault(); save(section).then((saved) => saved && close(section)); }
  });
}
