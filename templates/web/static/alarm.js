// The alarm: while a page waits for the reader there is a bar on every view, a sound, a count in title and icon, and a
// notification of the system.

import { $, h, icon } from "./dom.js";
import { on, store } from "./store.js";
import { isSubscribed, notify, withdraw } from "./push.js";
import { timeEl } from "./time.js";

const SHOWN = 3, EVERY = 4_000, LATER = 700, KEY = "alarm sound", SEEN = "alarm announced";
/** Tones of each sound: frequency in Hz, start and length in seconds. */
const SOUNDS = {
  chime: [[659, 0, 0.5], [880, 0.25, 0.8]],
  bell: [[1047, 0, 1.2], [1319, 0, 1.2], [1047, 1.4, 1.2]],
  siren: [[740, 0, 0.4], [988, 0.4, 0.4], [740, 0.8, 0.4], [988, 1.2, 0.4]],
  pulse: [[880, 0, 0.12], [880, 0.2, 0.12], [880, 0.4, 0.12], [880, 1, 0.12], [880, 1.2, 0.12], [880, 1.4, 0.12]],
};
let audio = null;
let ringing = null;
let drawn = "";

const chosen = () => {
  try { return localStorage.getItem(KEY) ?? "chime"; } catch { return "chime"; }
};

function choose(sound) {
  try { localStorage.setItem(KEY, sound); } catch { /* No storage: it holds until the next load. */ }
  for (const select of document.querySelectorAll("[data-sound]")) select.value = sound;
}

/** Plays a sound once. */
function play(sound) {
  for (const [frequency, at, length] of SOUNDS[sound] ?? []) {
    const begin = audio.currentTime + at;
    const tone = new OscillatorNode(audio, { frequency, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, begin);
    volume.gain.exponentialRampToValueAtTime(0.4, begin + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, begin + length);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + length);
  }
}

/** Browsers let a page sound only after the reader has used it. */
async function wake() {
  audio ??= new AudioContext();
  if (audio.state !== "running") await audio.resume().catch(() => {});
  return audio.state === "running";
}

function ring() {
  if (ringing) return;
  const { signal } = ringing = new AbortController();
  const loop = () => new Promise((end) => {
    if (signal.aborted) return end();
    play(chosen());
    const timer = setInterval(() => play(chosen()), EVERY);
    signal.addEventListener("abort", () => { clearInterval(timer); end(); });
    return undefined;
  });
  // Of several tabs one sounds: the first that may.
  if (navigator.locks) navigator.locks.request(`hotroom alarm ${store.me.id}`, { signal }, loop).catch(() => {});
  else loop();
}

function stopSound() {
  ringing?.abort();
  ringing = null;
}

/** Sounds while a page waits. Without a gesture of the reader the browser keeps it silent, and the bar says so. */
function sound() {
  const wanted = store.pages.length > 0 && chosen() !== "none";
  $("alarm-silent").hidden = !wanted || audio?.state === "running";
  if (!wanted) return stopSound();
  return wake().then((awake) => {
    $("alarm-silent").hidden = awake || !store.pages.length;
    if (awake && store.pages.length && chosen() !== "none") ring();
  });
}

const fill = (text, page) => text.replace(/\{(\w+)\}/g, (_, name) => page[name] ?? "");

/** One page in the bar, from its template. */
function line(page) {
  const el = $("alarm-page").content.cloneNode(true).firstElementChild;
  const slot = (name) => el.querySelector(`[data-slot=${name}]`);
  slot("severity").hidden = !page.severity;
  if (page.severity) {
    slot("severity").classList.add(page.severity);
    slot("severity").append(icon(page.severity), page.severity_name);
  }
  slot("drill").hidden = !page.drill;
  slot("open").href = page.open;
  slot("open").textContent = page.title ? `${page.key} ${page.title}` : page.key;
  slot("at").append(timeEl(page.at));
  slot("exhausted").hidden = !page.exhausted;
  for (const button of el.querySelectorAll("[data-command]")) {
    button.dataset.command = fill(button.dataset.command, page);
    button.dataset.version = page.version;
  }
  return el;
}

function bar() {
  const { pages } = store;
  const box = $("alarm");
  box.hidden = !pages.length;
  // What has not changed stays: a button that is being pressed, and what a screen reader has read.
  if (drawn === JSON.stringify(pages)) return;
  drawn = JSON.stringify(pages);
  const more = pages.length - SHOWN;
  $("alarm-pages").replaceChildren(...pages.slice(0, SHOWN).map(line),
    ...(more > 0 ? [h("li", null, fill(box.dataset.more, { n: more }))] : []));
}

const markOf = (page) => `${page.id} ${page.attempt}`;

/** Announces each attempt once in this browser, unless a push message does or the reader looks at the console. */
async function announce(looking) {
  let known = [];
  try { known = JSON.parse(localStorage.getItem(SEEN)) ?? []; } catch { /* No storage: each load announces. */ }
  const { pages } = store;
  try { localStorage.setItem(SEEN, JSON.stringify(pages.map(markOf))); } catch { /* As above. */ }
  if (isSubscribed()) return;
  for (const mark of known) {
    const [id] = mark.split(" ");
    if (!pages.some((page) => page.id === id)) await withdraw(`page-${id}`);
  }
  const { drillTitle, title, body } = $("alarm").dataset;
  for (const page of looking ? [] : pages.filter((page) => !known.includes(markOf(page)))) {
    await notify(fill(page.drill ? drillTitle : title, page), {
      body: page.title ?? body, tag: `page-${page.id}`, renotify: true, requireInteraction: true,
      icon: "/static/icon-192.png", badge: "/static/badge.png", data: { open: page.open, local: true },
    });
  }
}

function tell() {
  const looking = document.visibilityState === "visible" && document.hasFocus();
  const go = () => announce(looking).catch(() => {});
  // The tab that is looked at comes first, and then nobody has to be called to it.
  setTimeout(() => (navigator.locks ? navigator.locks.request("hotroom notify", go) : go()), looking ? 0 : LATER);
}

function update() {
  bar();
  tell();
  sound();
}

export function start() {
  if (!$("alarm")) return;
  const mark = (root = document) => { for (const select of root.querySelectorAll("[data-sound]")) select.value = chosen(); };
  document.addEventListener("change", (event) => {
    const select = event.target.closest?.("[data-sound]");
    if (!select) return;
    choose(select.value);
    if (SOUNDS[select.value]) wake().then((awake) => awake && !ringing && play(select.value));
    sound();
  });
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, () => store.pages.length && audio?.state !== "running" && sound(), { capture: true });
  }
  on("pages", update);
  on("fresh", mark);
  mark();
  update();
}
