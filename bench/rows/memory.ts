import { setTimeout as wait } from "node:timers/promises";
import { PeerProcess } from "../peer-process.js";
import { residentMiB } from "../proc.js";
import { ratio } from "../race.js";
import type { Entry, Measured } from "../report.js";
import { wrk } from "../wrk.js";
import type { Row } from "./options.js";

const greet = '{"name":"John"}';
const rpcBody = '{"service":"go.micro.srv.greeter","method":"Say.Hello","request":{"name":"John"}}';

/** Just below the gateway's limit of connections per client, 256. */
const connections = 250;

/** Memory of an idle service, and of the gateway under load, compared with node:http. */
export const memory: Row = async ({ rounds }) => {
  const idle = { bare: [] as number[], own: [] as number[] };
  const loaded = { bare: [] as number[], own: [] as number[] };
  for (let round = 0; round < Math.min(3, rounds); round++) {
    const bare = await PeerProcess.start("node-http", ["server", "rpc"]);
    const own = await PeerProcess.start("micro", ["server", "rpc"]);
    const api = await PeerProcess.start("micro-api", ["server", "api"]);
    await wait(1000);
    idle.bare.push(residentMiB(bare.pid));
    idle.own.push(residentMiB(own.pid));
    for (let i = 0; i < 3; i++) {
      await wrk(
        { name: "node:http", url: `http://${bare.address}/`, pid: bare.pid, body: greet },
        connections,
      );
      await wrk(
        { name: "micro", url: `http://${api.address}/rpc`, pid: api.pid, body: rpcBody, mayRefuse: true },
        connections,
      );
    }
    loaded.bare.push(residentMiB(bare.pid));
    loaded.own.push(residentMiB(api.pid));
    await Promise.all([bare, own, api].map((peer) => peer.stop()));
  }
  return [
    compared("service idle", idle, 1.15),
    compared(`gateway after ${connections} connections`, loaded, 1.3),
  ];
};

function compared(what: string, { bare, own }: { bare: number[]; own: number[] }, atMost: number): Measured {
  const entries: Entry[] = [
    { name: "node:http", rates: bare, serverCpu: [] },
    { name: "micro", rates: own, serverCpu: [] },
  ];
  return {
    goal: "P12",
    what,
    unit: "MiB",
    entries,
    ratios: [{ of: "memory, ours / node:http", reached: ratio(own, bare), atMost }],
  };
}
