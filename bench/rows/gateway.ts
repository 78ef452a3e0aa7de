import { PeerProcess } from "../peer-process.js";
import { ratio } from "../race.js";
import type { Entry, Measured, Ratio } from "../report.js";
import { type Target, wrkRace } from "../wrk.js";
import type { Row, RowOptions } from "./options.js";

const greet = '{"name":"John"}';
const rpcBody = '{"service":"go.micro.srv.greeter","method":"Say.Hello","request":{"name":"John"}}';

/** The gateway's three kinds of routes, compared with similar programs. */
export const gateway: Row = async (options) => {
  const upstream = await PeerProcess.start("node-http", ["server", "rpc"]);
  const env = { BENCH_UPSTREAM: upstream.address };
  const start = (name: string, work: string) => PeerProcess.start(name, ["server", work], env);
  const peers = {
    service: await start("micro", "rpc"),
    apiService: await start("micro-api", "api-service"),
    api: await start("micro-api", "api"),
    workers: await start("micro-api", "workers"),
    proxy: await start("micro-api", "proxy"),
    moleculer: await start("moleculer-web", "rpc"),
    fastify: await start("fastify-proxy", "rpc"),
    httpProxy: await start("http-proxy-3", "rpc"),
  };
  const nginx = await options.surroundings.nginx(upstream.address);
  const at = (name: string, peer: PeerProcess, path: string, body: string): Target => ({
    name,
    url: `http://${peer.address}${path}`,
    pid: peer.pid,
    body,
  });
  const front = nginx && {
    name: "nginx",
    url: `http://127.0.0.1:${nginx.port}/`,
    pid: nginx.pid,
    body: greet,
  };
  const nodeHttp = at("node:http, nothing behind", upstream, "/", greet);
  const measured = [
    await heat("P7", "/rpc, 32 connections", options, [
      at("micro", peers.api, "/rpc", rpcBody),
      at("moleculer-web", peers.moleculer, "/rpc", greet),
      nodeHttp,
      ...(front ? [front] : []),
      { ...at("micro, 2 workers", peers.workers, "/rpc", rpcBody), pool: true },
    ]),
    await heat("P8", "proxy, 32 connections", options, [
      at("micro, proxy", peers.proxy, "/upstream/x", greet),
      at("@fastify/http-proxy", peers.fastify, "/x", greet),
      at("http-proxy-3", peers.httpProxy, "/x", greet),
      ...(front ? [front] : []),
    ]),
    await heat("P8", "api.Request, 32 connections", options, [
      at("micro, api.Request", peers.api, "/greeter/say/hello", greet),
      at("micro, /rpc", peers.api, "/rpc", rpcBody),
    ]),
  ];
  await Promise.all([...Object.values(peers), upstream].map((peer) => peer.stop()));
  return measured;
};

const goals: Readonly<Record<string, number>> = {
  "P7 moleculer-web": 2.5,
  "P7 nginx": 1,
  "P8 @fastify/http-proxy": 1.4,
  "P8 http-proxy-3": 1.4,
  "P8 nginx": 0.5,
};

async function heat(
  goal: string,
  what: string,
  { rounds }: RowOptions,
  targets: readonly Target[],
): Promise<Measured> {
  const entries = await wrkRace(targets, { connections: 32, rounds });
  const [own, ...others] = entries;
  const ratios = own ? others.map((other) => against(goal, own, other)) : [];
  return { goal, what, unit: "requests/s", entries, ratios };
}

function against(goal: string, own: Entry, other: Entry): Ratio {
  return {
    of: `rate, ${own.name} / ${other.name}`,
    reached: ratio(own.rates, other.rates),
    atLeast: goals[`${goal} ${other.name}`],
  };
}
