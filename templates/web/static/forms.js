// Forms are the bare slash commands: labels above, help under, errors beside; drafts survive a reload.

import { $, announce, busy, h, icon, memory } from "./dom.js";
import { deliveryId, getJson, store } from "./store.js";
import { sendForm } from "./send.js";
import { confirmIn } from "./actions.js";

const OPEN = "open form";
const FEW = 5;
let count = 0;

const draftKey = (form, room) => `form ${form.command} ${room ?? ""}`;

/** The control of one question. */
function control(input, id, value) {
  const base = { id, name: input.name, "aria-describedby": `${id}-help ${id}-error`, "aria-required": input.required ? "true" : null, "aria-invalid": input.error ? "true" : null };
  if (input.kind === "text") return h("textarea", { ...base, rows: 4, maxlength: 4000, value });
  if (input.kind === "flag") return h("div", { class: "choices" }, h("label", null, h("input", { ...base, type: "checkbox", checked: ["yes", "true", "on", "1"].includes(value) }), "Yes"));
  if (input.kind === "choices") return boxes(input, base, value);
  if (input.choices?.length && input.choices.length <= FEW && !input.name.includes(".")) return radios(input, base, value);
  if (input.kind === "choice" || input.kind === "person") return select(input, base, value);
  return h("input", { ...base, type: "text", maxlength: 1000, value, autocomplete: "off" });
}

function people(input) {
  return input.choices?.length ? input.choices : store.people.map((p) => [p.id, p.name]);
}

function select(input, base, value) {
  const choices = people(input);
  const el = h("select", base, (!input.required || !value) && h("option", { value: "" }, input.required ? "Choose…" : input.name.includes(".") ? `No change (${input.current ?? "not set"})` : "Not given"),
    choices.map(([v, label]) => h("option", { value: v }, label)));
  el.value = choices.some(([v]) => v === value) ? value : "";
  return el;
}

function radios(input, base, value) {
  return h("div", { class: "choices", role: "radiogroup", "aria-labelledby": `${base.id}-label`, "aria-describedby": base["aria-describedby"] },
    !input.required && h("label", null, h("input", { type: "radio", name: input.name, value: "", checked: !value }), "Not given"),
    input.choices.map(([v, label], i) => h("label", null, h("input", { type: "radio", id: i === 0 ? base.id : null, name: input.name, value: v, checked: v === value }), label)));
}

function boxes(input, base, value) {
  const on = value.split(",").map((v) => v.trim().replace(/^@/, ""));
  return h("div", { class: "choices many", role: "group", "aria-labelledby": `${base.id}-label`, "aria-describedby": base["aria-describedby"] },
    people(input).map(([v, label], i) => h("label", null, h("input", { type: "checkbox", id: i === 0 ? base.id : null, name: input.name, value: v, checked: on.includes(v.replace(/^@/, "")) }), label)));
}

function fieldEl(input, id, value) {
  const grouped = input.kind === "choices" || (input.choices?.length && input.choices.length <= FEW && input.kind !== "flag" && input.kind !== "text");
  const name = [input.label, !input.required && !input.unless && h("span", { class: "must" }, " optional")];
  return h("div", { class: `field${input.error ? " bad" : ""}`, "data-input": input.name },
    grouped ? h("span", { class: "field-label", id: `${id}-label` }, name) : h("label", { for: id, id: `${id}-label` }, name),
    control(input, id, value),
    h("p", { class: "help", id: `${id}-help` }, input.help),
    h("p", { class: "error", id: `${id}-error`, role: input.error ? "alert" : null, hidden: !input.error }, icon("tone-critical"), h("span", null, input.error ?? "")));
}

/** One picker for all inputs of the form `components.api`. */
function picker(inputs, values, ids) {
  return h("fieldset", { class: "field" }, h("legend", null, inputs[0].name.split(".")[0].replace(/^./, (c) => c.toUpperCase()), h("span", { class: "must" }, " the status that customers see")),
    h("div", { class: "pick" }, inputs.map((input) => {
      const id = ids();
      return h("div", { "data-input": input.name }, h("label", { for: id }, input.label), control(input, id, values[input.name] ?? input.value),
        h("p", { class: "error", id: `${id}-error`, hidden: !input.error }, input.error ?? ""), h("span", { id: `${id}-help`, hidden: true }));
    })));
}

function fields(form, values) {
  count += 1;
  let n = 0;
  const ids = () => `f${count}-${++n}`;
  const out = [];
  for (const input of form.inputs) {
    if (input.kind === "hidden") continue;
    if (!input.name.includes(".")) out.push(fieldEl(input, ids(), values[input.name] ?? input.value ?? ""));
    else if (!out.picked) {
      out.picked = true;
      out.push(picker(form.inputs.filter((i) => i.name.includes(".")), values, ids));
    }
  }
  return out;
}

/** What is filled in, by input name; several choices are joined by commas. */
function read(el, form) {
  const values = {};
  for (const input of form.inputs) {
    const found = [...el.querySelectorAll(`[name="${CSS.escape(input.name)}"]`)];
    const first = found[0];
    if (input.kind === "hidden") values[input.name] = input.value;
    if (!first) continue;
    if (input.kind === "flag") values[input.name] = first.checked ? "yes" : "no";
    else if (input.kind === "choices") values[input.name] = found.filter((b) => b.checked).map((b) => b.value).join(",");
    else if (first.type === "radio") values[input.name] = found.find((b) => b.checked)?.value ?? "";
    else values[input.name] = first.value;
  }
  return values;
}

/** What is sent: everything that is filled in. */
function options(form, values) {
  const out = [];
  for (const input of form.inputs) {
    const value = (values[input.name] ?? "").trim();
    if (input.kind === "flag" && value === "no" && !input.required && input.value !== "yes") continue;
    if (value) out.push([input.name, value]);
  }
  return out;
}

function problems(el, form, values) {
  let first = null;
  for (const input of form.inputs) {
    const box = el.querySelector(`[data-input="${CSS.escape(input.name)}"]`);
    const note = box?.querySelector(".error");
    if (!note) continue;
    const needed = input.required || (input.unless && !values[input.unless]);
    const missing = needed && !(values[input.name] ?? "").trim();
    const why = missing ? `${input.label} is required.` : "";
    note.hidden = !why;
    note.replaceChildren(...(why ? [icon("tone-critical"), why] : []));
    box.classList.toggle("bad", Boolean(why));
    const target = box.querySelector("input, select, textarea");
    if (why) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
    if (why && !first) first = target;
  }
  first?.focus();
  if (first) announce("Some fields need attention.");
  return Boolean(first);
}

function focusFirst(el) {
  const bad = el.querySelector(".bad :is(input, select, textarea)");
  const checked = el.querySelector(".dialog-body input[type=radio]:checked");
  const first = el.querySelector(".dialog-body :is(input, select, textarea)");
  (bad ?? (first?.type === "radio" ? checked ?? first : first) ?? el.querySelector(".dialog-foot .button"))?.focus();
}

/** Opens the dialog of a form; `answered` gets the reply that ends it. */
export function openForm(reply, room, version, answered) {
  document.querySelector("dialog.form")?.close();
  let form = reply.form;
  const key = draftKey(form, room);
  const body = h("div", { class: "dialog-body" });
  const submit = h("button", { class: `button ${form.confirm ? "danger" : "primary"}` }, form.submit);
  const foot = h("div", { class: "dialog-foot" }, h("span", { class: "hint" }, h("kbd", null, "Enter"), " sends"),
    h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel"), submit);
  const el = h("form", { novalidate: true }, body, foot);
  const title = `form-title-${count}`;
  const dialog = h("dialog", { class: "form", "aria-labelledby": title },
    h("div", { class: "dialog-head" }, h("h2", { id: title }, form.title), h("button", { type: "button", class: "bare", "aria-label": "Close form", onclick: () => dialog.close() }, icon("close"))), el);
  const fill = (view, values) => {
    // What is wrong with one field stands beside that field, and nowhere else.
    const note = view.html && !form.inputs.some((i) => i.error) && h("div", { class: `dialog-note html ${view.outcome === "asked" ? "" : "bad"}`, html: view.html });
    body.replaceChildren(...[note, ...fields(form, values)].filter(Boolean));
    $(title).textContent = form.title;
    fillFromTemplate(body, form);
  };
  const cancelled = new AbortController();
  let delivery = deliveryId();
  const send = async () => {
    if (submit.getAttribute("aria-disabled")) return;
    const values = read(el, form);
    const ready = busy(submit);
    try {
      const answer = await persist(() => sendForm({ delivery, room: room ?? null, command: form.command, options: options(form, values), ...(version ? { version } : {}) }), body, cancelled.signal);
      delivery = deliveryId();
      if (answer.reply.form) {
        form = answer.reply.form;
        fill(answer.reply, values);
        focusFirst(dialog);
        announce("Some fields need attention.");
      } else if (answer.reply.outcome === "done") {
        memory.set(key, null);
        dialog.close();
        answered(answer.reply, form.command);
      } else refuse(body, answer.reply.html, true);
    } catch (error) {
      if (!cancelled.signal.aborted) refuse(body, error.message, false);
    } finally {
      ready();
    }
  };
  el.addEventListener("submit", (event) => {
    event.preventDefault();
    if (problems(el, form, read(el, form))) return;
    if (form.confirm && submit.isConnected) confirmIn(submit, question(form, read(el, form)), send);
    else send();
  });
  el.addEventListener("input", () => memory.set(key, read(el, form)));
  el.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.shiftKey || event.target.matches("button")) return;
    event.preventDefault();
    if (submit.isConnected) el.requestSubmit();
  });
  dialog.addEventListener("close", () => { cancelled.abort(); memory.set(OPEN, null); dialog.remove(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  fill(reply, memory.get(key) ?? {});
  memory.set(OPEN, { command: form.command, room: room ?? null, at: location.pathname });
  dialog.showModal();
  focusFirst(dialog);
}

/** A chosen template fills the message, unless the reader wrote one. */
function fillFromTemplate(body, form) {
  const input = form.inputs.find((i) => i.texts?.length);
  const message = body.querySelector('[name="message"]');
  if (!input || !message) return;
  for (const control of body.querySelectorAll(`[name="${CSS.escape(input.name)}"]`)) {
    control.addEventListener("change", () => {
      const text = input.texts[input.choices.findIndex(([v]) => v === control.value)] ?? "";
      if (!message.value.trim() || input.texts.includes(message.value)) message.value = text;
    });
  }
}

/** What is asked before a form is sent, with the value that others will read. */
function question(form, values) {
  const shown = form.confirm_shows && values[form.confirm_shows];
  return shown ? `${form.confirm} Title: “${shown}”` : form.confirm;
}

function refuse(body, why, html) {
  body.querySelector(".dialog-note.bad")?.remove();
  const note = h("div", { class: "dialog-note bad html", role: "alert", ...(html ? { html: why } : {}) });
  if (!html) note.textContent = why;
  body.prepend(note);
  note.scrollIntoView({ block: "nearest" });
}

/** Repeats a request while the connection is away; what was typed stays where it is. */
async function persist(request, body, signal) {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 10_000)) {
    try {
      return await request();
    } catch (error) {
      if (!error.passing || signal.aborted) throw error;
      refuse(body, `${error.message} Trying again; it is sent once.`, false);
      await new Promise((go) => setTimeout(go, wait));
      if (signal.aborted) throw error;
    }
  }
}

/** Opens the form of a command. */
export async function ask(command, room, answered) {
  const query = new URLSearchParams({ command, ...(room ? { room } : {}) });
  const { reply } = await getJson(`/console/form?${query}`);
  if (reply.form) openForm(reply, room, undefined, answered);
  else answered(reply, command);
}

/** A form that was open when the page was reloaded opens again with its draft. */
export function reopen(answered) {
  const open = memory.get(OPEN);
  if (open?.at === location.pathname) ask(open.command, open.room, (reply, command) => answered(reply, open.room, command)).catch(() => memory.set(OPEN, null));
}
