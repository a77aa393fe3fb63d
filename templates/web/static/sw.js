// The service worker: shows pages as notifications, and does what their buttons say without opening a window. Its texts come
// with each message; what it shows of a message that cannot be read comes with its own address.

const FALLBACK = Object.fromEntries(new URL(self.location).searchParams);
const PATIENCE = 20_000;
/** Statuses after which the same request may succeed later. */
const PASSING = [408, 425, 429, 502, 503, 504];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(data) {
  try {
    const message = data.json();
    if (message?.title && message.tag) return message;
  } catch { /* Something is shown all the same: browsers want it. */ }
  return { title: FALLBACK.title, body: FALLBACK.body, tag: "unreadable", open: "/" };
}

/** Shows a message in place of the one with the same tag. */
function show(message) {
  const { title, body, tag, renotify, silent, sticky, at, actions = [] } = message;
  const options = {
    body, tag, silent: Boolean(silent), renotify: Boolean(renotify), requireInteraction: Boolean(sticky), timestamp: at,
    icon: "/static/icon-192.png", badge: "/static/badge.png", data: message,
    actions: actions.map((a) => ({ action: a.action, title: a.title })),
  };
  // A browser that refuses an option still has to show something.
  return self.registration.showNotification(title, options).catch(() => self.registration.showNotification(title, { body, tag, data: message }));
}

function post(path, more) {
  return fetch(path, { method: "POST", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE), ...more, headers: { accept: "application/json", ...more?.headers } });
}

async function arrived(message) {
  await show(message);
  if (message.shown) await post(message.shown).catch(() => {});
}

/** Posts the token of a button, and shows what came of it in place of the notification. */
async function act(message, action) {
  const { body, tag, at, open, retry, taken, over, page = message.title } = message;
  const plain = { body, tag, at, open, retry, taken, over, page };
  const answer = await post(action.post).catch(() => null);
  if (answer?.ok) {
    const { state, by } = await answer.json().catch(() => ({}));
    const title = state === "done" ? action.done : by ? taken.replace("{by}", by) : over;
    return show({ ...plain, title, body: page, silent: true });
  }
  if (!answer || PASSING.includes(answer.status)) {
    return show({ ...plain, title: action.failed, renotify: true, sticky: true, actions: [{ ...action, title: retry }] });
  }
  const problem = await answer.json().catch(() => ({}));
  return show({ ...plain, title: problem.title ?? action.failed, body: problem.detail ?? body });
}

async function visit(path) {
  const url = new URL(path ?? "/", self.location.origin);
  if (url.origin !== self.location.origin) return undefined;
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = windows.find((one) => one.url === url.href);
  return same ? same.focus() : self.clients.openWindow(url.href);
}

self.addEventListener("push", (event) => event.waitUntil(arrived(read(event.data))));

self.addEventListener("notificationclick", (event) => {
  const message = event.notification.data ?? {};
  const action = message.actions?.find((one) => one.action === event.action);
  event.notification.close();
  event.waitUntil(action ? act(message, action) : visit(message.open));
});

/** The name the server knows a subscription by. */
async function idOf({ endpoint }) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(hash), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The push service has replaced the subscription: the new one takes the place of the old. */
async function renew({ oldSubscription, newSubscription }) {
  const { key, csrf } = await (await fetch("/console/push")).json();
  const subscription = newSubscription ?? await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  const body = JSON.stringify({ endpoint, keys, replaces: oldSubscription ? await idOf(oldSubscription) : null });
  await post("/console/push", { credentials: "same-origin", headers: { "content-type": "application/json", "x-csrf-token": csrf }, body });
}

// Without a session it fails; the page repairs it when the person signs in.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event).catch(() => {})));
