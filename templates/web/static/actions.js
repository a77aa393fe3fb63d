// Buttons and typed commands: said once, answered where the eye is.

import { $, busy, h, icon, plain, toast } from "./dom.js";
import { emit, onConsole, store } from "./store.js";
import { openForm } from "./forms.js";
import { own, pend, saidHere } from "./messages.js";
import { goTo } from "./rooms.js";
import { say, start as startSending } from "./send.js";
import { card } from "./view.js";

const TONE = { done: "good", asked: "info", misunderstood: "warning", refused: "warning", forbidden: "critical" };

/** Shows an answer: a form, a short confirmation, or a card that stays until it is dismissed. */
export function show(reply, { room, said, version, command }) {
  if (!reply) return undefined;
  if (reply.form) return openForm(reply, room, version, (answer, from) => show(answer, { room, said: null, command: from }));
  const there = reply.outcome === "done" && onConsole && reply.room && reply.room !== store.open ? reply.room : null;
  if (/^\/?(inc|incident|alert) declare\b/.test(command ?? said ?? "")) follow(reply, there);
  if (reply.outcome === "done" && onConsole) {
    // The room shows what was done to everyone; only what it does not show is answered here.
    setTimeout(() => saidHere(reply) || answer(reply, { room, said, there }), saidHere(reply) ? 0 : 250);
    return undefined;
  }
  return answer(reply, { room, said, there });
}

function answer(reply, { room, said, there }) {
  const view = { ...reply, post: { ...reply.post, tone: reply.post.tone === "plain" || !reply.post.tone ? TONE[reply.outcome] : reply.post.tone } };
  const text = [reply.title_html, reply.html].filter(Boolean).map(plain).join(": ");
  // A toast goes after seconds: what is read twice, such as a time, stays on a card.
  const small = text.length < 120 && !reply.fields_html?.length && !reply.post.buttons?.length && !/<(ul|ol|pre|h\d|time)/.test(reply.html);
  if (reply.outcome === "done" && small) {
    const door = there && store.follow?.room !== there && store.open !== there;
    return text ? toast(door ? h("span", null, text, " ", h("a", { href: `/rooms/${encodeURIComponent(there)}` }, `Open ${there}`)) : text) : undefined;
  }
  if (!onConsole && reply.post.buttons?.length) return showCard(view);
  if (!onConsole || !store.open || (room && room !== store.open)) return toast(h("span", { html: reply.html }), reply.outcome === "done" ? "good" : "critical");
  return put(said, card(view, room));
}

/** Shows an answer that is read more than once, or asks something, until it is closed. */
export function showCard(view) {
  const close = h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "answer" }, h("div", { class: "dialog-body" }, card(view)), h("div", { class: "dialog-foot" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target.closest("[data-command]")) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

/** Puts a card of the reader's own into the room. */
function put(said, body) {
  const box = ownCard(said, body, () => { back(); $("say")?.focus(); });
  const back = own(box);
  return back;
}

function ownCard(said, body, dismiss) {
  return h("div", { class: "own", role: "status" },
    h("div", { class: "own-head" }, h("span", null, said ? h(said.startsWith("/") ? "code" : "b", null, said) : null, " Only you see this"),
      h("button", { type: "button", class: "bare", "aria-label": "Dismiss answer", onclick: dismiss }, icon("close"))),
    body);
}

/** After declaring, goes to the new room as soon as it exists. */
function follow(reply, there) {
  if (reply.outcome !== "done" || !onConsole) return;
  const known = there ?? [...store.rooms.values()].find((r) => r.incident && r.incident === reply.incident)?.id;
  if (known && store.rooms.has(known)) goTo(known);
  else store.follow = { room: there, incident: reply.incident, until: Date.now() + 20_000 };
}

/** Called for every room that appears; opens the one that was just declared. */
export function roomAppeared(room) {
  const f = store.follow;
  if (!f || Date.now() > f.until || (f.room !== room.id && !(f.incident && f.incident === room.incident))) return;
  store.follow = null;
  goTo(room.id);
}

function failed(error, said) {
  if (!onConsole || !store.open) return toast(error.message, "critical");
  return put(said, h("div", { class: "post critical" }, h("div", { class: "post-text" }, error.message)));
}

/** A command from the composer. */
export async function runTyped(text, giveBack) {
  const room = store.open;
  const { answer } = say({ room, text });
  let done = () => {};
  const slow = setTimeout(() => { done = put(text, h("p", { class: "post-text busy slow" }, "Working ")); }, 300);
  try {
    const { reply } = await answer;
    if (reply && ["misunderstood", "refused", "forbidden"].includes(reply.outcome)) giveBack(text);
    show(reply, { room, said: text });
  } catch (error) {
    giveBack(text);
    failed(error, text);
  } finally {
    clearTimeout(slow);
    done();
  }
}

/** Runs the command of a button or a key. */
export async function run(command, { room = store.open, version, by } = {}) {
  if (by?.getAttribute("aria-disabled")) return;
  const ready = by ? busy(by) : () => {};
  const label = by?.textContent.trim() || command;
  try {
    const { reply } = await say({ room, text: command, version }).answer;
    show(reply, { room, said: reply?.outcome === "done" ? null : label, version, command });
    // The view may show what was changed.
    if (!onConsole) emit("sync");
  } catch (error) {
    failed(error, label);
  } finally {
    ready();
  }
}

/** Asks for confirmation in place of the button, naming the effect. */
export function confirmIn(button, question, go) {
  const focusBack = () => { box.replaceWith(button); button.focus(); };
  const yes = h("button", { type: "button", class: "button danger sure", onclick: () => { focusBack(); go(); } }, button.textContent);
  const no = h("button", { type: "button", class: "button secondary", onclick: focusBack }, "Back");
  const box = h("div", {
    class: "confirm", role: "group", "aria-label": question,
    onkeydown: (e) => { if (e.key === "Escape") { e.preventDefault(); e.stopPropagation(); focusBack(); } },
  }, h("span", null, question), yes, no);
  button.replaceWith(box);
  box.scrollIntoView({ block: "nearest" });
  yes.focus();
}

function pressed(button) {
  const { command, confirm, version } = button.dataset;
  const go = () => run(command, { room: button.dataset.room ?? store.open, version: version ? Number(version) : undefined, by: button });
  if (confirm) confirmIn(button, confirm, go);
  else go();
}

async function copy(button) {
  const text = button.parentElement.firstChild.textContent;
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied");
  } catch {
    getSelection().selectAllChildren(button.parentElement);
    toast("Selected; press Ctrl C", "info");
  }
}

/** Adds a Copy button to each command line. */
export function copyable(root = document) {
  for (const pre of root.querySelectorAll("pre[data-copy]:not(:has(button))")) {
    pre.append(h("button", { type: "button", class: "button secondary copy-button", onclick: (e) => copy(e.currentTarget) }, icon("copy"), "Copy"));
  }
}

export function start() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-command]");
    if (button) pressed(button);
  });
  new MutationObserver(() => copyable()).observe($("main"), { childList: true, subtree: true });
  copyable();
  startSending((entry, answer) => {
    if (!entry.text.startsWith("/") || entry.text.startsWith("//")) {
      if (onConsole) return pend(entry, answer);
    }
    return answer.then(({ reply }) => show(reply, { room: entry.room, said: entry.text }), (error) => failed(error, entry.text));
  });
}
