import { mkdtempSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ratio } from "../race.js";
import type { Entry, Measured } from "../report.js";
import { freePort } from "../surroundings.js";
import { catalog } from "./catalog.js";
import type { Row } from "./options.js";

const batch = 200;

/** Registrations per second of the embedded agent and `consul agent -dev` through 16 connections, and a catalog. */
export const registry: Row = async ({ rounds, surroundings }) => {
  const [grpc, lan, wan, server] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const consul = await surroundings.program("consul", (port) => [
    "agent",
    "-dev",
    "-bind=127.0.0.1",
    `-http-port=${port}`,
    `-grpc-port=${grpc}`,
    "-dns-port=-1",
    `-serf-lan-port=${lan}`,
    `-serf-wan-port=${wan}`,
    `-server-port=${server}`,
    `-data-dir=${mkdtempSync(join(tmpdir(), "bench-consul-"))}`,
  ]);
  if (!consul) return [];
  await new Promise((resolve) => setTimeout(resolve, 8000));
  const catalogs = await catalog(`127.0.0.1:${consul.port}`, rounds);
  const rates: { own: number[]; consul: number[] } = { own: [], consul: [] };
  for (let round = 0; round < rounds; round++) {
    rates.own.push(await registrations(surroundings.registry.address, round));
    rates.consul.push(await registrations(`127.0.0.1:${consul.port}`, round));
  }
  const entries: Entry[] = [
    { name: "micro agent", rates: rates.own, serverCpu: [] },
    { name: "consul agent -dev", rates: rates.consul, serverCpu: [] },
  ];
  const reached = ratio(rates.own, rates.consul);
  const ratios = [{ of: "rate, embedded agent / Consul", reached, atLeast: 5 }];
  return [
    { goal: "P11", what: "registrations", unit: "registrations/s", entries, ratios } satisfies Measured,
    ...catalogs,
  ];
};

async function registrations(address: string, round: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const began = performance.now();
  const one = (i: number) =>
    put(agent, address, {
      ID: `node-${round}-${i}`,
      Name: `service-${i}`,
      Port: 1000 + i,
      Tags: ["v-789c010000ffff00000001"],
    });
  await Promise.all(Array.from({ length: batch }, (_, i) => one(i)));
  agent.destroy();
  return (batch / (performance.now() - began)) * 1000;
}

function put(agent: Agent, address: string, service: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `http://${address}/v1/agent/service/register`,
      { method: "PUT", agent, headers: { "Content-Type": "application/json" } },
      (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`register: ${response.statusCode}`)),
        );
      },
    );
    asked.on("error", reject);
    asked.end(JSON.stringify(service));
  });
}
