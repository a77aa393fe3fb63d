// The left rail: rooms by urgency, unread marks, the tab's title and icon.

import { $, h, icon } from "./dom.js";
import { emit, now, on, onConsole, store } from "./store.js";
import { age } from "./time.js";

const RANK = { sev1: 1, sev2: 2, sev3: 3, sev4: 4 };
const OPEN = new Set(["triage", "active"]);

/** The rail's sections, each with its rooms in the order shown. */
function sections() {
  const rooms = [...store.rooms.values()];
  const kept = rooms.filter((r) => !r.archived || r.id === store.open);
  const of = (kind) => kept.filter((r) => r.kind === kind).sort((a, b) => a.name.localeCompare(b.name, [], { numeric: true }));
  const bySeverity = (a, b) => (RANK[a.severity] ?? 9) - (RANK[b.severity] ?? 9) || Date.parse(b.opened_at) - Date.parse(a.opened_at);
  const hot = kept.filter((r) => r.kind === "hot");
  return [
    ["Active incidents", hot.filter((r) => OPEN.has(r.category)).sort(bySeverity), "No active incidents. /incident declare opens one."],
    ["Recently resolved", hot.filter((r) => !OPEN.has(r.category)).sort(bySeverity), null],
    ["Feeds", of("feed"), null],
    ["Team rooms", of("team"), null],
    ["Direct messages", of("direct"), "Pages to you appear here."],
  ];
}

/** All rooms in the order of the rail. */
export const ordered = () => sections().flatMap(([, rooms]) => rooms);

function mark(room) {
  if (room.kind === "hot") return icon(room.severity ?? "room", { "data-sev": room.severity ?? "" });
  return icon(room.private && room.kind !== "direct" ? "lock" : { feed: "feed", direct: "direct" }[room.kind] ?? "room");
}

function line(room) {
  const hot = room.kind === "hot";
  // Said after the visible name, so that speech input can use what is on the screen.
  const words = hot ? [room.severity, room.status] : [];
  if (room.unread) words.push(`${room.unread} unread`);
  if (room.mentioned) words.push(`${room.mentioned} for you`);
  const spoken = words.filter(Boolean).join(", ");
  const name = hot
    ? h("span", { class: "room-line" }, h("span", { class: "room-name" }, h("b", null, room.name)), h("small", null, room.title))
    : h("span", { class: "room-name" }, room.kind === "direct" ? room.title || room.name : room.name);
  const count = room.mentioned || room.unread;
  return h("li", null, h("a", {
    href: `/rooms/${encodeURIComponent(room.id)}`, class: room.unread ? "unread" : null, "data-room-link": room.id,
    "aria-current": onConsole && room.id === store.open ? "page" : null, title: hot ? room.title : null,
  }, mark(room), name,
  hot && room.opened_at && h("span", { class: "age", "data-age": room.opened_at }, age(now() - Date.parse(room.opened_at))),
  count > 0 && h("span", { class: room.mentioned ? "badge me" : "badge", "aria-hidden": "true" }, count > 99 ? "99+" : String(count)),
  spoken && h("span", { class: "unseen" }, `, ${spoken}`)));
}

function draw() {
  const held = document.activeElement?.dataset?.roomLink;
  $("rooms").replaceChildren(...sections().flatMap(([name, rooms, empty]) => {
    if (!rooms.length && !empty) return [];
    return [h("h2", null, name), rooms.length ? h("ul", { "aria-label": name }, rooms.map(line)) : h("p", { class: "hint" }, empty)];
  }));
  if (held) document.querySelector(`[data-room-link="${CSS.escape(held)}"]`)?.focus();
  titles();
}

/** The icon with the number of pages on it. */
const counted = (n) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#d3202f"/><text x="16" y="24" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="22" fill="#fff">${n > 9 ? "9+" : n}</text></svg>`)}`;

/** Shows pages, unread messages and mentions in the title, in the icon of the tab and on that of the installed console. */
function titles() {
  let unread = 0, mine = 0;
  for (const r of store.rooms.values()) {
    mine += r.mentioned;
    if (r.kind === "hot" || r.kind === "direct") unread += r.unread;
  }
  const room = onConsole && store.rooms.get(store.open);
  const own = room ? `${room.name}${room.kind === "hot" ? ` ${room.title}` : ""} · hotroom` : document.title.replace(/^\(.*?\) /, "");
  const asking = store.pages.length;
  const { one, many } = $("alarm")?.dataset ?? {};
  const pages = asking && (asking === 1 ? one : many.replace("{n}", asking));
  document.title = `${pages ? `(${pages}) ` : mine ? `(${mine} for you) ` : unread ? `(${unread}) ` : ""}${own}`;
  const icon = asking ? counted(asking) : new URL(`icon${mine || unread ? "-unread" : ""}.svg`, import.meta.url).pathname;
  navigator[asking || mine ? "setAppBadge" : "clearAppBadge"]?.(asking || mine || undefined)?.catch(() => {});
  if ($("tab-icon").getAttribute("href") !== icon) $("tab-icon").setAttribute("href", icon);
}

/** Goes to a room, and to a message of it. */
export function goTo(id, message = null, replace = false) {
  const path = `/rooms/${encodeURIComponent(id)}${message ? `#m${message}` : ""}`;
  if (!onConsole) return location.assign(path);
  if (location.pathname + location.hash !== path) history[replace ? "replaceState" : "pushState"](null, "", path);
  const changed = store.open !== id;
  store.open = id;
  if (changed || message) emit("open", { id, message, changed });
  draw();
  return undefined;
}

/** The room to show when the address has no room: the most severe active incident, else the first feed. */
export function firstRoom() {
  const all = ordered();
  return (all.find((r) => r.kind === "hot" && OPEN.has(r.category)) ?? all.find((r) => r.kind === "feed") ?? all[0])?.id;
}

export function step(by) {
  const all = ordered();
  if (!all.length) return;
  const at = all.findIndex((r) => r.id === store.open);
  goTo(all[(at + by + all.length) % all.length].id);
}

/** The room and message that the address names. */
export function fromAddress() {
  const room = /^\/rooms\/([^/]+)$/.exec(location.pathname)?.[1];
  return { room: room && decodeURIComponent(room), message: Number(/^#m(\d+)$/.exec(location.hash)?.[1]) || null };
}

export function start() {
  on("pages", titles);
  let due = false;
  // Many rooms change at once after a connection; a timer also runs in a hidden tab, whose title must tell.
  on("rooms", () => {
    if (due) return;
    due = true;
    setTimeout(() => { due = false; draw(); });
  });
  if (!onConsole) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target) return;
    const url = new URL(link.href, location.href);
    const room = url.origin === location.origin && /^\/rooms\/([^/]+)$/.exec(url.pathname)?.[1];
    if (!room) return;
    event.preventDefault();
    goTo(decodeURIComponent(room), Number(/^#m(\d+)$/.exec(url.hash)?.[1]) || null);
    emit("navigated");
  });
  addEventListener("popstate", () => {
    const { room, message } = fromAddress();
    if (room) goTo(room, message, true);
  });
}
