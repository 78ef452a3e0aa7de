// `npm run bench` measures all rows, `npm run bench -- rpc stream --c 32 --rounds 3 --ms 200` some of them. One short round,
// `--rounds 1 --ms 20`, shows that all of them work.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { stopAll } from "./peer-process.js";
import { type Measured, table } from "./report.js";
import { gateway } from "./rows/gateway.js";
import { growth } from "./rows/growth.js";
import { http } from "./rows/http.js";
import { memory } from "./rows/memory.js";
import type { Row } from "./rows/options.js";
import { pubsub } from "./rows/pubsub.js";
import { registry } from "./rows/registry.js";
import { rpc } from "./rows/rpc.js";
import { start } from "./rows/start.js";
import { stream } from "./rows/stream.js";
import { Surroundings } from "./surroundings.js";

const rows: Readonly<Record<string, Row>> = {
  rpc,
  http,
  stream,
  gateway,
  pubsub,
  start,
  registry,
  memory,
  growth,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { c: { type: "string" }, rounds: { type: "string" }, ms: { type: "string" } },
});
const names = positionals.length > 0 ? positionals : Object.keys(rows);
const options = {
  rounds: Number(values.rounds ?? 7),
  ms: Number(values.ms ?? 400),
  callers: values.c === undefined ? undefined : Number(values.c),
};
const measured: Measured[] = [];
for (const name of names) {
  const row = rows[name];
  if (!row) throw new Error(`row "${name}": not one of ${Object.keys(rows).join(", ")}`);
  // A registry per row: nodes left by the last row would be called.
  const surroundings = await Surroundings.start();
  try {
    const results = await row({ ...options, surroundings });
    for (const result of results) console.log(table(result));
    measured.push(...results);
  } catch (error) {
    console.error(`${name}: not measured:`, error);
    process.exitCode = 1;
  } finally {
    await surroundings.stop();
    await stopAll();
  }
}
const out = new URL("out/", import.meta.url);
mkdirSync(out, { recursive: true });
const machine = `${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`;
const command = `npm run bench${["", ...process.argv.slice(2)].join(" ")}`;
const head = `${new Date().toISOString().slice(0, 16)}Z, ${machine}, \`${command}\``;
writeFileSync(new URL("results.json", out), JSON.stringify({ machine, command, measured }, undefined, 2));
writeFileSync(new URL("results.md", out), [head, "", ...measured.map(table)].join("\n"));
console.log(head);
