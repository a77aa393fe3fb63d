// My profile: small forms that say `/oncall contact …`.

import { $, busy, toast } from "./dom.js";
import { emit } from "./store.js";
import { say } from "./send.js";
import { showCard } from "./actions.js";

const quote = (text) => `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;

/** What each form says. */
const LINES = {
  verify: (form, { code }) => `verify ${form.dataset.id} ${code}`,
  add(form, { kind, address, label }) {
    const { gateway } = form.elements.kind.selectedOptions[0].dataset;
    return `add ${quote(`${kind} ${address}`.trim())}${label ? ` label:${quote(label)}` : ""}${gateway ? ` gateway:${quote(gateway)}` : ""}`;
  },
  weekly: (_, { weekly }) => `weekly ${weekly}`,
  quiet: (_, { from, until }) => `quiet ${from}-${until}`,
  rules(form) {
    const rules = [...form.querySelectorAll(".rule-list .rule")].map((row) => {
      const [after, method] = [row.querySelector("[name=after]").value, row.querySelector("[name=method]").value];
      return Number(after) ? `${method}@${after}m` : method;
    });
    return `rules ${form.dataset.urgency} ${rules.join(" ") || "default"}`;
  },
};

async function submit(form) {
  const button = form.querySelector("[type=submit]");
  if (button.getAttribute("aria-disabled")) return;
  const ready = busy(button);
  try {
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
    const { reply } = await say({ room: null, text: `/oncall contact ${LINES[form.dataset.line](form, values)}` }).answer;
    if (reply.outcome === "done") {
      form.classList.remove("dirty");
      form.reset();
      help(form);
      button.focus(); // While a field has the focus the page is not read again.
      emit("sync");
    }
    showCard({ ...reply, post: { ...reply.post, tone: reply.outcome === "done" ? "good" : "warning" } });
  } catch (error) {
    toast(error.message, "critical");
  } finally {
    ready();
  }
}

function help(form) {
  const select = form.elements.kind;
  if (select) form.querySelector("p[data-help]").textContent = select.selectedOptions[0]?.dataset.help ?? "";
}

export function start() {
  const main = $("main");
  main.addEventListener("submit", (event) => {
    if (!event.target.dataset.line) return;
    event.preventDefault();
    submit(event.target);
  });
  main.addEventListener("input", (event) => {
    const form = event.target.closest("[data-line]");
    form?.classList.add("dirty");
    if (form) help(form);
  });
  main.addEventListener("click", (event) => {
    const form = event.target.closest("form.rules");
    const more = event.target.closest("[data-more]");
    const drop = event.target.closest("[data-drop]");
    if (!form || !(more || drop)) return;
    form.classList.add("dirty");
    if (drop) drop.closest(".rule").remove();
    else {
      form.querySelector("[data-none]")?.remove();
      form.querySelector(".rule-list").append(form.querySelector("template").content.cloneNode(true));
      form.querySelector(".rule:last-child input").focus();
    }
  });
}
