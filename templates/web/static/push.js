// Notifications of this browser: its subscription to push messages, and why there can be none. The texts are in
// notifications.html; here it is decided which of them are shown.

import { busy, memory, toast } from "./dom.js";
import { confirmIn } from "./actions.js";
import { emit, getJson, on, post, store } from "./store.js";

const MINE = "push";
const offered = Boolean(document.body.dataset.push);
let registration = null;
let subscribed = false;

/** What this browser has subscribed, and for whom: `{person, id}`. */
const kept = () => {
  try { return JSON.parse(localStorage.getItem(MINE)); } catch { return null; }
};
const keep = (value) => {
  try { value ? localStorage.setItem(MINE, JSON.stringify(value)) : localStorage.removeItem(MINE); } catch { /* No storage: it is asked again. */ }
};

/** The name the server knows a subscription by. */
async function idOf({ endpoint }) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(hash), (b) => b.toString(16).padStart(2, "0")).join("");
}

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function onIos() {
  return /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
}

/** The name of the state that is shown. */
function state() {
  const installed = navigator.standalone || matchMedia("(display-mode: standalone)").matches;
  if (!isSecureContext) return "insecure";
  if (!("Notification" in window && "serviceWorker" in navigator)) return onIos() && !installed ? "home" : "unsupported";
  if (Notification.permission === "denied") return "denied";
  if (offered && "PushManager" in window) return subscribed ? "subscribed" : "ready";
  if (offered && onIos() && !installed) return "home";
  return Notification.permission === "granted" ? "local" : "local-ready";
}

function draw(root = document) {
  const now = state();
  for (const box of root.querySelectorAll("[data-notifications]")) {
    box.dataset.state = now;
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = !part.dataset.when.split(" ").includes(now);
  }
}

/** True if a push message to this browser shows its own notification, so that the page shows none. */
export const isSubscribed = () => subscribed;

/** Shows a notification of the page itself. */
export async function notify(title, options) {
  if (state() === "insecure" || !("Notification" in window) || Notification.permission !== "granted") return;
  if (registration?.active) await registration.showNotification(title, options);
  else new Notification(title, options);
}

/** Takes away the notification of a tag that a page has shown; those of push messages say themselves what became of them. */
export async function withdraw(tag) {
  for (const shown of await registration?.getNotifications({ tag }) ?? []) if (shown.data?.local) shown.close();
}

async function save(subscription, replaces) {
  const { endpoint, keys } = subscription.toJSON();
  await post("/console/push", { endpoint, keys, replaces: replaces ?? null });
  keep({ person: store.me.id, id: await idOf(subscription) });
  subscribed = true;
}

/** The subscription of this browser for this key; one for another key is of no use any more. */
async function subscription(key, fresh) {
  const present = await registration.pushManager.getSubscription();
  const bound = present?.options?.applicationServerKey;
  if (present && !fresh && (!bound || base64url(bound) === key)) return present;
  await present?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function subscribe() {
  // First of all: the browser asks only while it knows that a button was pressed.
  if (await Notification.requestPermission() !== "granted") return;
  if (!offered || !("PushManager" in window)) return;
  if (!registration) throw new TypeError("no service worker");
  const { key } = await getJson("/console/push");
  await save(await subscription(key), kept()?.id);
}

/** What this browser is known by at the server. */
async function ownId() {
  const present = await registration?.pushManager?.getSubscription();
  return present ? idOf(present) : kept()?.id;
}

async function unsubscribe(button, sure = false) {
  try {
    const id = await ownId();
    if (id) await post("/console/push/remove", { id, sure });
  } catch (error) {
    if (!error.problem?.in_use || sure) throw error;
    return confirmIn(button, button.dataset.inUse, () => pressed(button, true));
  }
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  keep(null);
  subscribed = false;
  return undefined;
}

/** Sends a test the way that pages come. */
async function test(button) {
  if (subscribed) await post("/console/push/test", { id: await ownId() });
  else await notify(button.dataset.title, { body: button.dataset.body, tag: "test", renotify: true, icon: "/static/icon-192.png", badge: "/static/badge.png", data: { open: location.pathname } });
  toast(button.dataset.sent, "info");
}

/** Compares what this browser has with what the server has, once after each sign-in. */
async function check() {
  if (!subscribed || memory.get("push checked") === store.me.id) return;
  const { key, subscriptions } = await getJson("/console/push");
  const present = await registration.pushManager.getSubscription();
  const id = present && await idOf(present);
  // The service worker may have replaced it since.
  const known = subscriptions.find((one) => one.id === id) ?? subscriptions.find((one) => one.id === kept().id);
  if (!known) {
    // It was removed on purpose, here or in another browser.
    await present?.unsubscribe();
    keep(null);
    subscribed = false;
  } else {
    const now = await subscription(key, known.gone);
    if (known.gone || await idOf(now) !== known.id) await save(now, known.id);
    else keep({ person: store.me.id, id: known.id });
  }
  memory.set("push checked", store.me.id);
}

const DO = { subscribe, unsubscribe, test };

async function pressed(button, sure) {
  const ready = busy(button);
  try {
    await DO[button.dataset.notify](button, sure);
    // The list of methods shows it.
    emit("sync");
  } catch (error) {
    const said = button.closest("[data-notifications]").querySelector("[data-slot=failed]");
    toast(error.message && error.name === "Error" ? error.message : said.textContent, "critical");
  } finally {
    ready();
    draw();
  }
}

export async function start() {
  subscribed = offered && state() === "ready" && Notification.permission === "granted" && kept()?.person === store.me.id;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-notify]");
    if (button && DO[button.dataset.notify]) pressed(button);
  });
  on("fresh", draw);
  draw();
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  try {
    registration = await navigator.serviceWorker.register(document.body.dataset.worker, { scope: "/" });
    if (offered && "PushManager" in window) await check();
  } catch { /* The state says what works. */ }
  draw();
}
