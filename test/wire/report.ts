import {
  clientDifferences,
  clientSkipped,
  type Reasons,
  serverDifferences,
  serverSkipped,
} from "./differences.js";
import { type Group, groups, recordings } from "./recorded.js";

export type Role = "server" | "client";

/** Groups that were recorded for one role alone. */
const roles: Readonly<Record<Group, readonly Role[]>> = {
  "rpc-2016": ["server", "client"],
  "rpc-1.7": ["server", "client"],
  interop: ["server", "client"],
  raw: ["server"],
  "client-reaction": ["client"],
  debug: ["server", "client"],
};

const meanings: Readonly<Record<Group, string>> = {
  "rpc-2016": "calls and streams of 2016 peers",
  "rpc-1.7": "calls and streams of 1.7 peers",
  interop: "peers of different generations",
  raw: "odd requests, made by hand",
  "client-reaction": "odd replies, made by hand",
  debug: "health and statistics",
};

export const differences: Readonly<Record<Role, Reasons>> = {
  server: serverDifferences,
  client: clientDifferences,
};
export const skipped: Readonly<Record<Role, Reasons>> = { server: serverSkipped, client: clientSkipped };

/** The names of the recordings that are replayed in a role. */
export function replayed(group: Group, role: Role): string[] {
  if (!roles[group].includes(role)) return [];
  return recordings(group)
    .map(({ file }) => file)
    .filter((file) => !(file in skipped[role]));
}

/** The tables of docs/interop.md, from the lists that the tests prove. */
export function report(): string {
  const rows = groups.map((group) => {
    const cells = (["server", "client"] as const).map((role) => cell(group, role));
    return `| ${meanings[group]} (\`${group}\`) | ${cells.join(" | ")} |`;
  });
  return [
    "| recordings | at our server: same / other on purpose / not replayed | at our client |",
    "| --- | --- | --- |",
    ...rows,
    "",
    "| recording | role | what is other, and why |",
    "| --- | --- | --- |",
    ...(["server", "client"] as const).flatMap((role) => reasons(role)),
    "",
  ].join("\n");
}

function cell(group: Group, role: Role): string {
  if (!roles[group].includes(role)) return "-";
  const files = replayed(group, role);
  const other = files.filter((file) => file in differences[role]).length;
  const left = Object.keys(skipped[role]).filter((file) => file.startsWith(`${group}/`)).length;
  return `${files.length - other} / ${other} / ${left}`;
}

function reasons(role: Role): string[] {
  const byReason = new Map<string, string[]>();
  const all = [...Object.entries(differences[role]), ...Object.entries(skipped[role])];
  for (const [file, reason] of all)
    byReason.set(reason, [...(byReason.get(reason) ?? []), file.replace(/\.json$/, "")]);
  return [...byReason].map(
    ([reason, files]) => `| ${files.map((file) => `\`${file}\``).join(", ")} | ${role} | ${reason} |`,
  );
}
