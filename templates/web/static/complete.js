// Completion of commands, options, people and keys. Pure: text and caret in, suggestions out.

const norm = (s) => s.toLowerCase();

/** The words of a line with their places; quotes keep spaces together. */
export function words(text) {
  const out = [];
  const pattern = /(?:[^\s"]|"[^"]*"?)+/g;
  for (let m = pattern.exec(text); m; m = pattern.exec(text)) out.push({ text: m[0], from: m.index, to: m.index + m[0].length });
  return out;
}

/** The command a line begins with: its spec and how many words it took. */
export function commandOf(list, commands) {
  const said = list.map((w) => norm(w.text));
  let best = null;
  for (const spec of commands) {
    for (const name of [spec.command, ...(spec.aliases ?? [])]) {
      const parts = name.split(" ");
      const fits = parts.every((p, i) => said[i] === (i === 0 ? `/${p}` : p));
      if (fits && (!best || parts.length > best.took)) best = { spec, took: parts.length };
    }
  }
  return best;
}

const score = (text, typed) => {
  const t = norm(text);
  if (!typed) return 1;
  if (t.startsWith(typed)) return 4;
  if (t.split(/[\s-]/).some((w) => w.startsWith(typed))) return 3;
  return t.includes(typed) ? 2 : 0;
};

const best = (items, typed, most) => items
  .map((item) => ({ item, n: Math.max(score(item.label, typed), score(item.word ?? "", typed)) }))
  .filter(({ n }) => n > 0)
  .sort((a, b) => b.n - a.n)
  .slice(0, most)
  .map(({ item }) => item);

function people(world, typed) {
  const all = world.people.map((p) => ({ insert: `@${p.id}`, label: `@${p.id}`, word: p.name, help: p.name }));
  return best(all, typed, 8);
}

function keys(world, typed) {
  const all = world.incidents.map((i) => ({ insert: i.key, label: i.key, word: i.title, help: i.title, soft: true }));
  return all.filter((i) => norm(i.label).startsWith(typed));
}

function commandItems(world, typed) {
  const want = typed.replace(/^\//, "");
  const all = world.commands.map((c) => ({ insert: `/${c.command}`, label: `/${c.command}`, word: `${c.command} ${c.command.split(" ").at(-1)}`, help: c.summary, command: true }));
  const begins = all.filter((c) => norm(c.label).startsWith(`/${want}`));
  if (begins.length) return begins.slice(0, 12);
  const last = want.split(" ").at(-1);
  return all.filter((c) => norm(c.label).split(" ").some((w) => w.replace("/", "").startsWith(last))).slice(0, 12);
}

const quoted = (v) => (/[\s"]/.test(v) ? `"${v.replaceAll('"', "")}"` : v);
const isPositional = (o) => o.positional ?? o.required;

/** Which options a command line has filled already. */
function filled(spec, args) {
  const named = new Set();
  let count = 0;
  for (const w of args) {
    const name = /^([a-z_]+):/.exec(norm(w.text))?.[1];
    if (name && spec.options.some((o) => o.name === name)) named.add(name);
    else count += 1;
  }
  const places = spec.options.filter((o) => isPositional(o) && !named.has(o.name));
  for (const o of places.slice(0, count)) named.add(o.name);
  return named;
}

function valuesOf(option, world, typed, prefix = "") {
  if ((option.kind === "person" || option.kind === "people" || option.kind === "whom") && (typed.startsWith("@") || !option.choices?.length)) {
    return people(world, typed.replace(/^@/, "")).map((i) => ({ ...i, insert: prefix + i.insert }));
  }
  const choices = (option.choices ?? []).map(([value, label]) => ({ insert: prefix + quoted(value), label: value, word: label, help: label === value ? option.help : label }));
  return best(choices, typed, 12);
}

/** What fits at the caret; a soft item is never taken by Enter unless it was marked: `{from, to, items: [{insert, label, help, soft}], hint: {spec, next, filled}|null}`. */
export function complete(text, caret, world) {
  const before = text.slice(0, caret);
  const list = words(before);
  const open = list.length && list.at(-1).to === caret ? list.at(-1) : { text: "", from: caret, to: caret };
  const typed = norm(open.text);
  const none = { from: caret, to: caret, items: [], hint: null };
  if (before.startsWith("/") && !before.startsWith("//")) {
    const done = open.text ? list.slice(0, -1) : list;
    const found = commandOf(done, world.commands);
    if (!found) {
      if (before.includes("\n")) return none;
      const whole = commandOf(list, world.commands);
      return { from: 0, to: caret, items: commandItems(world, norm(before)), hint: whole && { spec: whole.spec, next: null, filled: new Set() } };
    }
    const longer = open.text ? world.commands.filter((c) => norm(`/${c.command}`).startsWith(norm(before).trim())) : [];
    if (longer.length && !commandOf(list, longer)) return { from: 0, to: caret, items: commandItems(world, norm(before)), hint: null };
    return inCommand(found.spec, done.slice(found.took), open, typed, world);
  }
  if (typed.startsWith("@")) return { from: open.from, to: caret, items: people(world, typed.slice(1)), hint: null };
  if (/^[a-z]+-\d*$/.test(typed)) return { from: open.from, to: caret, items: keys(world, typed), hint: null };
  return none;
}

function inCommand(spec, args, open, typed, world) {
  const have = filled(spec, args);
  const next = spec.options.find((o) => isPositional(o) && !have.has(o.name)) ?? null;
  const hint = { spec, next, filled: have };
  const at = { from: open.from, to: open.to, hint };
  const named = /^([a-z_]+):(.*)$/.exec(open.text);
  const option = named && spec.options.find((o) => o.name === named[1]);
  if (option) return { ...at, items: valuesOf(option, world, norm(named[2]), `${option.name}:`) };
  if (typed.startsWith("@")) return { ...at, items: people(world, typed.slice(1)) };
  if (/^[a-z]+-\d*$/.test(typed)) return { ...at, items: keys(world, typed) };
  const values = next ? valuesOf(next, world, typed) : [];
  const names = spec.options
    .filter((o) => !have.has(o.name) && o !== next && norm(o.name).startsWith(typed))
    .map((o) => ({ insert: `${o.name}:`, label: `${o.name}:`, help: o.help, open: true, soft: true }));
  return { ...at, items: [...values, ...names].slice(0, 14) };
}
