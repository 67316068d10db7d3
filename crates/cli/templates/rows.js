"use strict";
// Shows the rows of a page, a part of them at a time. All texts are set as text, never as HTML.
const find = (id) => document.getElementById(id);
const make = (tag, name, ...parts) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...parts);
  return node;
};
const fill = (id, texts, count) => {
  texts.forEach((text, number) => {
    const option = make("option", "", `${text} (${count(number)})`);
    option.value = String(number);
    find(id).append(option);
  });
};
const plus = (map, key) => map.set(key, (map.get(key) || 0) + 1);

// `read` makes rows of the data, each with a `text` to search in, and fills the filters; `draw` makes the element of a row;
// `chosen` returns what decides whether the filters let a row through.
const showRows = async ({ noun, advice, read, draw, chosen }) => {
  const SIZE = 100;
  if (!find("rows")) return;
  const status = (text) => { find("status").textContent = text; };
  let all;
  try {
    const bytes = Uint8Array.from(atob(find("entries").textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    all = read(JSON.parse(await new Response(stream).text()));
  } catch {
    status(`This browser cannot show the ${noun}: use a newer one, or print them with ${advice}.`);
    return;
  }
  let found = all, first = 0;
  const show = () => {
    const last = Math.min(first + SIZE, found.length);
    find("rows").replaceChildren(...found.slice(first, last).map(draw));
    const total = found.length === all.length ? `${all.length} ${noun}` : `${found.length} of ${all.length} ${noun}`;
    status(last - first < found.length ? `${first + 1} to ${last} of ${total}` : total);
    find("previous").hidden = first === 0;
    find("next").hidden = last === found.length;
  };
  const filter = () => {
    const text = find("search").value.trim().toLowerCase();
    const fits = chosen();
    found = all.filter((row) => fits(row) && row.text.includes(text));
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
  // On paper there are no further parts to turn to.
  addEventListener("beforeprint", () => find("rows").replaceChildren(...found.map(draw)));
  addEventListener("afterprint", show);
  find("filters").hidden = false;
  // A browser may restore what was chosen before the page was loaded again.
  filter();
};
const checked = (name) => new Set([...find("filters").querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
