// Checks the structure of src: imports point inwards, there are no import cycles, folders are small, and names are
// meaningful. docs/architecture.md has a picture of `mayImport`.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** What each folder of src may import besides itself and core. */
const mayImport = {
  core: [],
  codec: [],
  registry: [],
  transport: ["codec", "registry"],
  broker: ["registry", "transport"],
  selector: ["registry"],
  client: ["codec", "registry", "transport", "broker", "selector"],
  server: ["codec", "transport", "broker"],
  plugins: ["codec", "registry", "transport", "broker", "selector", "client", "server"],
  service: ["codec", "registry", "transport", "broker", "selector", "client", "server", "plugins"],
  http: ["codec", "registry", "transport", "selector", "client", "plugins"],
  agent: ["transport", "http"],
  sidecar: ["registry", "broker", "client", "service", "http"],
  api: ["registry", "selector", "client", "service", "http"],
  web: ["codec", "registry", "broker", "selector", "client", "server", "service", "http"],
  dev: ["registry", "plugins", "service", "http", "agent", "sidecar", "api", "web"],
  cli: [
    "registry",
    "transport",
    "broker",
    "client",
    "plugins",
    "service",
    "http",
    "sidecar",
    "api",
    "web",
    "dev",
  ],
  commands: ["registry", "broker", "client", "http", "agent", "sidecar", "api", "web", "dev", "cli"],
  testing: ["codec", "registry", "transport", "broker", "selector"],
};

/** Most files in a folder. `commands` is exempt, because its paths are the command line. */
const crowded = 16;

/** Names without meaning. */
const vague = /^(util|utils|helper|helpers|common|misc|shared|manager|stuff|base|lib|impl)$/;

/** Private words for what has a common name: say request tracker, not ledger; keepalive, not pulse. */
const riddles = new RegExp(
  `^(${[
    "rounds|within|joined|whole|intake|ledger|edge|turn|under-way|gate|sweep|outbox|inbox|outflow|pulse|link|pipe",
    "relayed|publishing|audience|told|sink|slots|away|watching|rereading|beside|reached|in-order|in-time|place",
    "leash|watchdog|nearest|failure|wakeable|contained|last-resort|last-words|only-ours|passage|misconfigured",
    "untried|inflow|owed-answers|consuming|useless-flags|stale|outgoing|incoming|described-numbers",
  ].join("|")})$`,
);

const root = fileURLToPath(new URL("../", import.meta.url));
const offences = [];

const files = sourceFiles("src");
const imports = new Map(files.map((file) => [file, importsOf(file)]));

for (const [file, targets] of imports) {
  const from = area(file);
  if (from === undefined) continue;
  if (!(from in mayImport))
    offences.push(`${file}: src/${from} is not in the table of scripts/check-house.js`);
  for (const target of targets) {
    const to = area(target);
    if (to === undefined || to === from || to === "core" || mayImport[from]?.includes(to)) continue;
    offences.push(`${file} imports ${target}: src/${from} may not know src/${to}`);
  }
}
for (const circle of circles(imports))
  offences.push(`files import each other in a circle: ${circle.join(" → ")}`);
for (const folder of new Set(files.flatMap(parents))) {
  const rooms = roomsOf(folder);
  for (const circle of circles(rooms))
    offences.push(`rooms import each other in a circle: ${circle.join(" → ")}`);
  const count = files.filter((file) => dirname(file) === folder).length;
  if (count > crowded && folder !== "src/commands")
    offences.push(`${folder} holds ${count} files, more than ${crowded}: give it rooms`);
}
for (const file of files) {
  for (const name of exportedBy(file)) {
    const words = name.replace(/(?<=[a-z\d])(?=[A-Z])/g, "-").toLowerCase();
    if (vague.test(words) || riddles.test(words))
      offences.push(`${file} exports ${name}, which tells nobody what it is`);
  }
  for (const part of file.replace(/\.ts$/, "").split("/"))
    if (vague.test(part) || riddles.test(part)) offences.push(`${file}: "${part}" tells nobody what it is`);
}

for (const page of [
  "docs/architecture.md",
  "docs/architecture/walks.md",
  "docs/architecture/where-to-add.md",
])
  for (const [at, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    if (line.length > 160) offences.push(`${page}:${at + 1}: longer than 160 columns`);
    for (const path of pathsIn(line))
      if (!existsSync(join(root, "src", path)) && !existsSync(join(root, path)))
        offences.push(`${page}:${at + 1}: there is no ${path}`);
  }

// Lists whose rows name their tests, with or without the ending, such as `api/early-answer`.
for (const page of ["docs/threats.md", "docs/reliability-goals.md"])
  for (const [at, line] of readFileSync(join(root, page), "utf8").split("\n").entries()) {
    const tests = line.startsWith("|") ? pathsIn(line) : [];
    for (const path of tests)
      if (
        !["", "test/"].some((base) =>
          ["", ".test.ts"].some((end) => existsSync(join(root, base + path + end))),
        )
      )
        offences.push(`${page}:${at + 1}: there is no test ${path}`);
  }

for (const offence of offences) console.error(offence);
if (offences.length > 0) process.exit(1);

function sourceFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => posix.join(folder, ...file.split(/[\\/]/)));
}

/** Returns the files that a file imports, including type imports. */
function importsOf(file) {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g);
  const targets = [...found].map(([, name]) => posix.join(dirname(file), name.replace(/\.js$/, ".ts")));
  return new Set(targets.filter((target) => files.includes(target)));
}

/** Returns the files and folders that a line of documentation names, with `{a,b}` expanded. */
function pathsIn(line) {
  const named = [...line.matchAll(/`((?:[\w.-]+\/)+[\w.{},-]*)`/g)].map(([, path]) => path);
  return named.flatMap((path) => {
    const [, before, names, after] = /^(.*)\{(.*)\}(.*)$/.exec(path) ?? [];
    return names === undefined ? [path] : names.split(",").map((name) => before + name + after);
  });
}

/** Returns the names that a file declares and exports. */
function exportedBy(file) {
  const text = readFileSync(join(root, file), "utf8");
  const declared = text.matchAll(
    /^export (?:abstract |async )*(?:class|interface|type|function\*?|const) (\w+)/gm,
  );
  return [...declared].map(([, name]) => name);
}

/** Returns the folder of src that a file is in. Undefined for src/index.ts. */
function area(file) {
  return file.split("/").length > 2 ? file.split("/")[1] : undefined;
}

function parents(file) {
  const parts = dirname(file).split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Returns the subfolders ("rooms") of a folder, each with the sibling rooms that its files import. */
function roomsOf(folder) {
  const room = (file) => {
    const rest = file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split("/") : [];
    return rest.length > 1 ? `${folder}/${rest[0]}` : undefined;
  };
  const rooms = new Map();
  for (const [file, targets] of imports) {
    const own = room(file);
    if (own === undefined) continue;
    const known = rooms.get(own) ?? new Set();
    for (const target of targets)
      if (room(target) !== undefined && room(target) !== own) known.add(room(target));
    rooms.set(own, known);
  }
  return rooms;
}

/** Returns a cycle for each strongly connected part of a graph, as a path. */
function circles(graph) {
  const done = new Set();
  const found = [];
  const walk = (node, way) => {
    const at = way.indexOf(node);
    if (at >= 0) return found.push([...way.slice(at), node]);
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...way, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return found;
}
