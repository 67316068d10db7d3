// Runs the script of a report's page over an imitation of the page, and prints what it lists after each search.
// Arguments: the script, the number of rows of a group, and the searches.
import { readFileSync } from "node:fs";

const [script, rows, ...searches] = process.argv.slice(2);
const group = (number) => ({
  open: number === 0,
  hidden: false,
  querySelector: () => ({ textContent: `Type${number}` }),
  rows: Array.from({ length: Number(rows) }, (_, row) => ({
    hidden: false,
    textContent: `Type${number}.field${row} was ${row % 2 ? "Removed" : "added"}`,
  })),
  querySelectorAll() { return this.rows; },
});
const groups = Array.from({ length: 10 }, (_, number) => group(number));
const elements = {
  search: { value: "", addEventListener(_, listener) { this.listener = listener; } },
  searching: { hidden: true },
  found: { textContent: "" },
};
const frames = [];
const run = new Function("document", "requestAnimationFrame", readFileSync(script, "utf8"));
run({ getElementById: (id) => elements[id], querySelectorAll: () => groups }, (frame) => frames.push(frame));
for (const text of searches) {
  elements.search.value = text;
  elements.search.listener();
  elements.search.listener();
  const drawn = frames.length;
  frames.splice(0).forEach((frame) => frame());
  const listed = groups.flatMap((one) => (one.hidden ? [] : one.rows.filter((row) => !row.hidden))).length;
  const open = groups.filter((one) => one.open && !one.hidden).length;
  console.log(JSON.stringify({ drawn, listed, open, found: elements.found.textContent, box: !elements.searching.hidden }));
}
