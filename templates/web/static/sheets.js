// The rail and the side bar as sheets on small screens, and the theme switch.

import { $, icon } from "./dom.js";

let opener = null;

export function open(name) {
  const sheet = $(name);
  if (!sheet) return;
  for (const other of ["rail", "side"]) if (other !== name) shut(other);
  opener = document.activeElement;
  sheet.classList.add("open");
  $("shade").hidden = false;
  $(`open-${name}`)?.setAttribute("aria-expanded", "true");
  (sheet.querySelector(".sheet-close") ?? sheet).focus();
}

export function shut(name) {
  const sheet = $(name);
  if (!sheet?.classList.contains("open")) return false;
  sheet.classList.remove("open");
  $("shade").hidden = true;
  $(`open-${name}`)?.setAttribute("aria-expanded", "false");
  if (opener?.isConnected) opener.focus();
  return true;
}

export const shutAll = () => [shut("rail"), shut("side")].some(Boolean);

const THEMES = ["system", "light", "dark"];

function theme(next) {
  const root = document.documentElement;
  const chosen = next ?? root.dataset.theme ?? "system";
  if (chosen === "system") delete root.dataset.theme;
  else root.dataset.theme = chosen;
  try {
    if (chosen === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", chosen);
  } catch { /* No storage: it holds for this page. */ }
  const button = $("theme");
  button.replaceChildren(icon(`theme-${chosen}`));
  button.setAttribute("aria-label", `Theme: ${chosen}`);
  button.title = `Theme: ${chosen}`;
  return chosen;
}

/** Keeps Tab inside an open sheet. */
function trap(event) {
  const sheet = event.key === "Tab" && document.querySelector(".rail.open, .side.open");
  if (!sheet) return;
  const all = [...sheet.querySelectorAll("a[href], button, input, select, textarea")].filter((el) => el.offsetParent && !el.disabled);
  const at = all.indexOf(document.activeElement);
  if (event.shiftKey && at <= 0) { event.preventDefault(); all.at(-1)?.focus(); }
  else if (!event.shiftKey && (at < 0 || at === all.length - 1)) { event.preventDefault(); all[0]?.focus(); }
}

export function start() {
  document.addEventListener("click", (event) => {
    const el = event.target.closest?.("#open-rail, #open-side, [data-open=rail], [data-close], #shade");
    if (!el) return;
    if (el.id === "shade") shutAll();
    else if (el.dataset.close) shut(el.dataset.close);
    else open(el.id === "open-side" ? "side" : "rail");
  });
  $("rail").addEventListener("click", (event) => event.target.closest("a, [data-command], [data-open=palette]") && shut("rail"));
  document.addEventListener("keydown", trap);
  theme();
  $("theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(theme()) + 1) % 3]));
}
