// Writes docs/settings.md from the table of settings. With --check, writes nothing, and exits with 1 if the page is
// stale.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { settingGroups } from "../src/core/settings/settings.ts";

const path = fileURLToPath(new URL("../docs/settings.md", import.meta.url));

const titles = {
  PARTS: "Registry, broker, transport and client",
  SERVER: "A service",
  SECURITY: "Security",
  PROGRAMS: "Programs",
  OUTPUT: "The command line",
};

/** The form of a value, by kind. */
const forms = {
  text: "text",
  address: "`host:port`",
  host: "`host` or `host:port`",
  list: "texts with commas between",
  pairs: "`key=value`",
  duration: "duration",
  count: "whole number",
  boolean: "`true` or `false`",
};

const intro = `# Settings

<!-- Written by "npm run docs:settings" from src/core/settings/settings.ts: change it there. -->

Every setting has one name. \`registry_address\` is the flag \`--registry_address\` (\`--registry-address\` and
\`-registry_address\` too), the variable \`MICRO_REGISTRY_ADDRESS\` and the key \`registry_address\` of \`micro.json\`
(\`plugins\` for \`--plugin\`). Stronger first: flag, variable, options of the code, \`micro.json\`, context.

- A duration is \`500ms\`, \`2s\` or \`1m30s\`, or a whole number of seconds. It is not negative.
- A list is given with commas (\`a:1,b:2\`) or as the flag several times; in \`micro.json\` it may be a JSON list.
- \`key=value\` is one pair for each flag, and commas are part of it. A variable holds several with commas between; in
  \`micro.json\` it is an object.
- A boolean is \`true\`, \`1\`, \`yes\`, \`y\`, \`on\` or \`false\`, \`0\`, \`no\`, \`n\`, \`off\`.
- \`micro.json\` holds addresses as texts: \`8500\` alone is none.
- **Untrusted** tells which settings count in the \`micro.json\` of a folder that
  [you did not trust](cli.md#micro-context-trust): built-in parts only, no files, no listeners.
- A registry, broker, transport or selector may also be one of a [plugin](plugins.md), by its name.

Some variables have no flag. Commands read \`MICRO_TOKEN\`, the token itself, and \`MICRO_CONTENT_TYPE=json\`, which is
\`--json\`. Services read \`MICRO_LOG_LEVEL\` (default \`info\`) and \`MICRO_LOG_FORMAT\` (\`text\`; default JSON, on a terminal
text). The flags of one command are in \`micro COMMAND --help\`.
`;

const header = ["Name", "What it is", "Value", "Default", "Read by", "Untrusted"];

const page = [intro, ...Object.entries(titles).map(section)].join("\n");

if (!process.argv.includes("--check")) writeFileSync(path, page);
else if (readFileSync(path, "utf8") !== page) {
  console.error("docs/settings.md is stale: npm run docs:settings");
  process.exitCode = 1;
}

function section([group, title]) {
  const shown = Object.entries(settingGroups[group]).filter(([, { hidden }]) => !hidden);
  return `## ${title}\n\n${table([header, ...shown.map(row)])}\n`;
}

function row([name, { help, kind, least, names, default: usual, readBy, harmless }]) {
  return [
    `\`${name}\``,
    help,
    names?.map((value) => `\`${value}\``).join(", ") ??
      `${forms[kind]}${least === undefined ? "" : " above 0"}`,
    usual === undefined ? "" : `\`${usual}\``,
    readBy === "all" ? "services, commands" : "commands",
    harmless ? "counts" : "",
  ];
}

/** Formats a table with aligned columns, as Markdown formatters do. */
function table([head, ...rows]) {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map((cells) => cells[at].length)));
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join(
    "\n",
  );
}
