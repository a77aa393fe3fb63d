// The event stream, its loss and its return. Tabs of one browser share one stream, because browsers open only six
// connections to a host: the tab that holds the lock receives the events and passes them on.

import { $, h } from "./dom.js";
import { emit, loadState, on, store } from "./store.js";
import { clockText, span } from "./time.js";

// The server sends a beat every 10 s. With the check and its timeout, a dead connection shows within 20 s.
const QUIET = 14_000, CHECK = 3_500, BEAT = 5_000;
let source = null;
let wait = 500;
let timer = 0;
let ticking = 0;
let watchdog = 0;
let stopped = "";
let away = false;
let leads = false;
let channel = null;

/** The bar that says how old the shown state is. */
function bar() {
  const el = $("offline");
  el.hidden = store.connected || !(away || stopped);
  if (el.hidden) { clearInterval(ticking); ticking = 0; return; }
  const text = stopped || `Connection lost. Showing the state of ${clockText(store.fresh)}, ${span(Date.now() - store.fresh)} ago. Keep typing: messages are sent when the connection is back.`;
  if (el.dataset.text !== text) {
    el.dataset.text = text;
    const button = h("button", { type: "button", class: "button secondary", onclick: again }, stopped ? "Reload page" : "Try again now");
    // The age changes each second; a screen reader announces it once.
    if (el.querySelector("span") && !stopped) el.querySelector("span").textContent = text;
    else el.replaceChildren(h("span", { "aria-live": "off" }, text), button);
  }
  ticking ||= setInterval(bar, 1000);
}

function again() {
  if (stopped) return location.reload();
  wait = 500;
  return connect();
}

function lost() {
  source?.close();
  source = null;
  if (store.connected) store.fresh = Date.now();
  store.connected = false;
  clearTimeout(timer);
  clearTimeout(watchdog);
  if (stopped) return bar();
  if (leads) channel?.postMessage({ beat: false });
  // A short interruption is not worth a bar.
  setTimeout(() => { if (!store.connected) { away = true; bar(); } }, 1000);
  if (leads) timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
  wait = Math.min(wait * 2, 10_000);
  return undefined;
}

/** Checks a connection that has been quiet for too long. */
function alive() {
  store.fresh = Date.now();
  clearTimeout(watchdog);
  watchdog = setTimeout(async () => {
    try {
      if (leads) await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(CHECK) });
      alive();
    } catch { lost(); }
  }, QUIET);
}

function up() {
  const back = away;
  const was = store.connected;
  store.connected = true;
  away = false;
  wait = 500;
  bar();
  if (!was) emit("net", true);
  if (back) emit("sync");
}

async function hello({ rev, version, reset, pages: asking }) {
  up();
  if (asking) pages({ pages: asking });
  if (version && store.version && version !== store.version) outdated();
  if (!reset) return;
  await loadState().catch(() => {});
  store.rev = Math.max(rev, store.rev);
  emit("reset");
  emit("sync");
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
  emit(r.gone ? "gone" : "room", r);
}

/** Other on-call pages wait for the reader than before. */
function pages({ pages: asking }) {
  store.pages = asking;
  emit("pages");
}

const HEARD = { hello, room, pages, message: (m) => emit("message", m), side: (s) => emit("side", s), beat: () => {}, bye };

function bye({ why, retry }) {
  if (!retry) stopped = why || "This page no longer receives live updates.";
  lost();
}

/** An event arrived, in this tab or in the one that has the stream. */
function hear(name, id, data) {
  if (id) store.rev = Math.max(store.rev, id);
  alive();
  HEARD[name](data);
}

async function connect() {
  clearTimeout(timer);
  if (!leads || source) return;
  if (away) {
    // Signed out meanwhile, or another database behind the address: the state shows it, the stream cannot.
    const { rev } = store;
    try { await loadState(); } catch { return lost(); }
    store.rev = Math.min(rev, store.rev) === rev ? rev : -1;
  }
  const mine = new EventSource(`/console/events?since=${store.rev}`);
  source = mine;
  for (const name of Object.keys(HEARD)) {
    mine.addEventListener(name, (event) => {
      if (mine !== source) return;
      const data = JSON.parse(event.data), id = Number(event.lastEventId) || 0;
      if (name !== "bye") channel?.postMessage({ name, id, data });
      hear(name, id, data);
    });
  }
  mine.onerror = () => mine === source && lost();
}

const beat = () => channel.postMessage({ beat: store.connected, rev: store.rev });

/** Shares the stream with other tabs: one receives, the others follow. */
function share() {
  channel = new BroadcastChannel(`hotroom ${store.me.id}`);
  channel.onmessage = ({ data }) => {
    if (data.ask) { if (leads) beat(); return; }
    if (leads) return;
    if (data.name) { if (!store.connected && data.name !== "hello") up(); hear(data.name, data.id, data.data); }
    else if (data.beat) {
      alive();
      if (!store.connected) up();
      // What was passed on before this tab listened is not passed on again.
      if (data.rev > store.rev) hello({ rev: data.rev, version: store.version, reset: true });
    }
    else if (data.beat === false) lost();
  };
  channel.postMessage({ ask: true });
  setInterval(() => leads && beat(), BEAT);
  navigator.locks.request(`hotroom live ${store.me.id}`, () => { lead(); return new Promise(() => {}); });
}

function lead() {
  leads = true;
  connect();
}

export function start() {
  if (navigator.locks && "BroadcastChannel" in window) share();
  else lead();
  on("net", (works) => { if (!works && store.connected) lost(); });
  addEventListener("online", again);
  addEventListener("offline", lost);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
