import { PeerProcess, type Run } from "./peer-process.js";
import { cpuSeconds } from "./proc.js";
import { type Spread, shuffled, spread } from "./statistics.js";

/** One program in a race: how its server and client are started. */
export interface Runner {
  /** Name in the table. */
  readonly name: string;
  /** The file in `peers/`, without extension. Default: the name. */
  readonly file?: string;
  /** Work of its server. Default `rpc`. */
  readonly work?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A server and a client that talk to each other. */
export class Pair {
  readonly name: string;
  readonly server: PeerProcess;
  readonly client: PeerProcess;

  private constructor(name: string, server: PeerProcess, client: PeerProcess) {
    this.name = name;
    this.server = server;
    this.client = client;
  }

  static async start(runner: Runner): Promise<Pair> {
    const { name, file = name, work = "rpc", env } = runner;
    const server = await PeerProcess.start(file, ["server", work], env);
    const client = await PeerProcess.start(file, ["client", work, server.address], env);
    return new Pair(name, server, client);
  }

  async stop(): Promise<void> {
    await Promise.all([this.client.stop(), this.server.stop()]);
  }
}

/** Results of one program, one entry per round. */
export interface Lane {
  readonly name: string;
  /** Units per second. */
  readonly rates: number[];
  /** Microseconds of CPU time per unit, of the server and of the client. */
  readonly serverCpu: number[];
  readonly clientCpu: number[];
}

/** Warm-up in milliseconds: until it is compiled, code runs at a tenth of its speed. Not needed for a smoke round. */
const warmUp = (ms: number) => Math.min(1500, 4 * ms);

/** After a warm-up, runs the same work on all pairs, in a new random order each round. */
export async function race(pairs: readonly Pair[], run: Run, rounds: number): Promise<Lane[]> {
  const lanes = new Map(pairs.map(({ name }) => [name, emptyLane(name)]));
  for (const pair of pairs) await pair.client.run({ ...run, ms: warmUp(run.ms) });
  for (let round = 0; round < rounds; round++)
    for (const pair of shuffled(pairs)) await slice(pair, run, lanes.get(pair.name) ?? emptyLane(pair.name));
  return [...lanes.values()];
}

async function slice({ server, client }: Pair, run: Run, lane: Lane): Promise<void> {
  const before = [cpuSeconds(server.pid), cpuSeconds(client.pid)] as const;
  const { count, ms } = await client.run(run);
  lane.rates.push((count / ms) * 1000);
  lane.serverCpu.push(((cpuSeconds(server.pid) - before[0]) / count) * 1e6);
  lane.clientCpu.push(((cpuSeconds(client.pid) - before[1]) / count) * 1e6);
}

function emptyLane(name: string): Lane {
  return { name, rates: [], serverCpu: [], clientCpu: [] };
}

/** The ratio of two lanes, taken round by round. */
export function ratio(ours: readonly number[], theirs: readonly number[]): Spread {
  return spread(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** Microseconds of processor time per unit, server and client together. */
export function cpu({ serverCpu, clientCpu }: Lane): number[] {
  return serverCpu.map((value, round) => value + (clientCpu[round] ?? 0));
}
