import { PeerProcess } from "../peer-process.ts";
import { ratio } from "../race.ts";
import { wrkRace } from "../wrk.ts";
import type { Row } from "./options.ts";

const body = '{"name":"John"}';

/** HTTP/1.1 callers to a service of ours, beside node:http that echoes. */
export const http: Row = async ({ rounds }) => {
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
  return [{ goal: "P5", what: "HTTP/1.1 callers, 32 connections", unit: "requests/s", entries, ratios }];
};
