// Ctrl K: go to any room, incident, person, service, page or command.

import { h, icon } from "./dom.js";
import { store } from "./store.js";
import { run } from "./actions.js";
import { goTo, ordered } from "./rooms.js";

const PAGES = [["Incidents", "/incidents", "incidents"], ["Alerts", "/alerts", "alerts"], ["On call", "/oncall", "oncall"], ["Status page", "/status", "globe"], ["Health", "/health", "health"]];
const MOST = 40;

/** Everything that can be gone to. */
function places() {
  const go = (href) => () => location.assign(href);
  const rooms = ordered().map((r) => ({ group: "Rooms", icon: r.severity ?? { feed: "feed", direct: "direct" }[r.kind] ?? "room", name: r.kind === "direct" ? r.title || r.name : r.name, more: r.kind === "hot" ? r.title : "", act: () => goTo(r.id) }));
  const incidents = store.incidents.map((i) => ({ group: "Incidents", icon: i.severity, name: i.key, more: `${i.title} · ${i.status}`, act: go(`/incidents/${i.key}`) }));
  const people = store.people.map((p) => ({ group: "People", icon: "direct", name: p.name, more: `@${p.id} · on call`, act: go(`/oncall#person-${encodeURIComponent(p.id)}`) }));
  const services = store.services.map((s) => ({ group: "Services", icon: "oncall", name: s.name, more: "its incidents", act: go(`/incidents?service=${encodeURIComponent(s.id)}`) }));
  const pages = PAGES.map(([name, href, mark]) => ({ group: "Pages", icon: mark, name, more: "", act: go(href) }));
  const commands = store.commands.map((c) => ({ group: "Commands", icon: "send", name: `/${c.command}`, more: c.summary, act: () => run(`/${c.command}`) }));
  return [...rooms, ...incidents, ...pages, ...services, ...people, ...commands];
}

function rank(place, typed) {
  const name = place.name.toLowerCase(), more = place.more.toLowerCase();
  if (!typed) return place.group === "Commands" ? 0 : 1;
  if (name === typed) return 9;
  if (name.startsWith(typed)) return 6;
  if (name.includes(typed)) return 5;
  return typed.split(/\s+/).every((w) => name.includes(w) || more.includes(w)) ? 3 : 0;
}

/** What fits, grouped, in the order shown. */
export function search(all, text) {
  const typed = text.trim().toLowerCase();
  const ranked = all.map((p) => ({ p, n: rank(p, typed) })).filter((x) => x.n > 0);
  const groups = new Map();
  for (const x of ranked.sort((a, b) => b.n - a.n).slice(0, MOST)) {
    if (!groups.has(x.p.group)) groups.set(x.p.group, []);
    groups.get(x.p.group).push(x.p);
  }
  return [...groups];
}

export function openPalette() {
  if (document.querySelector("dialog[open]")) return;
  const all = places();
  let flat = [];
  let at = 0;
  const list = h("div", { role: "listbox", id: "palette-list", "aria-label": "Places" });
  const input = h("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-label": "Go to a room, incident, person or service", placeholder: "Go to a room, key, person, service or command", autocomplete: "off", spellcheck: "false" });
  const dialog = h("dialog", { class: "palette", "aria-label": "Go to anything" }, input, list);
  const mark = () => {
    list.querySelectorAll("[role=option]").forEach((el, i) => {
      el.setAttribute("aria-selected", String(i === at));
      if (i === at) { input.setAttribute("aria-activedescendant", el.id); el.scrollIntoView({ block: "nearest" }); }
    });
  };
  const go = (i) => { dialog.close(); flat[i]?.act(); };
  const draw = () => {
    const groups = search(all, input.value);
    flat = groups.flatMap(([, items]) => items);
    at = 0;
    let n = 0;
    list.replaceChildren(...groups.flatMap(([name, items]) => [h("div", { class: "group-name", role: "presentation" }, name),
      ...items.map((p) => { const i = n++; return h("div", { role: "option", id: `p${i}`, onclick: () => go(i), onmousemove: () => { if (at !== i) { at = i; mark(); } } }, icon(p.icon), h("span", null, p.name), h("small", null, p.more)); })]));
    if (!flat.length) list.append(h("p", { class: "nothing" }, "No match. Try a room, a key such as HOT-12, a person or a service."));
    mark();
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); at = (at + (event.key === "ArrowDown" ? 1 : -1) + flat.length) % (flat.length || 1); mark(); }
    else if (event.key === "Enter") { event.preventDefault(); go(at); }
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  input.focus();
}

const KEYS = [[["/"], "Write a message or a command"], [["Ctrl", "K"], "Go to anything"], [["j"], "Next message or row"], [["k"], "Previous message or row"], [["Enter"], "Open the marked row"], [["a"], "Acknowledge: the marked message, else the newest page or alert"], [["e"], "Post an update to this incident"], [["["], "Previous room"], [["]"], "Next room"], [["G"], "Newest message"], [["Esc"], "Close, or leave the composer"], [["?"], "This list"]];

export function openKeys() {
  if (document.querySelector("dialog[open]")) return;
  const dialog = h("dialog", { "aria-labelledby": "keys-title" },
    h("div", { class: "dialog-head" }, h("h2", { id: "keys-title" }, "Keys"), h("button", { type: "button", class: "bare", "aria-label": "Close keys", onclick: () => dialog.close() }, icon("close"))),
    h("div", { class: "dialog-body" }, h("dl", { class: "keys" }, KEYS.flatMap(([keys, what]) => [h("dt", null, keys.map((k) => h("kbd", null, k))), h("dd", null, what)]))));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

export function start() {
  document.addEventListener("click", (event) => {
    const what = event.target.closest?.("[data-open]")?.dataset.open;
    if (what === "palette") openPalette();
    if (what === "keys") openKeys();
  });
}
