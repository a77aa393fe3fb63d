// The incident side bar: fetched whole, and what changed in it flashes once.

import { $, announce } from "./dom.js";
import { getText, on, store } from "./store.js";
import { morph } from "./morph.js";
import { settle } from "./time.js";
import { shut } from "./sheets.js";

let turn = 0;
let timer = 0;
let shownFor = null;

/** The values of all fields, by name. */
const valuesOf = (root) => new Map([...root.querySelectorAll("[data-field]")].map((el) => [el.dataset.field, el.dataset.value]));

/** Puts new HTML in place and flashes each field whose value is not what it was. */
export function flashInto(box, html, flash) {
  if (box.querySelector(".confirm")) return false;
  const before = valuesOf(box);
  const fresh = box.cloneNode(false);
  fresh.innerHTML = html;
  settle(fresh);
  morph(box, fresh);
  if (!flash) return true;
  const said = [];
  for (const el of box.querySelectorAll("[data-field]")) {
    if (before.get(el.dataset.field) === el.dataset.value) continue;
    el.classList.add("flash");
    el.addEventListener("animationend", () => el.classList.remove("flash"), { once: true });
    if (["status", "severity"].includes(el.dataset.field)) said.push(`${el.dataset.field} is now ${el.textContent.trim()}`);
  }
  if (said.length) announce(said.join(", "));
  return true;
}

async function load(flash) {
  const mine = ++turn;
  const room = store.open;
  const wanted = store.rooms.get(room)?.kind === "hot";
  const side = $("side");
  if (!wanted) {
    side.hidden = true;
    $("side-body").replaceChildren();
    $("open-side").hidden = true;
    shownFor = null;
    return;
  }
  side.hidden = false;
  $("open-side").hidden = false;
  if (shownFor !== room) {
    shownFor = null;
    $("side-body").replaceChildren();
  }
  try {
    const html = await getText(`/console/rooms/${encodeURIComponent(room)}/side`);
    if (mine !== turn) return;
    if (!flashInto($("side-body"), html, flash && shownFor === room)) { soon(1500); return; }
    shownFor = room;
  } catch (error) {
    if (mine === turn && !shownFor) $("side-body").textContent = error.message;
  }
}

function soon(ms = 60) {
  clearTimeout(timer);
  timer = setTimeout(() => load(true), ms);
}

export function start() {
  on("open", ({ changed }) => { if (changed) { shut("side"); load(false); } });
  on("side", ({ room }) => room === store.open && soon());
  on("sync", () => soon());
  on("rooms", () => { if ((store.rooms.get(store.open)?.kind === "hot") === $("side").hidden) load(false); });
}
