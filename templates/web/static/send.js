// What was typed is sent once: each message has an id of its own and is repeated under it until it is answered.

import { memory } from "./dom.js";
import { deliveryId, emit, on, post, store } from "./store.js";

const KEY = "unsent";
/** Talk and typed commands that have no answer yet, oldest first. */
const waiting = [];
const answers = new Map();
let sending = false;
let wait = 1000;
let timer = 0;

const keep = () => memory.set(KEY, waiting.length ? waiting.map((e) => ({ ...e, mine: store.me.id })) : null);

/** Sends a text; the promise resolves with the answer, however long the connection is lost. */
export function say({ room, text, version }) {
  const entry = { delivery: deliveryId(), room: room ?? null, text, ...(version ? { version } : {}) };
  const answer = enqueue(entry);
  return { entry, answer };
}

function enqueue(entry) {
  const answer = new Promise((resolve, reject) => answers.set(entry.delivery, { resolve, reject }));
  waiting.push(entry);
  keep();
  pump();
  return answer;
}

/** What is unsent in a room. */
export const unsent = (room) => waiting.filter((e) => e.room === room);

async function pump() {
  if (sending || !waiting.length) return;
  sending = true;
  clearTimeout(timer);
  while (waiting.length) {
    const entry = waiting[0];
    try {
      const { delivery, room, text, version } = entry;
      const answer = await post("/console/say", { delivery, room, text, ...(version ? { version } : {}) });
      wait = 1000;
      done(entry).resolve(answer);
    } catch (error) {
      if (error.passing) {
        emit("unsent", { entry, error });
        if (error.status === 0) emit("net", false);
        timer = setTimeout(pump, Math.max(wait, (error.after || 0) * 1000));
        wait = Math.min(wait * 2, 15_000);
        break;
      }
      done(entry).reject(error);
    }
  }
  sending = false;
}

function done(entry) {
  waiting.splice(waiting.indexOf(entry), 1);
  keep();
  const answer = answers.get(entry.delivery);
  answers.delete(entry.delivery);
  return answer ?? { resolve() {}, reject() {} };
}

/** Sends a filled form. It is repeated only while the dialog is open, so nothing is kept. */
export async function sendForm(form) {
  return post("/console/form", form);
}

/** Sends what an earlier page of this tab had not sent. `again` gets each with its answer. */
export function start(again) {
  for (const { mine, ...entry } of memory.get(KEY) ?? []) {
    if (mine === store.me.id) again(entry, enqueue(entry));
  }
  on("net", (up) => up && pump());
}
