// The findings of a report, for rows.js.
(() => {
  let data;
  const read = (packed) => {
    data = packed;
    return data.rows.map(([kind, state, key, subject, standing, age, facts, fix]) => {
      const texts = [data.kinds[kind][1], key, subject, standing, fix, ...facts.map(([, fact]) => fact)];
      return { kind, state, key, subject, standing, age, facts, fix, text: texts.join("\n").toLowerCase() };
    });
  };
  const draw = (finding) => {
    const [kind, title] = data.kinds[finding.kind];
    const who = make("td", "who", make("bdi", "", finding.subject), make("br"), make("code", "soft change", finding.key));
    const what = make("td", "small", make("span", `tag ${kind} ${finding.state}`, title), make("div", "soft", finding.standing));
    const facts = finding.facts.map(([source, fact]) => make("div", "", make("b", "", source), " ", make("bdi", "", fact)));
    const why = make("td", "change small", ...facts);
    if (finding.fix) why.append(make("div", "update", `→ ${finding.fix}`));
    return make("tr", "", what, who, why);
  };
  const chosen = () => {
    const [state, age, kinds] = [find("state").value, Number(find("age").value), checked("kind")];
    return (finding) => kinds.has(data.kinds[finding.kind][0]) && (state === "" || finding.state === state) && finding.age >= age;
  };
  showRows({ noun: "findings", advice: "`ti reconcile -o csv`", read, draw, chosen });
})();
