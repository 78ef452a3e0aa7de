import { cpu, Pair, race } from "./race.ts";
import { spread } from "./statistics.ts";

const [work = "rpc", callers = "32", ms = "400", rounds = "5", names = "bare-tcp,mux,moleculer"] =
  process.argv.slice(2);

import { PeerProcess } from "./peer-process.ts";

const registry = await PeerProcess.start("registry", ["server", "rpc"]);
process.env.MICRO_REGISTRY_ADDRESS = registry.address;
const sw = process.env.SWORK ?? "rpc";
const pairs = await Promise.all(names.split(",").map((name) => Pair.start({ name, work: sw })));
const lanes = await race(pairs, { work, callers: Number(callers), ms: Number(ms) }, Number(rounds));
for (const lane of lanes) {
  const rate = spread(lane.rates);
  console.log(
    lane.name.padEnd(12),
    rate.median.toFixed(0).padStart(9),
    "/s",
    `${rate.min.toFixed(0)}..${rate.max.toFixed(0)}`.padStart(18),
    "cpu",
    spread(cpu(lane)).median.toFixed(1),
    "µs: server",
    spread(lane.serverCpu).median.toFixed(1),
    "client",
    spread(lane.clientCpu).median.toFixed(1),
  );
}
await Promise.all(pairs.map((pair) => pair.stop()));

await registry.stop();
