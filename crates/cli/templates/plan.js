"use strict";
// Shows the entries of a plan, a page at a time. All texts are set as text, never as HTML.
(async () => {
  const SIZE = 100;
  const find = (id) => document.getElementById(id);
  if (!find("rows")) return;
  const make = (tag, name, ...parts) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.append(...parts);
    return node;
  };
  const status = (text) => { find("status").textContent = text; };
  let data;
  try {
    const bytes = Uint8Array.from(atob(find("entries").textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    data = JSON.parse(await new Response(stream).text());
  } catch {
    status("This browser cannot show the entries: use a newer one, or print them with `ti show`.");
    return;
  }
  const words = (value) => Array.isArray(value) ? value.map(words).join(", ") : value === null ? "" : String(value);
  const all = data.rows.map(([action, line, label, name, reason, problem, changes, id, found]) => {
    const texts = [label, name, id, problem, line && `line ${line}`, reason === null ? "" : data.reasons[reason],
      found && `found by ${found}`];
    for (const [, after, before] of changes) texts.push(words(after), before === undefined ? "" : words(before));
    return { action, line, label, name, id, found, reason, problem, changes, text: texts.filter(Boolean).join("\n").toLowerCase() };
  });

  const value = (value) => {
    if (value === null) return make("i", "soft", data.none);
    if (value === "") return make("i", "soft", "(empty)");
    if (Array.isArray(value) && value.length === 0) return make("i", "soft", "(none)");
    return make("bdi", "", words(value));
  };
  const change = ([field, after, before, unknown]) => {
    const line = make("div", "", make("b", "", data.fields[field]), " ");
    if (unknown) line.append(make("i", "soft", "(unknown)"), " → ");
    else if (before !== undefined) {
      const old = value(before);
      if (old.tagName === "BDI") old.className = "before";
      line.append(old, " → ");
    }
    line.append(value(after));
    return line;
  };
  const row = (entry) => {
    const [kind, title] = data.actions[entry.action];
    const who = make("td", "who");
    if (entry.name) who.append(make("bdi", "", entry.name), make("br"), make("bdi", "soft small", entry.label));
    else who.append(make("bdi", "", entry.label));
    if (entry.id) who.append(make("br"), make("code", "soft", entry.id));
    const why = make("td", "small", make("span", `tag ${kind}`, kind));
    why.title = title;
    if (entry.problem) why.append(make("div", "problem", entry.problem));
    if (entry.reason !== null) why.append(make("div", "", data.reasons[entry.reason]));
    if (entry.found) why.append(make("div", "soft", `found by ${entry.found}`));
    const line = make("td", "soft small");
    if (entry.line) line.append(make("span", "narrow", "line "), String(entry.line));
    return make("tr", "", line, who, why, make("td", "change small", ...entry.changes.map(change)));
  };

  const fill = (id, texts, count) => {
    texts.forEach((text, number) => {
      const option = make("option", "", `${text} (${count(number)})`);
      option.value = String(number);
      find(id).append(option);
    });
  };
  const reasons = new Map(), fields = new Map();
  const plus = (map, key) => map.set(key, (map.get(key) || 0) + 1);
  for (const entry of all) {
    if (entry.reason !== null) plus(reasons, entry.reason);
    for (const field of new Set(entry.changes.map(([field]) => field))) plus(fields, field);
  }
  fill("reason", data.reasons, (number) => reasons.get(number) || 0);
  fill("field", data.fields, (number) => fields.get(number) || 0);

  let found = all, first = 0;
  const show = () => {
    const last = Math.min(first + SIZE, found.length);
    find("rows").replaceChildren(...found.slice(first, last).map(row));
    const total = found.length === all.length ? `${all.length} entries` : `${found.length} of ${all.length} entries`;
    status(last - first < found.length ? `${first + 1} to ${last} of ${total}` : total);
    find("previous").hidden = first === 0;
    find("next").hidden = last === found.length;
  };
  const filter = () => {
    const text = find("search").value.trim().toLowerCase();
    const [reason, field] = [find("reason").value, find("field").value];
    const kinds = new Set([...find("filters").querySelectorAll("[name=action]:checked")].map((box) => box.value));
    found = all.filter((entry) => kinds.has(data.actions[entry.action][0])
      && (reason === "" || entry.reason === Number(reason))
      && (field === "" || entry.changes.some(([own]) => own === Number(field)))
      && entry.text.includes(text));
    first = 0;
    show();
  };
  let timer;
  const later = () => { clearTimeout(timer); timer = setTimeout(filter, 120); };
  const turn = (by) => { first += by; show(); find("status").scrollIntoView(); };
  find("filters").addEventListener("input", later);
  find("filters").addEventListener("submit", (event) => event.preventDefault());
  find("previous").addEventListener("click", () => turn(-SIZE));
  find("next").addEventListener("click", () => turn(SIZE));
  find("filters").hidden = false;
  // A browser may restore what was chosen before the page was loaded again.
  filter();
})();
