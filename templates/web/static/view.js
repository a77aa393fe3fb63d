// One message as it is shown. Every `html` here was made safe by the server.

import { avatar, h, icon } from "./dom.js";
import { store } from "./store.js";
import { settle, timeEl } from "./time.js";

const FOLLOW = 5 * 60_000;

/** Whether a message goes under the one before it without a heading of its own. */
export function follows(message, before) {
  return Boolean(before) && message.author.kind === "person" && before.author.kind === "person"
    && message.author.id === before.author.id && Date.parse(message.at) - Date.parse(before.at) < FOLLOW;
}

/** Severity and status of a room's incident: word, shape and colour. */
export function marks(room) {
  if (room.kind !== "hot") return [];
  const out = [];
  if (room.severity) out.push(h("span", { class: `severity ${room.severity}` }, icon(room.severity), room.severity.toUpperCase()));
  if (room.status) out.push(h("span", { class: `status ${room.category}` }, icon(`status-${room.category}`), room.status));
  return out;
}

/** A button of a post. */
export function buttonEl(b, room) {
  return h("button", {
    type: "button", class: `button ${b.style}`, "data-command": b.command, "data-room": room,
    "data-confirm": b.confirm ?? null, "data-version": b.version ?? null,
  }, b.label);
}

function fieldEl(field) {
  const wide = field.html.includes("<a ") || field.html.replace(/<[^>]*>/g, "").length > 56;
  return h("div", { class: wide ? "wide" : null }, h("dt", null, field.name), h("dd", { html: field.html }));
}

/** The card of a post: of the bot, or an answer to the reader alone. */
export function card(view, room) {
  const { post } = view;
  const tone = post.tone ?? "plain";
  return h("div", { class: `post ${tone}` },
    view.title_html && h("div", { class: "post-title" }, icon(`tone-${tone}`, { class: `icon tone-${tone}` }), h("span", { html: view.title_html })),
    view.html && h("div", { class: "post-text html", html: view.html }),
    view.fields_html?.length > 0 && h("dl", { class: "post-fields" }, view.fields_html.map(fieldEl)),
    post.buttons?.length > 0 && h("div", { class: "post-buttons" }, post.buttons.map((b) => buttonEl(b, room))),
    view.footer_html && h("p", { class: "post-foot", html: view.footer_html }));
}

const isCard = ({ post }) => Boolean(post.title || post.fields?.length || post.buttons?.length);

const permalink = (m) => h("a", { href: `/rooms/${encodeURIComponent(m.room)}#m${m.id}` }, timeEl(m.at));
const edited = (m) => m.edited_at && h("span", { class: "edited", title: `Edited ${new Date(m.edited_at).toLocaleString()}` }, "edited");

/** A message of a room. */
export function messageEl(m, { follow }) {
  const el = h("li", { id: `m${m.id}`, class: "msg", tabindex: "-1", "data-id": String(m.id), "data-kind": m.post.kind });
  if (m.post.mentions?.includes(store.me.id)) el.classList.add("for-me");
  const bot = m.author.kind === "bot";
  const tone = m.post.tone ?? "plain";
  if (bot && !isCard(m)) {
    el.classList.add("line");
    el.append(h("span", { class: "msg-mark" }, icon(tone === "plain" ? "next" : `tone-${tone}`, { class: `icon tone-${tone}` })),
      h("div", { class: "msg-row" }, h("div", { class: "msg-body html", html: m.html }), permalink(m)));
  } else if (follow && !bot) {
    el.classList.add("follow");
    el.append(h("span", { class: "msg-side", "aria-hidden": "true" }, timeEl(m.at, "t")), h("div", { class: "msg-body html", html: m.html }, edited(m)));
  } else {
    el.append(bot ? h("span", { class: "avatar bot", "aria-hidden": "true" }, icon("logo")) : avatar(m.author.id, m.author.name),
      h("div", null,
        h("div", { class: "msg-head" }, h("b", null, m.author.name), permalink(m)),
        bot ? card(m, m.room) : h("div", { class: "msg-body html", html: m.html }, edited(m))));
  }
  settle(el);
  return el;
}

/** Talk that is on its way. */
export function pendingEl(entry) {
  const el = h("li", { class: "msg pending", tabindex: "-1", "data-delivery": entry.delivery });
  const note = h("p", { class: "msg-note" });
  el.append(avatar(store.me.id, store.me.name),
    h("div", null, h("div", { class: "msg-head" }, h("b", null, store.me.name)), h("div", { class: "msg-body prose" }, entry.text.replace(/^\/\//, "/")), note));
  return el;
}
