// The record pages stay true while they are looked at: when something happens they are read again and put in place.

import { $, isTyping } from "./dom.js";
import { emit, getText, on } from "./store.js";
import { copyable } from "./actions.js";
import { morph } from "./morph.js";
import { settle } from "./time.js";

const SLOW = 30_000;
let timer = 0;

async function refresh() {
  timer = 0;
  const main = $("main");
  if (document.hidden || isTyping(document.activeElement) || main.querySelector(".confirm, .busy, .dirty") || document.querySelector("dialog[open]")) return soon(3000);
  try {
    const fresh = new DOMParser().parseFromString(await getText(location.pathname + location.search), "text/html").getElementById("main");
    if (fresh) {
      settle(fresh);
      copyable(fresh);
      emit("fresh", fresh);
      morph(main, fresh);
    }
  } catch { /* The connection bar tells. */ }
  return undefined;
}

function soon(ms = 800) {
  timer ||= setTimeout(refresh, ms);
}

export function start() {
  // What tells of an error stays as it is.
  if (document.body.dataset.page === "none") return;
  for (const what of ["message", "side", "sync"]) on(what, () => soon());
  setInterval(() => soon(), SLOW);
}
