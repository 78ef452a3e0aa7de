import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MicroError } from "../../src/core/errors.js";
import { readEntries } from "../../src/registry/consul/entries/health-response.js";
import { decodeTags } from "../../src/registry/consul/entries/tags.js";
import { parseNodeValue } from "../../src/registry/etcd/keys.js";
import { readListing, readNodes } from "../../src/registry/mdns/records.js";
import { groupByVersion } from "../../src/registry/wire/group-by-version.js";
import { character } from "../support/character.js";

const text = fc.string({ unit: character, maxLength: 40 });
const hex = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const tag = fc.oneof(
  text,
  fc
    .tuple(fc.constantFrom("t-", "e-", "v-", "t=", "e=", "v="), fc.oneof(text, hex, fc.json()))
    .map((parts) => parts.join("")),
);
const instance = fc.record({
  Node: fc.oneof(fc.jsonValue(), fc.record({ Address: fc.oneof(text, fc.jsonValue()) })),
  Service: fc.oneof(
    fc.jsonValue(),
    fc.record({
      ID: fc.oneof(text, fc.jsonValue()),
      Service: text,
      Address: fc.oneof(text, fc.jsonValue()),
      Port: fc.oneof(fc.integer(), fc.jsonValue()),
      Tags: fc.oneof(fc.array(tag), fc.jsonValue()),
    }),
  ),
  Checks: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
});
const record = fc.record({
  name: text,
  type: fc.constantFrom("TXT", "SRV", "A", "PTR"),
  ttl: fc.integer(),
  data: fc.oneof(fc.jsonValue(), fc.array(hex.map((one) => Buffer.from(one)))),
});

describe("registries under hostile data", () => {
  it("read any Consul tags without harm", () => {
    fc.assert(
      fc.property(fc.array(tag), (tags) => {
        const { metadata, endpoints } = decodeTags(tags);
        assert.equal(Object.getPrototypeOf(metadata), Object.prototype);
        assert.ok(endpoints.every(({ name }) => name !== ""));
      }),
      { numRuns: 2000 },
    );
  });

  it("read any Consul answer, or say that it is none", () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.jsonValue(), instance))), (body) => {
        try {
          for (const { nodes } of groupByVersion(readEntries(body, { node: "here", local: true })))
            for (const { port, id } of nodes) assert.ok(id !== "" && port >= 0 && port <= 65_535);
        } catch (error) {
          assert.ok(MicroError.is(error) && !Array.isArray(body), String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("read any etcd value and mDNS packet", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), text), fc.array(record), (value, answers) => {
        parseNodeValue(Buffer.from(value), { leased: true, local: true });
        const packet = { type: "response" as const, answers: answers as never };
        readNodes(packet, { address: "127.0.0.1" });
        readListing(packet);
      }),
      { numRuns: 2000 },
    );
  });
});
