// The record pages stay true while they are looked at: when something happens they are read again and put in place.

import { $, isTyping } from "./dom.js";
import { getText, on } from "./store.js";
import { settle } from "./time.js";

const SLOW = 30_000;
let timer = 0;

async function refresh() {
  timer = 0;
  const main = $("main");
  if (document.hidden || isTyping(document.activeElement) || main.querySelector(".confirm, .busy") || document.querySelector("dialog[open]")) return soon(3000);
  try {
    const fresh = new DOMParser().parseFromString(await getText(location.pathname + location.search), "text/html").getElementById("main");
    if (fresh) put(main, fresh);
  } catch { /* The connection bar tells. */ }
  return undefined;
}

/** Replaces only the blocks that differ, so that focus, scroll places and open folds stay. */
function put(main, fresh) {
  settle(fresh);
  const news = [...fresh.children];
  const olds = [...main.children];
  news.forEach((block, i) => {
    const old = olds[i];
    if (!old) return main.append(block);
    if (old.dataset.raw === raw(block)) return undefined;
    const folds = [...old.querySelectorAll("details")].map((d) => d.open);
    block.querySelectorAll("details").forEach((d, n) => { if (n in folds) d.open = folds[n]; });
    block.dataset.raw = raw(block);
    return old.replaceWith(block);
  });
  olds.slice(news.length).forEach((el) => el.remove());
}

/** What a block says apart from what the script changed in it. */
function raw(block) {
  const copy = block.cloneNode(true);
  copy.querySelectorAll("time").forEach((t) => t.replaceChildren());
  copy.querySelectorAll(".copy-button").forEach((b) => b.remove());
  copy.querySelectorAll(".here").forEach((b) => b.classList.remove("here"));
  return copy.innerHTML;
}

function soon(ms = 800) {
  timer ||= setTimeout(refresh, ms);
}

export function start() {
  for (const block of $("main").children) block.dataset.raw = raw(block);
  for (const what of ["message", "side", "sync"]) on(what, () => soon());
  setInterval(() => soon(), SLOW);
}
