// The state of the page, its listeners, and requests to the server.

export const store = {
  me: { id: document.body.dataset.me ?? "", name: "", access: "" },
  csrf: document.body.dataset.csrf ?? "",
  rev: 0,
  /** Server clock minus ours, in milliseconds. */
  offset: 0,
  rooms: new Map(),
  people: [], services: [], incidents: [], commands: [],
  /** The on-call pages that wait for the reader. */
  pages: [],
  /** The room that is shown. */
  open: null,
  /** When what is shown was last known to be true. */
  fresh: Date.now(),
  connected: false,
};

const listeners = new Map();

/** Listens to `state`, `rooms`, `room`, `gone`, `message`, `side`, `pages`, `open`, `net`, `reset`, `sync`, `fresh`. */
export function on(what, tell) {
  if (!listeners.has(what)) listeners.set(what, []);
  listeners.get(what).push(tell);
}

export function emit(what, data) {
  for (const tell of listeners.get(what) ?? []) tell(data);
}

export const now = () => Date.now() + store.offset;
export const onConsole = document.body.dataset.page === "rooms";

/** A refusal of the server, or status 0 if it could not be reached. */
export class Refused extends Error {
  constructor(status, detail, after, problem) {
    super(detail);
    this.status = status;
    this.after = after;
    this.problem = problem;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return [0, 408, 425, 429, 502, 503, 504].includes(this.status);
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(20_000), ...options });
  } catch {
    throw new Refused(0, "Cannot reach hotroom.");
  }
  if (answer.ok) return answer;
  if (answer.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const problem = await answer.json().catch(() => ({}));
  const text = problem.detail || problem.title || `The server answered ${answer.status}.`;
  throw new Refused(answer.status, text, Number(answer.headers.get("retry-after")) || 0, problem);
}

export const getJson = async (path) => (await ask(path)).json();
export const getText = async (path) => (await ask(path)).text();

export async function post(path, body) {
  const headers = { "content-type": "application/json", "x-csrf-token": store.csrf };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** A name for one thing said, the same however often it is sent. */
export function deliveryId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Loads the whole state. */
export async function loadState() {
  const room = store.open ?? document.body.dataset.room;
  const state = await getJson(`/console/state${room ? `?room=${encodeURIComponent(room)}` : ""}`);
  store.offset = Date.parse(state.now) - Date.now();
  for (const key of ["me", "csrf", "rev", "people", "services", "incidents", "commands", "pages"]) store[key] = state[key];
  store.rooms = new Map(state.rooms.map((r) => [r.id, r]));
  store.fresh = Date.now();
  store.version ??= state.version;
  emit("state");
  emit("rooms");
  emit("pages");
}
