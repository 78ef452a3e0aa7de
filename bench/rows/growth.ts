import { PeerProcess } from "../peer-process.js";
import { cpuSeconds } from "../proc.js";
import { ratio } from "../race.js";
import type { Entry, Measured } from "../report.js";
import { shuffled } from "../statistics.js";
import type { Row, RowOptions } from "./options.js";

/**
 * What grows, from and to, and the number of concurrent callers. Nodes have a single caller: eight callers share writes
 * on one connection but not on a hundred, which would distort the cost of knowing a hundred nodes.
 */
const growths = [
  ["known services, 10 → 1,000", { services: 10 }, { services: 1000 }, 8],
  ["nodes, 1 → 100", { nodes: 1 }, { nodes: 100 }, 1],
  ["handlers, 1 → 1,000", { handlers: 1 }, { handlers: 1000 }, 8],
] as const;

/** CPU time of a call, with client and service in one process, before and after something has grown. */
export const growth: Row = async (options) => {
  const measured: Measured[] = [];
  for (const [what, small, large, callers] of growths)
    measured.push(await grown(what, [small, large], { ...options, callers }));
  return measured;
};

async function grown(
  what: string,
  sizes: readonly object[],
  { ms, rounds, callers = 1 }: RowOptions,
): Promise<Measured> {
  const names = ["before", "after"];
  const processes = await Promise.all(
    sizes.map((size) => PeerProcess.start("growth", ["client", JSON.stringify(size), ""])),
  );
  const cost: number[][] = [[], []];
  for (let round = -2; round < rounds; round++)
    for (const index of shuffled([0, 1])) {
      const process = processes[index];
      if (!process) continue;
      const before = cpuSeconds(process.pid);
      const { count } = await process.run({ work: "rpc", callers, ms });
      if (round >= 0) cost[index]?.push(((cpuSeconds(process.pid) - before) / count) * 1e6);
    }
  await Promise.all(processes.map((process) => process.stop()));
  const entries: Entry[] = names.map((name, i) => ({ name, rates: cost[i] ?? [], serverCpu: [] }));
  const ratios = [{ of: "cost, after / before", reached: ratio(cost[1] ?? [], cost[0] ?? []), atMost: 1.1 }];
  return { goal: "P13", what, unit: "µs/call", entries, ratios };
}
