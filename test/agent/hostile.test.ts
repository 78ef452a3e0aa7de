import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { agent } from "../../src/agent/index.js";
import { character } from "../support/character.js";

const names = [
  "ID",
  "Name",
  "Tags",
  "Port",
  "Address",
  "Meta",
  "Check",
  "Checks",
  "TTL",
  "HTTP",
  "TCP",
  "Interval",
];
const more = [
  "Weights",
  "TaggedAddresses",
  "Status",
  "CheckID",
  "ServiceID",
  "Header",
  "Method",
  "Notes",
  "__proto__",
];
const word = fc.constantFrom(...names, ...more);
const text = fc.oneof(
  fc.string(),
  fc.constantFrom("1s", "-1s", "9".repeat(40), "http://[", "\u0000", "passing"),
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(word, tie("value"), { maxKeys: 8 }),
  ),
})).value;
const paths = [
  "service/register",
  "check/register",
  "check/update/x",
  "check/pass/x",
  "service/deregister/x",
];

describe("the embedded agent under hostile requests", () => {
  it("always answers 200 or a descriptive error, and keeps its state", async () => {
    await using server = await agent({ address: "127.0.0.1:0" });
    const path = fc.constantFrom(...paths);
    const body = fc.oneof(
      anything.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(path, body, async (where, payload) => {
        const sent = { method: "PUT", url: `/v1/agent/${where}`, payload } as const;
        const { statusCode, body: answer } = await server.app.inject(sent);
        assert.ok(statusCode === 200 || answer.length > 0);
        assert.notEqual(answer, "internal error");
      }),
      { numRuns: 1500 },
    );
    for (const url of [
      "/v1/agent/services",
      "/v1/agent/checks",
      "/v1/catalog/services",
      "/v1/health/state/any",
    ])
      assert.equal((await server.app.inject(url)).statusCode, 200);
    assert.equal(({} as { Name?: unknown }).Name, undefined);
  });

  it("answers a read with any query", async () => {
    await using server = await agent({ address: "127.0.0.1:0" });
    const names = fc.constantFrom(
      "index",
      "wait",
      "passing",
      "tag",
      "dc",
      "stale",
      "consistent",
      "near",
      "filter",
    );
    const query = fc.dictionary(names, fc.constantFrom("", "1", "-1", "abc", "1ms", "9".repeat(30)));
    const segment = fc.oneof(
      fc.stringMatching(/^[\w.~!$&'()*+,;=:@-]{0,10}$/),
      fc.string({ unit: character, maxLength: 10 }).map(encodeURIComponent),
    );
    const path = fc.array(segment, { maxLength: 5 }).map((parts) => parts.map((part) => `/${part}`).join(""));
    await fc.assert(
      fc.asyncProperty(path, query, async (name, parameters) => {
        const wait = { wait: "1ms", ...parameters };
        const url = `/v1/health/service${name || "/"}?${new URLSearchParams(wait)}`;
        const { statusCode } = await server.app.inject(url);
        assert.ok([200, 400, 404, 414, 500].includes(statusCode), `${url}: ${statusCode}`);
      }),
      { numRuns: 500 },
    );
  });
});
