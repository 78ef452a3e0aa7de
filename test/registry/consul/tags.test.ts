import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import type { Endpoint, Value } from "../../../src/core/service.js";
import { decodeTags, encodeTags } from "../../../src/registry/consul/entries/tags.js";
import { character } from "../../support/character.js";

interface Captured {
  readonly tag: string;
  readonly kind: "version" | "metadata" | "endpoint";
  readonly decoded: unknown;
}

const captured: readonly Captured[] = JSON.parse(
  readFileSync(new URL("../../fixtures/consul/tags.json", import.meta.url), "utf8"),
).tags;

describe("Consul tags", () => {
  for (const { tag, kind, decoded } of captured)
    it(`reads the ${kind} in ${tag.slice(0, 40)}`, () => {
      const read = decodeTags([tag]);
      if (kind === "version") assert.equal(read.version, decoded);
      else if (kind === "metadata") assert.deepEqual(read.metadata, decoded);
      else assert.deepEqual(JSON.parse(JSON.stringify(read.endpoints[0])), withoutNulls(decoded));
    });

  it("writes one tag each, zlib in lower-case hex", () => {
    const tags = encodeTags({ version: "1.0.0", metadata: { dc: "eu" }, endpoints: [hello] });
    assert.deepEqual(tags.map(inflated), ['t {"dc":"eu"}', `e ${JSON.stringify(asGoWrites)}`, "v 1.0.0"]);
    for (const tag of tags) assert.match(tag, /^[tev]-789c[0-9a-f]+$/);
  });

  it("reads what it writes", () => {
    const text = fc.string({ unit: character, maxLength: 50 });
    const metadata = fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      text,
      { maxKeys: 5, noNullPrototype: true },
    );
    fc.assert(
      fc.property(text, metadata, (version, pairs) => {
        const read = decodeTags(encodeTags({ version, metadata: pairs, endpoints: [hello] }));
        assert.deepEqual(read, { version, metadata: pairs, endpoints: [hello] });
      }),
      { numRuns: 200 },
    );
  });

  it("counts each pair and endpoint once where both encodings are there", () => {
    const plain = ['t={"dc":"eu"}', `e=${JSON.stringify(asGoWrites)}`, "v=1"];
    const hex = encodeTags({ version: "1", metadata: { dc: "us" }, endpoints: [hello] });
    const read = decodeTags([...plain, ...hex]);
    assert.deepEqual(read, { version: "1", metadata: { dc: "eu" }, endpoints: [hello] });
  });

  it("skips one-letter, foreign and broken tags", () => {
    const broken = [
      "e",
      "t",
      "v",
      "",
      "eu-west",
      "team=x",
      "vip",
      "canary",
      "e-zz",
      "t-789c",
      "v-00",
      "e={",
      "t=3",
    ];
    const good = encodeTags({ version: "2", metadata: { a: "b" }, endpoints: [hello] });
    const read = decodeTags([...broken, 7, null, ...good]);
    assert.deepEqual(read, { version: "2", metadata: { a: "b" }, endpoints: [hello] });
  });

  it("is not harmed by names that reach prototypes", () => {
    const read = decodeTags(["v=1", 't={"__proto__":"x"}', 't={"constructor":"y"}']);
    assert.deepEqual(Object.entries(read.metadata), [["constructor", "y"]]);
    assert.equal(Object.getPrototypeOf(read.metadata), Object.prototype);
  });

  it("skips tags that inflate to more than 64 KiB, and a node's beyond 1 MiB", () => {
    const atLimit = metadataTag("a", 64 * 1024);
    assert.equal(inflated(atLimit).length - 2, 64 * 1024);
    assert.deepEqual(Object.keys(decodeTags(["v=1", atLimit]).metadata), ["a"]);
    assert.deepEqual(decodeTags(["v=1", metadataTag("a", 64 * 1024 + 1)]).metadata, {});
    const many = Array.from({ length: 17 }, (_, n) => metadataTag(String.fromCharCode(97 + n), 64 * 1024));
    assert.equal(Object.keys(decodeTags(many).metadata).length, 16);
  });

  it("stays small under a bomb", () => {
    const bomb = `t-${deflateSync(Buffer.alloc(64 * 1024 * 1024)).toString("hex")}`;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20; i++) decodeTags(["v=1", bomb, bomb]);
    assert.ok(process.memoryUsage().rss - before < 32 * 1024 * 1024);
  });
});

const hello: Endpoint = {
  name: "Say.Hello",
  request: { name: "Request", type: "Request", values: [{ name: "Name", type: "string", values: [] }] },
  response: null,
  metadata: { stream: "false" },
};

const asGoWrites = {
  name: "Say.Hello",
  request: { name: "Request", type: "Request", values: [{ name: "Name", type: "string", values: null }] },
  response: null,
  metadata: { stream: "false" },
};

function inflated(tag: string): string {
  return `${tag[0]} ${inflateSync(Buffer.from(tag.slice(2), "hex")).toString()}`;
}

/** A metadata tag whose JSON has `size` bytes. */
function metadataTag(key: string, size: number): string {
  const empty = JSON.stringify({ [key]: "" }).length;
  const [tag = ""] = encodeTags({
    version: "",
    metadata: { [key]: "x".repeat(size - empty) },
    endpoints: [],
  });
  return tag;
}

/** In the originals' JSON lists and maps may be null; ours are empty then. */
function withoutNulls(value: unknown, member = ""): unknown {
  if (value === null && member === "values") return [];
  if (value === null && member === "metadata") return {};
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Value) => withoutNulls(one));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutNulls(one, key)]));
}
