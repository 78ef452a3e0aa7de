import { cpu, type Lane, Pair, race, ratio } from "../race.js";
import type { Measured, Ratio } from "../report.js";
import type { Row, RowOptions } from "./options.js";

const ours = "micro";

/** The measurement for one number of callers: peers to compare with, and goals against them. */
interface Heat {
  readonly goal: string;
  readonly work: "rpc" | "metadata";
  readonly callers: number;
  readonly peers: readonly string[];
  readonly atLeast: Readonly<Record<string, number>>;
}

const heats: readonly Heat[] = [
  {
    goal: "P1",
    work: "rpc",
    callers: 32,
    peers: ["bare-tcp", ours, "mux", "moleculer", "grpc", "undici", "nats"],
    atLeast: { "bare-tcp": 0.8, moleculer: 2.5, grpc: 40 },
  },
  {
    goal: "P2",
    work: "rpc",
    callers: 1,
    peers: ["bare-tcp", ours, "moleculer", "undici"],
    atLeast: { "bare-tcp": 0.95, moleculer: 1.4 },
  },
  {
    goal: "P3",
    work: "rpc",
    callers: 256,
    peers: ["bare-tcp", ours, "moleculer"],
    atLeast: { "bare-tcp": 0.75, moleculer: 4 },
  },
  {
    goal: "P3",
    work: "metadata",
    callers: 256,
    peers: ["bare-tcp", ours, "moleculer"],
    atLeast: { moleculer: 2.5 },
  },
];

/** Unary calls between two processes. */
export const rpc: Row = async (options) => {
  const nats = await options.surroundings.nats();
  const env = nats === undefined ? {} : { BENCH_NATS: nats };
  const chosen = options.callers
    ? heats.slice(0, 1).map((heat) => ({ ...heat, callers: options.callers ?? 1 }))
    : heats;
  const names = new Set(chosen.flatMap(({ peers }) => peers).filter((name) => name !== "nats" || nats));
  const pairs = new Map<string, Pair>();
  for (const name of names) pairs.set(name, await Pair.start({ name, env }));
  const measured: Measured[] = [];
  for (const heat of chosen) measured.push(await run(heat, pairs, options));
  await Promise.all([...pairs.values()].map((pair) => pair.stop()));
  return measured;
};

async function run(
  heat: Heat,
  pairs: ReadonlyMap<string, Pair>,
  { ms, rounds }: RowOptions,
): Promise<Measured> {
  const racing = heat.peers.flatMap((name) => pairs.get(name) ?? []);
  const lanes = await race(racing, { work: heat.work, callers: heat.callers, ms }, rounds);
  const own = lanes.find(({ name }) => name === ours);
  const what = `${heat.callers} callers${heat.work === "metadata" ? ", new metadata in every call" : ""}`;
  return {
    goal: heat.goal,
    what,
    unit: "calls/s",
    entries: lanes,
    ratios: own ? ratios(heat, own, lanes) : [],
  };
}

function ratios({ goal, atLeast }: Heat, own: Lane, lanes: readonly Lane[]): Ratio[] {
  const others = lanes.filter(({ name }) => name !== ours);
  const rates = others.map(({ name, rates }) => ({
    of: `rate, ours / ${name}`,
    reached: ratio(own.rates, rates),
    atLeast: atLeast[name],
  }));
  const moleculer = others.find(({ name }) => name === "moleculer");
  if (goal !== "P1" || !moleculer) return rates;
  return [
    ...rates,
    { of: "CPU per call, ours / moleculer", reached: ratio(cpu(own), cpu(moleculer)), atMost: 0.3 },
  ];
}
