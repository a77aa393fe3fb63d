// The keyboard: everything works without a mouse.

import { $, isTyping, toast } from "./dom.js";
import { onConsole, store } from "./store.js";
import { run, show } from "./actions.js";
import { ask } from "./forms.js";
import * as composer from "./composer.js";
import * as messages from "./messages.js";
import { openKeys, openPalette } from "./palette.js";
import { step } from "./rooms.js";
import { shutAll } from "./sheets.js";

/** The newest button that acknowledges, or the one of the marked message or row. */
function acknowledge() {
  const isAck = (b) => /^acknowledge/i.test(b.textContent.trim());
  const marked = onConsole ? messages.current() : row();
  const inside = marked && [...marked.querySelectorAll("[data-command]")].find(isAck);
  const all = [...$("main").querySelectorAll("[data-command]")].filter(isAck);
  const button = inside ?? all.at(-1);
  if (button) button.click();
  else toast("Nothing here waits for an acknowledgement.", "info");
}

async function update() {
  const room = store.rooms.get(store.open);
  if (!onConsole || room?.kind !== "hot") return toast("An update belongs to an incident: open its room first.", "info");
  try {
    return await ask("incident update", room.id, (reply) => show(reply, { room: room.id, said: null }));
  } catch {
    return run("/incident update", { room: room.id });
  }
}

const rows = () => [...document.querySelectorAll("[data-row]")];
const row = () => document.querySelector("[data-row].here");

function moveRow(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(row());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  row()?.classList.remove("here");
  next.classList.add("here");
  next.querySelector("a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const move = (by) => (onConsole ? messages.move(by) : moveRow(by));

const PLAIN = {
  "/": () => (onConsole ? composer.focus() : document.querySelector(".filters input")?.focus()),
  j: () => move(1),
  k: () => move(-1),
  a: acknowledge,
  e: update,
  "[": () => step(-1),
  "]": () => step(1),
  G: () => onConsole && messages.toEnd(),
  "?": openKeys,
};

export function start() {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      document.querySelector("dialog.palette") ? document.querySelector("dialog.palette").close() : openPalette();
      return;
    }
    if (event.key === "Escape" && shutAll()) return;
    // Characters that need AltGr on some keyboards ([ ] on German ones) come with ctrl and alt both set.
    const altGr = event.getModifierState("AltGraph");
    if (event.defaultPrevented || (event.ctrlKey && !altGr) || event.metaKey || (event.altKey && !altGr) || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const act = PLAIN[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
