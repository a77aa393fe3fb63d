// Times: relative where they stand, absolute on hover, in the reader's zone.

import { now } from "./store.js";

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const seconds = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const dateYear = new Intl.DateTimeFormat([], { day: "numeric", month: "short", year: "numeric" });
const day = new Intl.DateTimeFormat([], { weekday: "long", day: "numeric", month: "long" });
const full = new Intl.DateTimeFormat([], { dateStyle: "full", timeStyle: "long" });

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;

/** `1 h 12 min` */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} min`;
  const hours = Math.floor(m / 60);
  if (hours < 24) return m % 60 ? `${hours} h ${m % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** The age for narrow places: `now`, `4m`, `2h`, `3d`. */
export function age(ms) {
  if (ms < MINUTE) return "now";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();
export const dayOf = (at) => new Date(at).toDateString();

/** The heading of a day in a room. */
export function dayName(at) {
  if (sameDay(at, now())) return "Today";
  if (sameDay(at, now() - DAY)) return "Yesterday";
  return day.format(new Date(at));
}

function dated(at) {
  if (sameDay(at, now())) return clock.format(at);
  const same = new Date(at).getFullYear() === new Date(now()).getFullYear();
  return `${(same ? date : dateYear).format(at)} ${clock.format(at)}`;
}

/** How a time is shown: `R` relative, `t` clock, `T` with seconds, `d`/`D` date, else date and clock. */
export function shown(at, style) {
  if (style === "t") return sameDay(at, now()) ? clock.format(at) : dated(at);
  if (style === "T") return sameDay(at, now()) ? seconds.format(at) : dated(at);
  if (style === "d" || style === "D") return dateYear.format(at);
  if (style !== "R") return dated(at);
  const past = now() - at;
  if (past < -5_000) return past < -DAY ? dated(at) : `in ${span(-past)}`;
  if (past < MINUTE) return "just now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY && sameDay(at, now())) return `${Math.floor(past / HOUR)} h ago`;
  if (sameDay(at, now() - DAY)) return `yesterday ${clock.format(at)}`;
  return dated(at);
}

/** Makes every `<time>` under `root` relative and local. */
export function settle(root = document) {
  for (const el of root.querySelectorAll("time[datetime]")) {
    const at = Date.parse(el.getAttribute("datetime"));
    if (Number.isNaN(at)) continue;
    const text = shown(at, el.dataset.style ?? "f");
    if (el.textContent !== text) el.textContent = text;
    if (!el.title) el.title = full.format(at);
  }
  for (const el of root.querySelectorAll("[data-age]")) {
    const text = age(now() - Date.parse(el.dataset.age));
    if (el.textContent !== text) el.textContent = text;
  }
}

/** A time element. */
export function timeEl(at, style = "R") {
  const el = document.createElement("time");
  el.setAttribute("datetime", at);
  el.dataset.style = style;
  const when = Date.parse(at);
  el.textContent = shown(when, style);
  el.title = full.format(when);
  return el;
}

export const clockText = (ms) => seconds.format(ms);

setInterval(() => document.hidden || settle(), 15_000);
document.addEventListener("visibilitychange", () => document.hidden || settle());
