import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import { inflateSync } from "node:zlib";
import multicastDns, { type Packet } from "multicast-dns";
import type { Service } from "../../../src/core/service.js";
import { MdnsRegistry } from "../../../src/registry/mdns/mdns.js";
import { eventually } from "../../../src/testing/eventually.js";

/** Where the registries of this file meet each other and nobody else. */
const port = 40_000 + (process.pid % 20_000);
const group = "224.0.0.251";

interface Captured {
  readonly src: string;
  readonly dst: string;
  readonly hex: string;
  readonly dns: { readonly answers?: readonly CapturedRecord[] };
}

interface CapturedRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
}

describe("mDNS with Go programs", () => {
  for (const file of ["get-2016", "get-1.7"])
    it(`reads the nodes that answered in ${file}`, async () => {
      await using registry = open();
      await using _responder = await replay(file);
      await eventually(async () => {
        assert.deepEqual(plain(await registry.getService("wire.mdns")), plain(printed(file)));
      });
    });

  it("reads a node with an IPv6 address, which the originals could not", async () => {
    await using registry = open();
    await using _responder = await replay("get-1.7-ipv6-node");
    const [service] = await registry.getService("wire.mdns6");
    const node = { id: "wire.mdns6-a", address: "fd00::5", port: 4006, metadata: {}, status: "passing" };
    assert.deepEqual(service?.nodes, [node]);
  });

  for (const file of ["list-2016", "list-1.7"])
    it(`reads the names listed in ${file}`, async () => {
      await using registry = open();
      await using _responder = await replay(file);
      await eventually(async () => {
        const names = (await registry.listServices()).map(({ name }) => name);
        assert.deepEqual(names, ["wire.mdns", "wire.mdns6"]);
      });
    });

  it("follows announcements and goodbyes, each once", async () => {
    await using registry = open();
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const { action, service } of registry.watch({ signal: stop.signal }))
        seen.push(`${action} ${service.name} ${service.version} ${service.nodes.map(({ id }) => id)}`);
    })();
    const go = await member();
    await asked(go);
    for (const { hex, dst } of packets("watch-1.7.packets"))
      if (dst.startsWith(group)) await send(go, hex, port);
    await eventually(() => assert.deepEqual(seen.slice(0, 1), ["create wire.mw 3 wire.mw-a"]));
    await eventually(() => assert.equal(seen.at(-1), "delete wire.mw 3 wire.mw-a"));
    assert.ok(seen.length <= 2);
    stop.abort();
    await following;
    await closed(go);
  });

  it("announces and answers as a Go program does", async () => {
    await using registry = open();
    const go = await member();
    const heard: Packet[] = [];
    go.on("message", (message) => heard.push(decoded(message.toString("hex"))));
    await registry.register(service);
    await eventually(() => assert.equal(announced(heard).length > 0, true));
    const recorded = packets("register-deregister-1.7").filter(({ dns }) => dns.answers);
    const expected = recorded[0]?.dns.answers?.map(({ type, ttl }) => ({ type, ttl }));
    const [announcement] = announced(heard);
    assert.deepEqual(
      announcement?.answers?.map(({ type, ttl }) => ({ type, ttl })),
      expected,
    );
    assert.equal(announcement?.answers?.[0]?.name, "wire.mdns-a.wire.mdns.local");
    const srv = { port: 4001, target: hostname(), priority: 10, weight: 1 };
    assert.deepEqual(announcement?.answers?.[0]?.data, srv);
    assert.deepEqual(text(announcement), text(decoded(recorded[0]?.hex ?? "")));
    await registry.deregister(service);
    await eventually(() =>
      assert.equal(
        announced(heard).some(({ answers }) => answers?.[0]?.ttl === 0),
        true,
      ),
    );
    await closed(go);
  });

  it("answers a question of a Go program where it came from", async () => {
    await using registry = open();
    await registry.register(service);
    const asking = createSocket("udp4").bind(0, "127.0.0.1");
    await once(asking, "listening");
    asking.setMulticastInterface("127.0.0.1");
    const recorded = packets("get-1.7");
    const question = recorded[0]?.hex ?? "";
    const answer = await new Promise<Buffer>((resolve) => {
      asking.on("message", resolve);
      void send(asking, question, port);
    });
    const ours = decoded(answer.toString("hex"));
    const theirs = decoded(recorded.find(({ dns }) => dns.answers)?.hex ?? "");
    const shape = ({ name, type, ttl }: { name: string; type: string; ttl?: number }) => ({
      name,
      type,
      ttl,
    });
    const host = { from: "node1", to: hostname() };
    const expected = (theirs.answers ?? []).map(shape).map(({ name, ...rest }) => ({
      name: name === host.from ? host.to : name,
      ...rest,
    }));
    assert.equal(ours.answers?.length, 4);
    assert.deepEqual(
      ours.answers?.map(({ type }) => type),
      expected.map(({ type }) => type),
    );
    assert.deepEqual(
      ours.answers?.map(({ ttl }) => ttl),
      [120, 120, 120, 120],
    );
    assert.equal(ours.answers?.[0]?.name, "wire.mdns.local");
    assert.equal(answer.subarray(0, 4).toString("hex"), "00008400");
    await closed(asking);
  });

  it("refuses names that DNS cannot carry", async () => {
    await using registry = open();
    await assert.rejects(registry.register({ ...service, name: "a..b" }), { code: 400 });
    await assert.rejects(registry.getService("x".repeat(64)), { code: 400 });
  });

  it("survives packets that are no DNS, and bombs", async () => {
    await using registry = open();
    const go = await member();
    await registry.register(service);
    for (const bytes of ["", "00", "ff".repeat(40), `0000840000010001${"c0".repeat(20)}`])
      await send(go, bytes, port);
    await eventually(async () => assert.equal((await registry.getService("wire.mdns")).length, 1));
    await closed(go);
  });
});

const service: Service = {
  name: "wire.mdns",
  version: "1.0.0",
  metadata: {},
  endpoints: printed("get-1.7").find(({ version }) => version === "1.0.0")?.endpoints ?? [],
  nodes: [{ id: "wire.mdns-a", address: "127.0.0.1", port: 4001, metadata: { dc: "eu" } }],
};

function open(): MdnsRegistry {
  return new MdnsRegistry({ addresses: ["127.0.0.1"], port, collect: 300 });
}

function packets(file: string): readonly Captured[] {
  const text = readFileSync(new URL(`../../fixtures/mdns/${file}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { packets: Captured[] }).packets;
}

/** What the recorded program printed: the services that it had found. */
function printed(file: string): Service[] {
  const text = readFileSync(new URL(`../../fixtures/mdns/${file}.json`, import.meta.url), "utf8");
  const { programOutput } = JSON.parse(text) as { programOutput: string };
  return JSON.parse(programOutput.split("\n")[0] ?? "[]", (key, value) => {
    const list = key === "values" || key === "endpoints" || (key === "metadata" && {});
    return value === null && list ? (list === true ? [] : list) : value;
  });
}

/** Versions and nodes in order, without what ours adds. */
function plain(services: readonly Service[]): unknown[] {
  return services
    .map(({ version, endpoints, nodes }) => ({
      version,
      endpoints,
      nodes: nodes.map(({ status: _, ...node }) => node).sort((a, b) => (a.id < b.id ? -1 : 1)),
    }))
    .sort((a, b) => (a.version < b.version ? -1 : 1));
}

/** A socket in the group, as a Go program has one. */
async function member(): Promise<Socket> {
  const socket = createSocket({ type: "udp4", reuseAddr: true }).bind(port, "0.0.0.0");
  await once(socket, "listening");
  socket.addMembership(group, "127.0.0.1");
  socket.setMulticastInterface("127.0.0.1");
  return socket;
}

/** Answers every question in the `local` domain with the answers that were recorded in `file`. */
async function replay(file: string): Promise<AsyncDisposable> {
  const socket = await member();
  const answers = packets(file).filter(({ dns }) => dns.answers);
  socket.on("message", (message, from) => {
    if (message.includes("local") && message.readUInt16BE(2) === 0)
      for (const { hex } of answers) void send(socket, hex, from.port, from.address);
  });
  return { [Symbol.asyncDispose]: () => closed(socket) };
}

/** Resolves when somebody asked the group. */
async function asked(socket: Socket): Promise<void> {
  await once(socket, "message");
}

function send(socket: Socket, hex: string, to: number, address = group): Promise<void> {
  return new Promise((resolve, reject) =>
    socket.send(Buffer.from(hex, "hex"), to, address, (error) => (error ? reject(error) : resolve())),
  );
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

function announced(heard: readonly Packet[]): Packet[] {
  return heard.filter(({ type }) => type === "response");
}

/** What the TXT record of a packet says. */
function text({ answers = [] }: Packet = { type: "response" }): unknown {
  const parts = answers.find(({ type }) => type === "TXT")?.data as Buffer[];
  return JSON.parse(inflateSync(Buffer.from(parts.map(String).join(""), "hex")).toString());
}

/** The packet in `hex`, read by the library alone. */
function decoded(hex: string): Packet {
  const socket = createSocket("udp4");
  const dns = multicastDns({ socket, port: 0, multicast: false });
  let packet: Packet = { type: "response" };
  dns.on("packet", (one: Packet) => {
    packet = one;
  });
  socket.emit("message", Buffer.from(hex, "hex"), { address: "127.0.0.1", port: 1 });
  dns.destroy();
  return packet;
}
