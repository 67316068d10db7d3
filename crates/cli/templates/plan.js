// The entries of a plan, for rows.js.
(() => {
  let data;
  const words = (value) => Array.isArray(value) ? value.map(words).join(", ") : value === null ? "" : String(value);
  const read = (packed) => {
    data = packed;
    const reasons = new Map(), fields = new Map();
    const all = data.rows.map(([action, line, label, name, reason, problem, changes, id, found]) => {
      const texts = [label, name, id, problem, line && `line ${line}`, reason === null ? "" : data.reasons[reason],
        found && `found by ${found}`];
      for (const [, after, before] of changes) texts.push(words(after), before === undefined ? "" : words(before));
      if (reason !== null) plus(reasons, reason);
      for (const field of new Set(changes.map(([field]) => field))) plus(fields, field);
      return { action, line, label, name, id, found, reason, problem, changes, text: texts.filter(Boolean).join("\n").toLowerCase() };
    });
    fill("reason", data.reasons, (number) => reasons.get(number) || 0);
    fill("field", data.fields, (number) => fields.get(number) || 0);
    return all;
  };
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
  const draw = (entry) => {
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
  const chosen = () => {
    const [reason, field, kinds] = [find("reason").value, find("field").value, checked("action")];
    return (entry) => kinds.has(data.actions[entry.action][0])
      && (reason === "" || entry.reason === Number(reason))
      && (field === "" || entry.changes.some(([own]) => own === Number(field)));
  };
  showRows({ noun: "entries", advice: "`ti show`", read, draw, chosen });
})();
