// The open room: a window of its messages that stays bounded however long the room is.

import { $, announce, h, icon, plain } from "./dom.js";
import { getJson, on, post, store } from "./store.js";
import { dayName, dayOf, settle } from "./time.js";
import { follows, messageEl, pendingEl } from "./view.js";

const MOST = 200, PAGE = 50, NEAR = 700;

const win = { room: null, items: [], before: false, after: false, newFrom: null, loading: null, missed: 0, turn: 0, early: [] };
const drawn = new Map();
/** The newest messages of the rooms that were open, for the time without a connection. */
const seenRooms = new Map();
const pending = new Map();
/** What only the reader sees, each after the message that was the newest then. */
const notes = [];
const held = [];

const log = () => $("log");
const gap = () => { const l = log(); return l.scrollHeight - l.scrollTop - l.clientHeight; };
export const atEnd = () => !win.after && gap() < 60;

/** Changes the list without moving what is being read: the end stays the end, else the first visible message stays put. */
function steady(change) {
  const box = log();
  const end = atEnd();
  const top = box.getBoundingClientRect().top;
  const anchor = !end && [...$("messages").children].find((el) => el.getBoundingClientRect().bottom > top && el.dataset.id);
  const was = anchor && anchor.getBoundingClientRect().top;
  change();
  if (end) box.scrollTop = box.scrollHeight;
  else if (anchor?.isConnected) box.scrollTop += anchor.getBoundingClientRect().top - was;
}

function wanted() {
  const out = [];
  let before = null;
  const used = new Set();
  const told = notes.filter((n) => n.room === win.room);
  const until = (id) => { while (told.length && told[0].after < id) out.push(told.shift().el); };
  for (const m of win.items) {
    until(m.id);
    const newDay = !before || dayOf(before.at) !== dayOf(m.at);
    const isNew = win.newFrom === m.id;
    const follow = !newDay && !isNew && follows(m, before);
    if (newDay) out.push(keyed(`day ${dayOf(m.at)}`, used, () => h("li", { class: "day-line" }, dayName(m.at))));
    if (isNew) out.push(keyed("new", used, () => h("li", { class: "new-line" }, "New")));
    out.push(keyed(`${m.id} ${m.rev} ${follow}`, used, () => messageEl(m, { follow })));
    before = m;
  }
  if (!win.after) until(Infinity);
  if (!win.after) for (const p of pending.values()) if (p.entry.room === win.room) out.push(p.el);
  for (const key of drawn.keys()) if (!used.has(key)) drawn.delete(key);
  return out;
}

function keyed(key, used, make) {
  used.add(key);
  if (!drawn.has(key)) drawn.set(key, make());
  return drawn.get(key);
}

function draw() {
  const list = $("messages");
  const focused = document.activeElement?.closest?.("#messages > [data-id]");
  const want = wanted();
  const keep = new Set(want);
  for (const el of [...list.children]) if (!keep.has(el)) el.remove();
  let at = list.firstChild;
  for (const el of want) {
    if (at === el) at = at.nextSibling;
    else list.insertBefore(el, at);
  }
  if (focused && !focused.isConnected) document.getElementById(focused.id)?.focus({ preventScroll: true });
  topOf();
}

/** What is above the oldest message: a welcome, or what an empty room is for. */
function topOf() {
  const box = $("log-top");
  const room = store.rooms.get(win.room);
  if (!room || win.before || win.loading === "first") return box.replaceChildren();
  if (win.items.length || room.kind !== "feed") {
    const what = { hot: "The room of this incident. Its record keeps everything posted here.", feed: "Alerts and incidents are posted here automatically.", direct: "Pages and messages to you alone.", team: "Talk here, or type / for commands." }[room.kind];
    return box.replaceChildren(h("h2", null, room.kind === "direct" ? room.title || room.name : room.name), h("p", null, what));
  }
  return box.replaceChildren(h("div", { class: "empty" }, h("h2", null, "No alerts yet"),
    h("p", null, "Point a monitoring system at hotroom, or try it with one command:"), teach()));
}

function teach() {
  const line = `curl ${location.origin}/intake/alertmanager -H 'Content-Type: application/json' -d '{
  "version": "4", "status": "firing", "groupLabels": {"alertname": "CheckoutDown"},
  "alerts": [{"status": "firing", "startsAt": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'",
    "labels": {"alertname": "CheckoutDown", "service": "checkout", "severity": "critical"},
    "annotations": {"summary": "Checkout answers 500 to everyone"}}]}'`;
  return h("pre", { class: "copy", "data-copy": "" }, line);
}

const path = (query) => `/console/rooms/${encodeURIComponent(win.room)}/messages?${query}&limit=${PAGE}`;

/** Opens a room, at its end, at the first unread message, or around one message. */
export async function openRoom(id, message) {
  const turn = ++win.turn;
  const room = store.rooms.get(id);
  Object.assign(win, { room: id, items: [], before: false, after: false, loading: "first", missed: 0, early: [] });
  win.newFrom = null;
  drawn.clear();
  draw();
  pill();
  const slow = setTimeout(() => turn === win.turn && $("log-top").replaceChildren(h("p", { class: "busy slow" }, "Loading messages ")), 300);
  try {
    const page = await getJson(path(message ? `around=${message}` : ""));
    if (turn !== win.turn) return;
    win.loading = null;
    take(page);
    if (!message) remember(id, page);
    const read = room?.read ?? 0;
    // What came while the page was fetched may be missing from it.
    for (const m of win.early.splice(0)) arrive(m);
    win.newFrom = (room?.unread && win.items.find((m) => m.id > read && m.author.id !== store.me.id)?.id) || null;
    draw();
    log().scrollTop = log().scrollHeight;
    if (message) reveal(message);
    else if (win.newFrom && $("messages").querySelector(".new-line")?.getBoundingClientRect().top < log().getBoundingClientRect().top) $("messages").querySelector(".new-line").scrollIntoView({ block: "start" });
    seen();
  } catch (error) {
    if (turn !== win.turn) return;
    win.loading = null;
    const kept = error.passing && seenRooms.get(id);
    if (kept) {
      take(kept);
      draw();
      log().scrollTop = log().scrollHeight;
      return;
    }
    $("log-top").replaceChildren(h("div", { class: "empty" }, h("h2", null, error.status === 404 ? "No such room" : "This room could not be loaded"), h("p", null, error.message)));
  } finally {
    clearTimeout(slow);
  }
}

function remember(id, page) {
  seenRooms.delete(id);
  seenRooms.set(id, page);
  if (seenRooms.size > 20) seenRooms.delete(seenRooms.keys().next().value);
}

function take(page) {
  win.items = page.items;
  win.before = page.more_before;
  win.after = page.more_after;
}

/** Brings a message into view and marks it. */
export function reveal(id) {
  const el = document.getElementById(`m${id}`);
  if (!el) return;
  el.scrollIntoView({ block: "center" });
  el.focus({ preventScroll: true });
  el.classList.add("flash");
}

async function more(where) {
  if (win.loading || !win.items.length) return;
  const turn = win.turn;
  win.loading = where;
  try {
    const edge = where === "before" ? win.items[0].id : win.items.at(-1).id;
    const page = await getJson(path(`${where}=${edge}`));
    if (turn !== win.turn) return;
    win.loading = null;
    steady(() => {
      if (where === "before") {
        win.items = [...page.items, ...win.items];
        win.before = page.more_before;
        if (win.items.length > MOST) { win.items.length = MOST; win.after = true; }
      } else {
        const last = win.items.at(-1).id;
        win.items = [...win.items, ...page.items.filter((m) => m.id > last)];
        win.after = page.more_after;
        if (win.items.length > MOST) { win.items = win.items.slice(-MOST); win.before = true; }
      }
      draw();
    });
    if (!win.after) win.missed = 0;
    pill();
  } catch { /* The next scroll asks again. */ } finally {
    if (turn === win.turn) win.loading = null;
  }
}

/** To the newest message. */
export async function toEnd() {
  win.missed = 0;
  if (win.after) await openRoom(win.room, null);
  log().scrollTop = log().scrollHeight;
  pill();
  seen();
}

function pill() {
  const el = $("pill");
  el.hidden = !win.missed && !win.after;
  el.textContent = win.missed ? `${win.missed} new` : "To the newest";
  el.setAttribute("aria-label", win.missed ? `${win.missed} new messages, go to the newest` : "Go to the newest message");
}

/** A message came, or was edited. */
function arrive(m) {
  if (m.room !== win.room) return tell(m);
  if (win.loading === "first") return void win.early.push(m);
  const at = win.items.findIndex((x) => x.id === m.id);
  if (at >= 0) {
    if (m.rev >= win.items[at].rev) steady(() => { win.items[at] = m; draw(); });
    return undefined;
  }
  if (m.author.id === store.me.id && m.author.kind === "person" && [...pending.values()].some((p) => p.inFlight && p.entry.room === m.room)) {
    held.push(m);
    return undefined;
  }
  return append(m);
}

function append(m) {
  const last = win.items.at(-1)?.id ?? 0;
  if (m.id <= last && win.items.some((x) => x.id === m.id)) return;
  tell(m);
  const end = atEnd();
  if (win.after || m.id < last) {
    if (win.after) win.missed += 1;
  } else {
    if (!end) win.missed += 1;
    if (!end && !win.newFrom && m.author.id !== store.me.id) win.newFrom = m.id;
    steady(() => {
      win.items.push(m);
      if (win.items.length > MOST && end) { win.items = win.items.slice(-MOST); win.before = true; }
      draw();
    });
  }
  pill();
  seen();
}

/** Announces pages and status changes to screen readers. */
function tell(m) {
  const mine = m.post.mentions?.includes(store.me.id);
  const bot = m.author.kind === "bot";
  if (!mine && !(bot && m.room === store.open && ["page", "line", "update", "announcement"].includes(m.post.kind))) return;
  const box = h("div", { html: `${m.title_html ?? ""} ${m.html}` });
  announce(`${mine && m.post.kind === "page" ? "Page: " : ""}${m.room !== store.open ? `${m.room}: ` : ""}${box.textContent}`);
}

/** Shows talk at once; the server's message takes its place. */
export function pend(entry, answer) {
  const p = { entry, el: pendingEl(entry), inFlight: true };
  pending.set(entry.delivery, p);
  if (entry.room === win.room) { draw(); log().scrollTop = log().scrollHeight; }
  const note = p.el.querySelector(".msg-note");
  const slow = setTimeout(() => note.replaceChildren(h("span", { class: "busy slow" }, "Sending ")), 300);
  const late = setTimeout(() => note.replaceChildren(icon("tone-warning"), "No answer yet. It is sent once."), 5000);
  answer.then(({ message }) => {
    pending.delete(entry.delivery);
    if (message) arriveOnce(message);
  }, (error) => {
    p.inFlight = false;
    p.el.classList.add("failed");
    const drop = () => { pending.delete(entry.delivery); draw(); };
    note.replaceChildren(icon("tone-critical"), h("span", null, `Not sent: ${error.message}`),
      h("button", { type: "button", class: "button secondary", onclick: () => { const say = $("say"); say.value = entry.text; say.dispatchEvent(new Event("input")); say.focus(); drop(); } }, "Edit message"),
      h("button", { type: "button", class: "button bare", onclick: drop }, "Discard message"));
  }).finally(() => {
    clearTimeout(slow);
    clearTimeout(late);
    for (const m of held.splice(0)) arrive(m);
    draw();
  });
  return p;
}

function arriveOnce(m) {
  const i = held.findIndex((x) => x.id === m.id);
  if (i >= 0) held.splice(i, 1);
  if (m.room === win.room) steady(() => append(m));
}

/** Shows something in the room to the reader alone; returns the function that removes it. */
export function own(node) {
  const el = h("li", { class: "own-line" }, node);
  const note = { room: win.room, after: win.items.at(-1)?.id ?? 0, el };
  notes.push(note);
  while (notes.length > 12) notes.shift();
  const end = gap() < 200;
  settle(el);
  draw();
  if (end) log().scrollTop = log().scrollHeight;
  else el.scrollIntoView({ block: "nearest" });
  return () => {
    const at = notes.indexOf(note);
    if (at >= 0) notes.splice(at, 1);
    steady(draw);
  };
}

/** What a message or an answer says, as its title or in its text; a mention counts as the plain name. */
const gist = (view) => [view.title_html, view.html].map(plain).filter(Boolean).join(" ").replaceAll("@", "");

/** Whether the open room says the same thing already, in one message or in several that follow each other. */
export const saidHere = (view) => ` ${win.items.slice(-12).map(gist).join(" ")} `.includes(` ${gist(view)} `);

let readTimer = 0, told = new Map();
/** Tells the server what has been seen, once it really has. */
function seen() {
  clearTimeout(readTimer);
  readTimer = setTimeout(() => {
    const last = win.items.at(-1)?.id;
    const room = store.rooms.get(win.room);
    if (!last || !room || document.hidden || !document.hasFocus() || !atEnd() || (told.get(win.room) ?? room.read ?? 0) >= last) return;
    told.set(win.room, last);
    post("/console/read", { room: win.room, message: last }).catch(() => told.delete(room.id));
  }, 400);
}

/** After a break that the stream could not bridge: the open room is read anew. */
export const catchUp = () => win.room && openRoom(win.room, null);

/** The message that keys act on. */
export const current = () => document.activeElement?.closest?.("#messages > .msg");

/** Moves to the message before or after. */
export function move(by) {
  const all = [...$("messages").querySelectorAll(".msg")];
  const at = all.indexOf(current());
  const next = at < 0 ? all.at(-1) : all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

export function start() {
  on("message", arrive);
  on("unsent", ({ entry }) => {
    const p = pending.get(entry.delivery);
    p?.el.querySelector(".msg-note").replaceChildren(icon("tone-warning"), "Not sent yet; it is sent when the connection is back.");
  });
  $("pill").addEventListener("click", toEnd);
  log().addEventListener("scroll", () => {
    if (win.before && log().scrollTop < NEAR) more("before");
    if (win.after && gap() < NEAR) more("after");
    if (atEnd() && win.missed) { win.missed = 0; pill(); }
    seen();
  }, { passive: true });
  addEventListener("focus", seen);
  document.addEventListener("visibilitychange", seen);
  let end = true;
  new ResizeObserver(() => { if (end) log().scrollTop = log().scrollHeight; }).observe(log());
  log().addEventListener("scroll", () => { end = atEnd(); }, { passive: true });
}
