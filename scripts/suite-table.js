// A reporter for node:test: prints which implementation passes which case of the suites in src/testing.

/** Titles of the suites in src/testing: the kind, and the implementation. */
const suites = [
  [/^(.+) as a registry$/, "registry"],
  [/^(.+) transport$/, "transport"],
  [/^broker (.+)$/, "broker"],
  [/^(.+) selector$/, "selector"],
  [/^(.+) strategy$/, "strategy"],
  [/^(.+) codec$/, "codec"],
];

function suiteOf(names) {
  for (const name of names)
    for (const [pattern, kind] of suites) {
      const match = pattern.exec(name);
      if (match) return { kind, implementation: match[1] };
    }
  return undefined;
}

export default async function* table(events) {
  const path = [];
  /** Results by kind, case and implementation. */
  const kinds = new Map();
  for await (const { type, data } of events) {
    if (type === "test:start") path.splice(data.nesting, Number.POSITIVE_INFINITY, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const above = path.slice(0, data.nesting);
    const suite = data.details?.type === "suite" ? undefined : suiteOf(above);
    if (!suite) continue;
    const cases = kinds.get(suite.kind) ?? kinds.set(suite.kind, new Map()).get(suite.kind);
    const results = cases.get(data.name) ?? cases.set(data.name, new Map()).get(data.name);
    const result = data.skip ? "skipped" : type === "test:pass" ? "pass" : "FAIL";
    results.set(suite.implementation, result);
  }
  for (const [kind, cases] of kinds) yield* section(kind, cases);
}

function* section(kind, cases) {
  const names = [...new Set([...cases.values()].flatMap((results) => [...results.keys()]))];
  yield `\n| ${kind} | ${names.join(" | ")} |\n| --- |${" --- |".repeat(names.length)}\n`;
  for (const [title, results] of cases)
    yield `| ${title} | ${names.map((name) => results.get(name) ?? "–").join(" | ")} |\n`;
}
