// What a reader with eyes, a keyboard, a thumb or a screen reader needs of a page. Returns a list of complaints.
const small = arguments[0];
const wrong = [];
const name = (el) => {
  const id = el.id ? `#${el.id}` : "";
  const cls = typeof el.className === "string" && el.className ? `.${el.className.trim().split(/\s+/).join(".")}` : "";
  return `<${el.tagName.toLowerCase()}${id}${cls}> "${(el.textContent || "").trim().slice(0, 40)}"`;
};
const shown = (el) => el.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) && !el.closest("[aria-hidden=true], .unseen, .sprite");
const say = (what, el) => wrong.push(`${what}: ${name(el)}`);
const all = (css) => [...document.querySelectorAll(css)];

// Structure
if (!document.documentElement.lang) wrong.push("the page names no language");
if (!document.title.trim()) wrong.push("the page has no title");
if (all("main").length !== 1) wrong.push(`${all("main").length} main landmarks`);
const headings = all("h1").filter((el) => el.checkVisibility());
if (headings.length !== 1) wrong.push(`${headings.length} visible h1`);
const ids = new Map();
for (const el of all("[id]")) ids.set(el.id, (ids.get(el.id) ?? 0) + 1);
for (const [id, n] of ids) if (n > 1) wrong.push(`id ${id} is there ${n} times`);
for (const attr of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "aria-activedescendant"]) {
  for (const el of all(`[${attr}]`)) {
    for (const id of el.getAttribute(attr).split(/\s+/)) if (id && !document.getElementById(id)) say(`${attr} points to nothing (${id})`, el);
  }
}
for (const el of all("[style]")) say("an inline style", el);
for (const el of all("[tabindex]")) if (el.tabIndex > 0) say("a tabindex above 0", el);
for (const el of all("ul > :not(li, script, template), ol > :not(li, script, template)")) say("not a list item in a list", el);
for (const el of all("[role=option]")) if (!el.closest("[role=listbox]")) say("an option without a listbox", el);

// Names
const label = (el) => {
  const by = el.getAttribute("aria-labelledby");
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
  if (el.getAttribute("aria-label")) return el.getAttribute("aria-label").trim();
  if (el.labels?.length) return [...el.labels].map((l) => l.textContent).join(" ").trim();
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName)) return el.title;
  return (el.textContent.trim() || el.title || "").trim();
};
const modal = document.querySelector("dialog:modal");
const reach = (el) => !modal || modal.contains(el);
const controls = all("a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]").filter((el) => shown(el) && reach(el));
for (const el of controls) if (!label(el)) say("a control without a name", el);
for (const el of all("[role=img], img, [role=region], [role=group], [role=radiogroup], [role=listbox], dialog, nav, aside").filter(shown)) if (!label(el) && el.getAttribute("alt") === null) say("a landmark or picture without a name", el);
for (const el of all("table").filter(shown)) if (!el.querySelector("th[scope]")) say("a table without header cells", el);

// Sizes
const wide = document.documentElement.scrollWidth - window.innerWidth;
if (wide > 0) wrong.push(`the page is ${wide} px too wide`);
if (small) {
  for (const el of controls) {
    const box = DOMRect.fromRect(el.closest("label")?.getBoundingClientRect() ?? el.getBoundingClientRect());
    const more = getComputedStyle(el, "::after");
    if (more.position === "absolute") { box.width -= parseFloat(more.left) + parseFloat(more.right) || 0; box.height -= parseFloat(more.top) + parseFloat(more.bottom) || 0; }
    const inText = el.tagName === "A" && getComputedStyle(el).display === "inline";
    if (!inText && !el.classList.contains("skip") && (box.width < 43.5 || box.height < 43.5)) say(`a target of ${Math.round(box.width)} x ${Math.round(box.height)} px`, el);
  }
}

// Contrast
const rgba = (text) => {
  const m = /rgba?\(([^)]+)\)/.exec(text);
  if (!m) return null;
  const [r, g, b, a = 1] = m[1].split(/[\s,/]+/).filter(Boolean).map(Number);
  return [r, g, b, a];
};
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const light = (c) => {
  const [r, g, b] = c.map((v) => { const s = v / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => { const [hi, lo] = [light(a), light(b)].sort((x, y) => y - x); return (hi + 0.05) / (lo + 0.05); };
const behind = (el) => {
  const stack = [];
  for (let at = el; at; at = at.parentElement) {
    const c = rgba(getComputedStyle(at).backgroundColor);
    if (c && c[3] > 0) { stack.push(c); if (c[3] === 1) break; }
  }
  return stack.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
};
const seen = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const el = node.parentElement;
  if (!node.textContent.trim() || !el || seen.has(el) || !shown(el) || el.closest("noscript, script, style, option, [aria-disabled=true], .pending, .flash") || el.tagName === "TITLE" || el.tagName === "title") continue;
  seen.add(el);
  if (!reach(el)) continue;
  const style = getComputedStyle(el);
  const bg = behind(el);
  const fg = over(rgba(style.color) ?? [0, 0, 0, 1], bg);
  const size = parseFloat(style.fontSize);
  const need = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
  const got = ratio(fg, bg);
  if (got < need - 0.005) say(`contrast ${got.toFixed(2)}, needs ${need}`, el);
}
for (const el of all("input, textarea, select").filter((x) => shown(x) && reach(x) && !["radio", "checkbox", "hidden"].includes(x.type))) {
  const line = rgba(getComputedStyle(el).borderBottomColor);
  const got = ratio(over(line, behind(el)), behind(el.parentElement));
  if (got < 2.995 && parseFloat(getComputedStyle(el).borderBottomWidth) && !el.closest(".palette")) say(`the border of a field has contrast ${got.toFixed(2)}, needs 3`, el);
}

// Nothing leaves the host
for (const entry of performance.getEntriesByType("resource")) {
  const url = new URL(entry.name);
  if (!["data:", "blob:"].includes(url.protocol) && url.origin !== location.origin) wrong.push(`a request left the host: ${entry.name}`);
}
return wrong;
