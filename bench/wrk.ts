import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { childrenOf, cpuSeconds } from "./proc.js";
import type { Entry } from "./report.js";
import { shuffled } from "./statistics.js";

/** An HTTP server under load: its address, the request, and the process whose CPU time counts. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Counts the CPU time of the children of `pid`. */
  readonly pool?: boolean;
  readonly body?: string;
  /** Accepts 503 responses: it is not the rate that is measured. */
  readonly mayRefuse?: boolean;
  readonly header?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/** Loads each target for a second with `connections`, in a new random order each round. */
export async function wrkRace(
  targets: readonly Target[],
  { connections, rounds }: { readonly connections: number; readonly rounds: number },
): Promise<Entry[]> {
  const entries = new Map(
    targets.map(({ name }) => [name, { name, rates: [] as number[], serverCpu: [] as number[] }]),
  );
  for (const target of targets) await wrk(target, connections);
  for (let round = 0; round < rounds; round++)
    for (const target of shuffled(targets)) {
      const before = cpuOf(target);
      const { rate, count } = await wrk(target, connections);
      const entry = entries.get(target.name);
      entry?.rates.push(rate);
      entry?.serverCpu.push(((cpuOf(target) - before) / count) * 1e6);
    }
  return [...entries.values()];
}

function cpuOf({ pid, pool = false }: Target): number {
  return pool ? childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), 0) : cpuSeconds(pid);
}

/** Runs wrk for one second. @throws When a response was not 2xx. */
export async function wrk(target: Target, connections: number): Promise<{ rate: number; count: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bench-wrk-"));
  const script = join(folder, "request.lua");
  const header = Object.entries({ "Content-Type": "application/json", ...target.header });
  writeFileSync(
    script,
    `wrk.method = "${target.body ? "POST" : "GET"}"\nwrk.body = ${JSON.stringify(target.body ?? "")}\n${header.map(([name, value]) => `wrk.headers["${name}"] = ${JSON.stringify(value)}`).join("\n")}\n`,
  );
  const { stdout } = await run("wrk", ["-t1", `-c${connections}`, "-d1s", "-s", script, target.url]);
  rmSync(folder, { recursive: true });
  if (/Non-2xx/.test(stdout) && !target.mayRefuse) throw new Error(`${target.name}: ${stdout}`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return { rate, count: Number(/(\d+) requests in/.exec(stdout)?.[1]) };
}
