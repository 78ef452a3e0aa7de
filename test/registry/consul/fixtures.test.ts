import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Service } from "../../../src/core/service.js";
import { readTagLists } from "../../../src/registry/consul/entries/health-reading.js";
import { readEntries } from "../../../src/registry/consul/entries/health-response.js";
import { registration } from "../../../src/registry/consul/entries/registration.js";
import { decodeTags } from "../../../src/registry/consul/entries/tags.js";
import { groupByVersion, healthy } from "../../../src/registry/wire/group-by-version.js";

const folder = new URL("../../fixtures/consul/", import.meta.url);
const files = readdirSync(folder);

describe("recorded answers of Consul", () => {
  for (const file of files.filter((name) => /^health-service\..*\.passing\.json$/.test(name)))
    it(`are read as the original of 2016 read ${file}`, () => {
      const decoded = file.replace(".json", ".decoded-2016.json");
      assert.deepEqual(read(json(file)), normal(json(decoded), nodeAddress(file)));
    });

  for (const file of files.filter((name) => /^health-service\.topic.*\.(2016|1\.7)\.json$/.test(name)))
    it(`are read as the original read ${file}`, () => {
      assert.deepEqual(read(json(file)), normal(json(file.replace(".json", ".decoded.json")), ""));
    });

  for (const file of files.filter((name) => /^health-service\..*\.all\.json$/.test(name)))
    it(`are read alike with critical and foreign instances in ${file}`, () => {
      assert.deepEqual(read(json(file)), read(json(file.replace(".all.", ".passing."))));
    });

  it("are read as a list of names", () => {
    const decoded = json("catalog-services.decoded.json") as readonly Service[];
    const names = decoded.map(({ name }) => name);
    assert.deepEqual([...readTagLists(json("catalog-services.json")).keys()].sort(), names);
  });

  it("give the state of each node", () => {
    const all = groupByVersion(
      readEntries(json("health-service.wire.multi.all.json"), { node: undefined, local: true }),
    );
    const states = new Map(all.flatMap(({ nodes }) => nodes.map(({ id, status }) => [id, status])));
    assert.equal(states.get("wire.multi-dead"), "critical");
    assert.equal(states.get("wire.multi-m1"), "unknown");
  });

  for (const file of files.filter((name) => /^watch-.*\.http\.json$/.test(name)))
    it(`in ${file} are read from the first to the last`, () => {
      const bodies = answers(file).filter(({ path }) => path.startsWith("/v1/health/service/wire.w1"));
      const ids = bodies.map(({ body }) => read(body).flatMap(({ nodes }) => nodes.map(({ id }) => id)));
      const expected = ["", "w1-a", "w1-a w1-b", "w1-a w1-b w1-c", "w1-b w1-c", "w1-b", ""];
      assert.deepEqual([...new Set(ids.map((list) => list.join(" ")))].sort(), [...new Set(expected)].sort());
    });
});

describe("recorded registrations at Consul", () => {
  for (const file of files.filter((name) => name.startsWith("register-")))
    for (const recorded of registrations(file))
      it(`are written as in ${file}: ${recorded.ID}`, () => {
        const { version = "", metadata, endpoints } = decodeTags(recorded.Tags);
        const node = { id: recorded.ID, address: recorded.Address ?? "", port: recorded.Port ?? 0, metadata };
        const ttl = recorded.Check?.TTL === undefined ? undefined : 2000;
        const service = { name: recorded.Name, version, metadata: {}, endpoints, nodes: [node] };
        const ours = registration(service, node, ttl);
        assert.deepEqual(
          { id: ours.id, name: ours.name, address: ours.address, port: ours.port },
          { id: recorded.ID, name: recorded.Name, address: recorded.Address, port: recorded.Port },
        );
        assert.deepEqual(decodeTags(ours.tags), decodeTags(recorded.Tags));
        if (recorded.Check?.TTL === "2s") assert.equal(ours.check?.ttl, "2s");
        assert.equal(ours.check === undefined, ttl === undefined);
      });
});

interface Registered {
  readonly ID: string;
  readonly Name: string;
  readonly Tags: readonly string[];
  readonly Address?: string;
  readonly Port?: number;
  readonly Check: { readonly TTL?: string } | null;
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8"));
}

function read(body: unknown): Service[] {
  return healthy(groupByVersion(readEntries(body, { node: undefined, local: true }))).map((service) => ({
    ...service,
    nodes: service.nodes.map(({ status: _, ...node }) => node),
  }));
}

/**
 * What the original read, with our lists for its nulls, nodes in order of their ids, and `address` where it left that
 * of a node empty.
 */
function normal(decoded: unknown, address: string): unknown {
  return ((decoded ?? []) as readonly Service[])
    .map((service) => ({
      ...(fill(service) as Service),
      nodes: [...service.nodes]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((node) => ({ ...node, address: node.address || address })),
    }))
    .sort((a, b) => (a.version < b.version ? -1 : 1));
}

function fill(value: unknown, member = ""): unknown {
  if (value === null && (member === "values" || member === "endpoints")) return [];
  if (value === null && member === "metadata") return {};
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => fill(one));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, key)]));
}

function nodeAddress(file: string): string {
  const [first] = json(file) as readonly { Node: { Address: string } }[];
  return first?.Node.Address ?? "";
}

interface Segment {
  readonly dir: string;
  readonly text?: string;
  readonly head?: string;
  readonly bodyHex?: string;
}

function segments(file: string): Segment[][] {
  const { connections } = json(file) as { connections: readonly { messages: Segment[] }[] };
  return connections.map(({ messages }) => messages);
}

/** The answers of a capture, each with the path of its request. */
function answers(file: string): { path: string; body: unknown }[] {
  return segments(file).flatMap((messages) => {
    let path = "";
    return messages.flatMap((message) => {
      const head = message.head ?? message.text ?? "";
      if (message.dir === "c2s") path = /^\w+ (\S+)/.exec(head)?.[1] ?? "";
      return message.dir === "s2c" ? [{ path, body: bodyOf(message) }] : [];
    });
  });
}

function bodyOf(message: Segment): unknown {
  if (message.bodyHex === undefined) return JSON.parse((message.text ?? "").split("\r\n\r\n")[1] || "[]");
  const bytes = Buffer.from(message.bodyHex, "hex");
  return JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString() || "[]");
}

function registrations(file: string): Registered[] {
  return segments(file)
    .flat()
    .filter(({ dir, text }) => dir === "c2s" && text?.startsWith("PUT /v1/agent/service/register "))
    .map(({ text }) => JSON.parse(text?.split("\r\n\r\n")[1] ?? ""));
}
