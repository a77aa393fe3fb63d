// Where people talk and command. Drafts are kept per room; completion follows the caret.

import { $, h, memory } from "./dom.js";
import { on, store } from "./store.js";
import { complete } from "./complete.js";
import { runTyped } from "./actions.js";
import { pend } from "./messages.js";
import { say } from "./send.js";

const box = $("say");
const list = $("complete");
let found = { items: [], from: 0, to: 0, hint: null };
let chosen = -1;
let shut = false;

const draftKey = (room) => `draft ${room}`;
const CLOSED = new Set(["closed", "cancelled", "declined", "merged"]);

function close() {
  list.hidden = true;
  chosen = -1;
  box.removeAttribute("aria-activedescendant");
}

function draw() {
  hint();
  if (!found.items.length || shut) return close();
  list.replaceChildren(...found.items.map((item, i) => h("div", {
    id: `c${i}`, role: "option", "aria-selected": String(i === chosen), onmousedown: (e) => { e.preventDefault(); take(i); },
  }, h("b", null, item.label), h("small", null, item.help ?? ""))));
  list.hidden = false;
  if (chosen >= 0) {
    box.setAttribute("aria-activedescendant", `c${chosen}`);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
  return undefined;
}

/** Says under the box what the command still wants. */
function hint() {
  const line = $("composer-hint");
  const { hint: h0 } = found;
  if (!h0) {
    line.textContent = "Enter sends, Shift Enter starts a new line, / for commands, @ for people";
    return;
  }
  const parts = [h("b", null, h0.next ? `${h0.next.label ?? h0.next.name}: ` : ""), h0.next ? h0.next.help : h0.spec.summary];
  if (!h0.next) parts.push(h0.spec.options.some((o) => o.required && !h0.filled.has(o.name)) ? ". Enter opens its form." : ". Enter sends.");
  line.replaceChildren(...parts);
}

function look() {
  found = complete(box.value, box.selectionStart ?? box.value.length, store);
  const typed = box.value.slice(found.from, found.to);
  if (found.items.length === 1 && found.items[0].insert === typed) found.items = [];
  const sure = found.items.length && !found.items[0].soft && typed && (box.value.startsWith("/") || typed.startsWith("@"));
  chosen = sure ? 0 : -1;
  draw();
}

function take(i) {
  const item = found.items[i];
  const tail = item.open ? "" : " ";
  const after = box.value.slice(found.to).replace(/^ /, "");
  box.value = box.value.slice(0, found.from) + item.insert + tail + after;
  const caret = found.from + item.insert.length + tail.length;
  box.setSelectionRange(caret, caret);
  changed();
}

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  box.rows = Math.min(10, box.value.split("\n").length);
}

function changed() {
  shut = false;
  grow();
  memory.set(draftKey(store.open), box.value);
  look();
}

/** Puts text back, unless something new was typed meanwhile. */
export function giveBack(text) {
  if (box.value.trim()) return;
  box.value = text;
  changed();
  shut = true;
  draw();
}

function send() {
  const text = box.value.trim();
  if (!text || !store.open || box.disabled) return;
  box.value = "";
  changed();
  close();
  if (text.startsWith("/") && !text.startsWith("//")) return runTyped(text, giveBack);
  const { entry, answer } = say({ room: store.open, text });
  pend(entry, answer);
  return undefined;
}

/** Whether Enter takes the marked completion: not when the line is already whole without it. */
const takes = () => chosen >= 0 && !list.hidden && box.value.slice(found.from, found.to) !== found.items[chosen].insert;

function key(event) {
  if (event.isComposing) return;
  const shown = !list.hidden && found.items.length;
  if (shown && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const n = found.items.length;
    chosen = event.key === "ArrowDown" ? (chosen + 1) % n : (chosen <= 0 ? n : chosen) - 1;
    draw();
  } else if (shown && event.key === "Tab" && !event.shiftKey) {
    event.preventDefault();
    take(Math.max(chosen, 0));
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (takes()) take(chosen);
    else send();
  } else if (event.key === "Escape") {
    if (shown) { shut = true; close(); event.stopPropagation(); } else box.blur();
  }
}

/** What the open room allows. */
function place() {
  const room = store.rooms.get(store.open);
  if (!room) return;
  const name = room.kind === "direct" ? room.title || room.name : `#${room.name}`;
  box.disabled = false;
  box.placeholder = room.archived ? "Archived: no more messages; commands still work" : CLOSED.has(room.category) ? "Closed: messages are added after closing" : `Message ${name}, or / for a command`;
}

export function focus(text) {
  if (text !== undefined && !box.value) { box.value = text; changed(); }
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

export function start() {
  box.addEventListener("input", changed);
  box.addEventListener("keydown", key);
  box.addEventListener("click", look);
  box.addEventListener("blur", () => setTimeout(close, 100));
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); send(); });
  on("rooms", place);
  on("open", ({ id, changed: other }) => {
    if (!other) return;
    box.value = memory.get(draftKey(id)) ?? "";
    grow();
    look();
    close();
    place();
  });
  on("navigated", () => matchMedia("(hover: hover)").matches && box.focus());
}
