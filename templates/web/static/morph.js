// Makes one tree look like another by touching only what differs: focus, scroll places, open folds and a press that is
// half done stay where they are.

/** Classes that the script puts on, and attributes that belong to the reader. */
const OWN = ["here", "flash", "busy", "slow"];
const KEPT = new Set(["open", "aria-disabled", "class"]);

const key = (el) => el.dataset?.field ?? el.dataset?.command ?? el.id ?? "";
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== Node.ELEMENT_NODE || key(a) === key(b));

function attributes(from, to) {
  for (const { name } of [...from.attributes]) if (!KEPT.has(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (!KEPT.has(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  const own = OWN.filter((c) => from.classList.contains(c));
  const wanted = [to.getAttribute("class") ?? "", ...own].filter(Boolean).join(" ");
  if ((from.getAttribute("class") ?? "") !== wanted) {
    if (wanted) from.setAttribute("class", wanted);
    else from.removeAttribute("class");
  }
}

/** Changes `from` into `to`; nodes of `to` may be taken over. */
export function morph(from, to) {
  if (from.isEqualNode(to)) return;
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  attributes(from, to);
  let at = from.firstChild;
  for (const child of [...to.childNodes]) {
    // Something that stood before it is gone: look a little further before making it anew.
    let match = at;
    for (let n = 0; match && n < 12 && !alike(match, child); n += 1) match = match.nextSibling;
    if (match && alike(match, child)) {
      while (at !== match) { const gone = at; at = at.nextSibling; gone.remove(); }
      at = match.nextSibling;
      morph(match, child);
    } else from.insertBefore(child, at);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}
