// Elements, announcements and toasts.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element: `h("a", {href, class, "data-x", onclick}, ...children)`. Texts become text nodes, never HTML. */
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "value") el.value = value;
    else if (name === "html") el.innerHTML = value; // Only for what the server has made safe.
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

/** An icon of the sprite in icons.html. */
export function icon(name, props) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [k, v] of Object.entries({ class: "icon", "aria-hidden": "true", focusable: "false", width: 16, height: 16, ...props })) svg.setAttribute(k, v);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The text of what the server has made safe, on one line. */
export const plain = (html) => h("div", { html: (html ?? "").replace(/<(br|\/li|\/p|\/blockquote|li)>/g, " $&") }).textContent.replace(/\s+/g, " ").trim();

export const $ = (id) => document.getElementById(id);

/** An initial in a tint that belongs to the person. */
export function avatar(id, name) {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.codePointAt(0)) % 6;
  return h("span", { class: `avatar hue-${sum}`, "aria-hidden": "true" }, [...(name || id)][0] ?? "?");
}

/** Announces a text to screen readers, politely and once. */
let announced = "";
export function announce(text) {
  const said = text.replace(/\s+/g, " ").trim().slice(0, 240);
  const region = $("announce");
  if (!region || !said || said === announced) return;
  announced = said;
  region.replaceChildren(h("p", null, said));
}

/** A short confirmation that disappears after seconds. */
export function toast(content, tone = "good") {
  const node = h("div", { class: "toast", role: "status" }, icon(`tone-${tone}`, { class: `icon tone-${tone}` }), h("span", null, content));
  $("toasts")?.append(node);
  setTimeout(() => node.remove(), tone === "critical" ? 10_000 : 5_000);
}

/** Marks an element busy; after 300 ms it shows a spinner. Returns the function that ends it. */
export function busy(el) {
  el.classList.add("busy");
  el.setAttribute("aria-disabled", "true");
  const timer = setTimeout(() => el.classList.add("slow"), 300);
  return () => {
    clearTimeout(timer);
    el.classList.remove("busy", "slow");
    el.removeAttribute("aria-disabled");
  };
}

export const isTyping = (el) => Boolean(el?.closest?.("input, textarea, select, [contenteditable]"));

/** Session storage that may be absent. */
export const memory = {
  get(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  },
  set(key, value) {
    try {
      if (value === null || value === "") sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(value));
    } catch { /* Full or forbidden: drafts are a comfort, not a promise. */ }
  },
};
