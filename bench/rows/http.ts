import { PeerProcess } from "../peer-process.js";
import { Pair, race, ratio } from "../race.js";
import type { Measured } from "../report.js";
import { wrkRace } from "../wrk.js";
import type { Row, RowOptions } from "./options.js";

const body = '{"name":"John"}';

/** HTTP/1.1 callers of a service, and the client calling a server without mux, both compared with node:http. */
export const http: Row = async (options) => [await serving(options), await calling(options)];

async function serving({ rounds }: RowOptions): Promise<Measured> {
  const bare = await PeerProcess.start("node-http", ["server", "rpc"]);
  const own = await PeerProcess.start("micro", ["server", "rpc"]);
  const header = { "Micro-Service": "greeter", "Micro-Method": "Say.Hello", "Micro-Endpoint": "Say.Hello" };
  const targets = [
    { name: "node:http", url: `http://${bare.address}/`, pid: bare.pid, body },
    { name: "micro", url: `http://${own.address}/`, pid: own.pid, body, header },
  ];
  const entries = await wrkRace(targets, { connections: 32, rounds });
  await Promise.all([bare.stop(), own.stop()]);
  const reached = ratio(entries[1]?.rates ?? [], entries[0]?.rates ?? []);
  const ratios = [{ of: "rate, ours / node:http", reached, atLeast: 0.85 }];
  return { goal: "P5", what: "HTTP/1.1 callers, 32 connections", unit: "requests/s", entries, ratios };
}

/** The part of P4 that needs no Go: the cost of the client over HTTP, as for Go services. */
async function calling({ rounds, ms }: RowOptions): Promise<Measured> {
  const pairs = [await Pair.start({ name: "micro-http" }), await Pair.start({ name: "undici" })];
  const entries = await race(pairs, { work: "rpc", callers: 32, ms }, rounds);
  await Promise.all(pairs.map((pair) => pair.stop()));
  const [own, undici] = entries;
  const ratios = [
    { of: "rate, ours / undici", reached: ratio(own?.rates ?? [], undici?.rates ?? []) },
    {
      of: "CPU of the client, ours / undici",
      reached: ratio(own?.clientCpu ?? [], undici?.clientCpu ?? []),
    },
  ];
  return { goal: "P4", what: "HTTP client to a bare server, 32 callers", unit: "calls/s", entries, ratios };
}
