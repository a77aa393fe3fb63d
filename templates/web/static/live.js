// The stream of what happens, its loss and its return.

import { $, h } from "./dom.js";
import { emit, loadState, on, store } from "./store.js";
import { clockText, span } from "./time.js";

const QUIET = 60_000;
let source = null;
let wait = 500;
let timer = 0;
let ticking = 0;
let stopped = false;
let away = false;

function bar() {
  const el = $("offline");
  el.hidden = store.connected || (!away && !stopped);
  if (el.hidden) { clearInterval(ticking); ticking = 0; return; }
  const ago = Date.now() - store.fresh;
  const text = stopped || `Connection lost. Showing what was known at ${clockText(store.fresh)}, ${span(ago)} ago. Trying again; keep typing, it is sent once when the connection is back.`;
  if (el.dataset.text !== text) {
    el.dataset.text = text;
    el.replaceChildren(h("span", null, text), h("button", { type: "button", class: "button secondary", onclick: again }, stopped ? "Reload page" : "Try now"));
  }
  ticking ||= setInterval(bar, 1000);
}

function again() {
  if (stopped) location.reload();
  wait = 500;
  connect();
}

function lost() {
  source?.close();
  source = null;
  if (store.connected) store.fresh = Date.now();
  store.connected = false;
  clearTimeout(timer);
  if (stopped) return bar();
  // A blink is not worth a bar: it shows when the second try has failed too, or after a second.
  setTimeout(() => { if (!store.connected) { away = true; bar(); } }, 1000);
  timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  wait = Math.min(wait * 2, 10_000);
  return undefined;
}

const json = (tell) => (event) => {
  if (event.lastEventId) store.rev = Math.max(store.rev, Number(event.lastEventId) || 0);
  alive();
  tell(JSON.parse(event.data));
};

let watchdog = 0;
/** A connection that says nothing for long is asked whether it lives. */
function alive() {
  store.fresh = Date.now();
  clearTimeout(watchdog);
  watchdog = setTimeout(async () => {
    try {
      await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) });
      alive();
    } catch { lost(); }
  }, QUIET);
}

async function hello({ rev, version, reset }) {
  const back = away;
  store.connected = true;
  away = false;
  wait = 500;
  bar();
  emit("net", true);
  if (version && store.version && version !== store.version) outdated();
  if (reset) { store.rev = rev; await loadState().catch(() => {}); emit("reset"); }
  if (back || reset) emit("sync");
}

function outdated() {
  const el = $("offline");
  el.hidden = false;
  el.replaceChildren("hotroom was updated. ", h("button", { type: "button", class: "button secondary", onclick: () => location.reload() }, "Reload page"));
}

function room(r) {
  if (r.gone) store.rooms.delete(r.id);
  else store.rooms.set(r.id, r);
  emit("rooms");
  if (!r.gone) emit("room", r);
}

function connect() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(`/console/events?since=${store.rev}`);
  const mine = source;
  const when = (tell) => json((data) => mine === source && tell(data));
  source.addEventListener("hello", when(hello));
  source.addEventListener("message", when((m) => emit("message", m)));
  source.addEventListener("room", when(room));
  source.addEventListener("side", when((s) => emit("side", s)));
  source.addEventListener("bye", when(({ why, retry }) => {
    if (!retry) stopped = why || "This page was replaced by a newer one.";
    lost();
  }));
  source.onerror = () => mine === source && lost();
}

export function start() {
  connect();
  on("net", (up) => { if (!up && store.connected) lost(); });
  addEventListener("online", again);
  addEventListener("offline", lost);
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && again());
}
