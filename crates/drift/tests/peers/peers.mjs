// What graphql-js and graphql-inspector's core say of pairs of schemas with operations. Reads one JSON object per line
// from the file that is named first, and writes one per line to standard output.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const graphql = require("graphql");
const { diff } = require("@graphql-inspector/core");

// Fragments may be unused here: they are files of their own.
const rules = graphql.specifiedRules.filter((rule) => rule.name !== "NoUnusedFragmentsRule");
// An unused variable is not caused by a schema.
const faults = rules.filter((rule) => rule.name !== "NoUnusedVariablesRule");

const schema = (sdl) => graphql.buildSchema(sdl, { assumeValid: true, assumeValidSDL: true });

const place = (error) => {
  const node = error.nodes[0];
  return `${node.loc.source.name}:${node.loc.startToken.line}`;
};

function reached(operation, fragments) {
  const found = new Map();
  const waiting = [operation];
  while (waiting.length > 0) {
    graphql.visit(waiting.pop(), {
      FragmentSpread(node) {
        const fragment = fragments.get(node.name.value);
        if (fragment && !found.has(node.name.value)) {
          found.set(node.name.value, fragment);
          waiting.push(fragment);
        }
      },
    });
  }
  return { kind: "Document", definitions: [operation, ...found.values()] };
}

for (const line of readFileSync(process.argv[2], "utf8").split("\n")) {
  if (line === "") continue;
  const { old: oldText, new: newText, documents } = JSON.parse(line);
  let before, after;
  try {
    [before, after] = [schema(oldText), schema(newText)];
  } catch (error) {
    // graphql-js overflows the stack over a default that holds itself.
    console.log(JSON.stringify({ skipped: error.message }));
    continue;
  }
  const parsed = documents.map(({ path, text }) => graphql.parse(new graphql.Source(text, path)));
  const whole = graphql.concatAST(parsed);
  const options = { maxErrors: 100000 };
  const errors = graphql.validate(after, whole, rules, options)
    .filter((error) => !error.message.includes("must be non-nullable to be used for OneOf"))
    .map((error) => `${place(error)} ${error.message}`);
  const fragments = new Map();
  for (const node of whole.definitions) {
    if (node.kind === "FragmentDefinition") fragments.set(node.name.value, node);
  }
  const broken = whole.definitions
    .filter((node) => node.kind === "OperationDefinition")
    .filter((node) => {
      const document = reached(node, fragments);
      return (
        graphql.validate(before, document, faults, options).length === 0 &&
        graphql.validate(after, document, faults, options).length > 0
      );
    })
    .map((node) => node.name.value);
  const changes = (await diff(before, after)).map((it) => `${it.type} ${it.path ?? ""} ${it.criticality.level}`);
  console.log(JSON.stringify({ errors, broken, changes }));
}
