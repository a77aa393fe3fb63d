// The console's start: which parts a page has, and in which order they wake.

import { $, toast } from "./dom.js";
import { emit, getJson, loadState, on, onConsole, store } from "./store.js";
import { settle } from "./time.js";
import * as actions from "./actions.js";
import * as alarm from "./alarm.js";
import * as composer from "./composer.js";
import * as forms from "./forms.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as messages from "./messages.js";
import * as pages from "./pages.js";
import * as postmortem from "./postmortem.js";
import * as profile from "./profile.js";
import * as palette from "./palette.js";
import * as push from "./push.js";
import * as rooms from "./rooms.js";
import * as sheets from "./sheets.js";
import * as side from "./side.js";
import { marks } from "./view.js";

/** The head of the open room. */
function head() {
  const room = store.rooms.get(store.open);
  if (!room) return;
  const direct = room.kind === "direct";
  $("room-name").textContent = direct ? room.title || room.name : room.name;
  $("room-topic").textContent = room.kind === "hot" ? room.title : direct ? "Only you and hotroom" : room.topic || "";
  $("room-marks").replaceChildren(...marks(room));
}

/** A room that the rail does not list, because it is archived, is asked for by itself. */
async function known(id) {
  if (store.rooms.has(id)) return;
  try {
    const room = await getJson(`/console/rooms/${encodeURIComponent(id)}`);
    store.rooms.set(room.id, room);
    emit("rooms");
  } catch { /* The room itself says why it cannot be shown. */ }
}

/** The open room was closed to the reader: nothing of it stays on the screen. */
function left({ id }) {
  if (id !== store.open) return;
  toast(`You are no longer in ${id}.`, "info");
  const next = rooms.firstRoom();
  if (next) rooms.goTo(next, null, true);
  else location.assign("/");
}

function console_() {
  composer.start();
  messages.start();
  side.start();
  on("rooms", head);
  on("open", async ({ id, message, changed }) => {
    if (!changed && document.getElementById(`m${message}`)) return messages.reveal(message);
    await known(id);
    head();
    return messages.openRoom(id, message);
  });
  on("room", actions.roomAppeared);
  on("gone", left);
  on("reset", messages.catchUp);
}

async function start() {
  settle();
  sheets.start();
  palette.start();
  rooms.start();
  if (onConsole) console_();
  else pages.start();
  if (document.body.dataset.page === "profile") profile.start();
  if ($("pm")) postmortem.start();
  for (let wait = 1000; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      await loadState();
      break;
    } catch (error) {
      if (error.status === 401) return;
      toast(`${error.message} Trying again.`, "critical");
      await new Promise((go) => setTimeout(go, wait));
    }
  }
  if (onConsole) {
    const { room, message } = rooms.fromAddress();
    const first = room ?? rooms.firstRoom();
    if (first) rooms.goTo(first, message, true);
  }
  actions.start();
  keys.start();
  push.start();
  alarm.start();
  live.start();
  forms.reopen((reply, room, command) => actions.show(reply, { room, said: null, command }));
  document.documentElement.dataset.ready = "true";
}

start();
