import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { valueText } from "../../src/codec/json/json-values.js";
import type { MicroError } from "../../src/core/errors.js";
import { Gateways } from "../support/gateway.js";

const name = "go.micro.srv.values";
const circle: Record<string, unknown> = {};
circle.inner = { again: [circle] };

/** A value, and how Go writes it. */
const written: readonly (readonly [unknown, string])[] = [
  [
    { a: new Uint8Array([1, 2, 3]), b: Buffer.from("hi"), c: new Uint8Array(0) },
    '{"a":"AQID","b":"aGk=","c":""}',
  ],
  [{ a: new Uint8Array([1, 2, 3, 4]).subarray(1, 3), b: new ArrayBuffer(1) }, '{"a":"AgM=","b":"AA=="}'],
  [{ a: new Float64Array([1.5]), b: new BigInt64Array([5n]) }, '{"a":[1.5],"b":[5]}'],
  [
    new Map<unknown, unknown>([
      ["x", new Map([[1, "one"]])],
      [2n, new Set(["s"])],
    ]),
    '{"2":["s"],"x":{"1":"one"}}',
  ],
  [{ list: [new Set([new Map([["k", new Date(0)]])])] }, '{"list":[[{"k":"1970-01-01T00:00:00.000Z"}]]}'],
  [{ id: 9007199254740993123n, in: [{ id: -1n }] }, '{"id":9007199254740993123,"in":[{"id":-1}]}'],
  [
    { a: undefined, b: () => 1, c: Symbol("c"), d: null, e: [undefined, null], f: {} },
    '{"d":null,"e":[null,null],"f":{}}',
  ],
  [
    { text: "null {}", n: Object(3), same: [circle.none, circle.none] },
    '{"text":"null {}","n":3,"same":[null,null]}',
  ],
  [JSON.parse('{"__proto__":1,"n":null}'), '{"__proto__":1,"n":null}'],
];
/** A value that JSON cannot hold, and what the error names. */
const refused: readonly (readonly [unknown, RegExp])[] = [
  [{ items: [{ price: Number.NaN }] }, /items\[0\]\.price is NaN$/],
  [{ far: { "a b": Number.NEGATIVE_INFINITY } }, /far\["a b"\] is -Infinity$/],
  [circle, /inner\.again\[0\] is an object that contains itself$/],
  [{ m: new Map([[{}, 1]]) }, /m is a Map with a key that is neither a string nor an integer$/],
  [
    {
      m: new Map<unknown, number>([
        [1, 1],
        ["1", 2],
      ]),
    },
    /m is a Map with two keys that read "1"$/,
  ],
  [{ at: new Date(Number.NaN) }, /at is an invalid Date$/],
  [{ list: [() => 1] }, /list\[0\] is a function$/],
  [{ soon: Promise.resolve(1) }, /soon is of type Promise$/],
  [{ why: new Error("x") }, /why is of type Error$/],
];

describe("values without a JSON form", () => {
  it("are written as Go writes them, or refused by their path", () => {
    for (const [value, text] of written) assert.equal(valueText(value), text);
    for (const [value, path] of refused) assert.throws(() => valueText(value), path);
    assert.equal(valueText(undefined), "null");
  });

  it("pass between two services, and through the gateway", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name, { broker: "memory" });
    const caller = gateways.service("go.micro.srv.caller", { broker: "memory" });
    let heard = (_: unknown) => {};
    backend.handle("Say.Give", {}, (request) =>
      Reflect.get(Object(request), "n").map((n: number) => written[n]?.[0]),
    );
    backend.handle("Say.Fail", {}, (request) => refused[Reflect.get(Object(request), "n")]?.[0]);
    backend.handle("Say.Echo", {}, (request) => ({ got: request }));
    backend.stream("Say.Each", {}, async function* () {
      yield written[0]?.[0];
      yield refused[0]?.[0];
    });
    backend.subscribe("values", (message) => Promise.resolve(heard(message)));
    await gateways.run(backend);
    const http = await gateways.open();
    const every = written.map((_, n) => n);
    const expected = written.map(([, text]) => text);
    const answer = await fetch(`http://${http.address}/rpc`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ service: name, method: "Say.Give", request: { n: every } }),
      signal: AbortSignal.timeout(10_000),
    });
    assert.equal((await answer.text()).trim(), `[${expected.join(",")}]`);
    for (const [n, [value, path]] of refused.entries()) {
      await assert.rejects(caller.client.call(name, "Say.Fail", { n }), failure(500, path));
      await assert.rejects(caller.client.call(name, "Say.Echo", value), failure(400, path));
      await assert.rejects(caller.client.publish("values", value), failure(400, path));
    }
    const echoed = await caller.client.call(name, "Say.Echo", written[0]?.[0]);
    assert.deepEqual(echoed, { got: { a: "AQID", b: "aGk=", c: "" } });
    await using stream = await caller.client.stream(name, "Say.Each");
    await assert.rejects(stream.send(refused[0]?.[0]), failure(400, /price is NaN$/));
    const replies = stream[Symbol.asyncIterator]();
    assert.deepEqual((await replies.next()).value, { a: "AQID", b: "aGk=", c: "" });
    await assert.rejects(replies.next(), failure(500, /price is NaN$/));
    const message = new Promise((resolve) => {
      heard = resolve;
    });
    await caller.client.publish("values", { at: new Date(0), ids: new Set([1n]) });
    assert.deepEqual(await message, { at: "1970-01-01T00:00:00.000Z", ids: [1] });
  });
});

function failure(code: number, path: RegExp) {
  return (error: MicroError) => {
    assert.equal(error.code, code, error.detail);
    assert.match(error.detail, path);
    return true;
  };
}
