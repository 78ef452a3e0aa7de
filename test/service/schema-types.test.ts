import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { clientSource } from "../../src/cli/target/client-source.js";
import type { MicroService } from "../../src/service/index.js";
import { Gateways } from "../support/gateway.js";
import { start } from "../support/programs/process.js";

const name = "go.micro.srv.types";
/** Whole numbers that a double can hold, and JSON writes as digits. */
const whole = [1, 2 ** 53 - 1, 2 ** 53, 1e17, -1e18, 1764275095123456800, 1e20, 1e21, 1.5e300];
/** One of them looks as a double is written; as a double it would be another id. */
const ids = [9007199254740993n, 1234567890123456800n, 9223372036854775807n, -9223372036854775808n];

const Numbers = z.object({
  n: z.number(),
  list: z.array(z.number()),
  inner: z.object({ n: z.number().nullable() }),
});

const { number, string, tuple, record, union, object, bigint } = z;
/** Where the entry of a service in the registry has no words for a number. */
const Unnamed = object({
  named: record(string(), number()),
  pair: tuple([string(), number()]),
  lists: z.array(tuple([number()]).rest(number())),
  either: union([string(), number()]),
  choice: union([
    object({ kind: z.literal("a"), n: bigint() }),
    object({ kind: z.literal("b"), n: number() }),
  ]),
});

function withNumbers(backend: MicroService): void {
  backend.handle("N.Echo", { request: Numbers, response: Numbers }, (request) => request);
  backend.handle("N.Any", {}, (request) => request);
  backend.handle("N.Id", { request: z.object({ id: z.bigint() }) }, ({ id }) => ({ id, type: typeof id }));
  backend.handle("N.At", { request: z.object({ at: z.date().min(new Date(0)) }) }, ({ at }) => ({
    year: at.getUTCFullYear(),
  }));
  backend.stream("N.Each", { request: Numbers, response: Numbers }, async function* (requests) {
    for await (const request of requests) yield request;
  });
}

function numbers(n: number): z.infer<typeof Numbers> {
  return { n, list: [n, 1], inner: { n } };
}

describe("the types that a schema says", () => {
  it("make numbers of whole ones beyond 2^53, in requests and responses", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    withNumbers(backend);
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    await using stream = await client.stream(name, "N.Each");
    const replies = stream[Symbol.asyncIterator]();
    for (const n of whole) {
      assert.deepEqual(await client.call(name, "N.Echo", numbers(n)), numbers(n));
      await stream.send(numbers(n));
      const { value } = await replies.next();
      assert.deepEqual(value, numbers(n));
    }
  });

  it("make numbers of them in records, tuples and unions too, and leave ids beside them exact", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    const types = { request: Unnamed, response: object({ all: z.array(Unnamed), id: bigint() }) };
    const answered = (request: z.infer<typeof Unnamed>) => ({ all: [request], id: 9007199254740993n });
    backend.handle("N.Unnamed", types, answered);
    backend.stream("N.Stream", types, async function* (requests) {
      for await (const request of requests) yield answered(request);
    });
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    await using stream = await client.stream(name, "N.Stream");
    const replies = stream[Symbol.asyncIterator]();
    for (const n of whole) {
      const request = { named: { n, m: 1 }, pair: ["9007199254740993", n], lists: [[1, n, n]], either: n };
      for (const choice of [
        { kind: "b", n },
        { kind: "a", n: 1234567890123456800n },
      ]) {
        const expected = { all: [{ ...request, choice }], id: 9007199254740993n };
        assert.deepEqual(await client.call(name, "N.Unnamed", { ...request, choice }), expected);
        await stream.send({ ...request, choice });
        assert.deepEqual((await replies.next()).value, expected);
      }
    }
  });

  it("take a whole number beyond 2^53 for an integer where a double holds it, and never round one", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    backend.handle("I.Zod", { request: object({ n: z.int() }) }, (request) => request);
    // as libraries do whose integers are not bounded
    const integer = number().meta({ type: "integer" });
    const request = object({ n: integer, list: z.array(union([string(), integer])) });
    backend.handle("I.Free", { request }, ({ n, list }) => ({ type: [typeof n, typeof list[0]] }));
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    const given = await client.call(name, "I.Free", { n: 2 ** 60, list: [2 ** 60] });
    assert.deepEqual(given, { type: ["number", "number"] });
    const rounded = { n: 9007199254740993n, list: [] };
    await assert.rejects(client.call(name, "I.Free", rounded), {
      code: 400,
      detail: /n: .*expected number, received bigint/,
    });
    assert.deepEqual(await client.call(name, "I.Zod", { n: 2 ** 53 - 1 }), { n: 2 ** 53 - 1 });
    const beyond = { code: 400, detail: /n: Too big/ };
    await assert.rejects(client.call(name, "I.Zod", { n: 2 ** 60 }), beyond);
  });

  it("leave 64-bit ids exact, and always of one type", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    withNumbers(backend);
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    for (const id of ids) {
      assert.deepEqual(await client.call(name, "N.Any", { id }), { id });
      assert.deepEqual(await client.call(name, "N.Id", { id }), { id, type: "bigint" });
    }
    assert.deepEqual(await client.call(name, "N.Id", { id: 5 }), { id: 5, type: "bigint" });
    await assert.rejects(client.call(name, "N.Id", { id: 1.5 }), { code: 400, detail: /expected bigint/ });
  });

  it("make a date of its text, and refuse what is none", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    withNumbers(backend);
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    assert.deepEqual(await client.call(name, "N.At", { at: new Date("2026-01-02T03:04:05Z") }), {
      year: 2026,
    });
    const none = ["2026-13-01", "2026-02-30", "2026-02-29", "2026-04-31", "2026-00-10", "2026-01-00"];
    const times = ["24:00:00Z", "23:60:00Z", "23:59:61Z", "00:00:00+24:00"];
    const wrong = [...none.map((day) => `${day}T00:00:00Z`), ...times.map((time) => `2026-01-31T${time}`)];
    assert.deepEqual(await client.call(name, "N.At", { at: "2028-02-29T23:59:59.5+23:59" }), { year: 2028 });
    for (const at of ["soon", ...wrong, 5])
      await assert.rejects(client.call(name, "N.At", { at }), { code: 400, detail: /at: .*expected date/ });
    const early = { at: "1969-01-01T00:00:00Z" };
    await assert.rejects(client.call(name, "N.At", early), { code: 400, detail: /at: Too small/ });
  });

  it("convert a query beside a field that JSON Schema has no words for, and are in the generated client", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service("types");
    const request = z.object({
      id: z.int(),
      n: z.number().optional(),
      at: z.date().optional(),
      until: z.coerce.date().optional(),
      size: z.bigint().optional(),
    });
    const metadata = { path: "/types/{id}", method: "GET", handler: "rpc" };
    backend.handle("T.Get", { request, metadata }, (given) => given);
    await gateways.run(backend);
    const http = await gateways.open();
    const date = "2026-01-02T03:04:05.000Z";
    const url = `http://${http.address}/types/7?n=9007199254740993&at=${date}&until=${date}&size=5`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const body = await answer.text();
    assert.equal(body.trim(), `{"id":7,"n":9007199254740992,"at":"${date}","until":"${date}","size":5}`);
    const [service] = await gateways.registry.getService("types");
    const source = service ? clientSource(service) : "";
    const fields = [
      "id?: (number | bigint)",
      "n?: number",
      "at?: string",
      "until?: string",
      "size?: (number | bigint)",
    ];
    for (const field of fields) assert.ok(source.includes(`  ${field};\n`), source);
  });

  it("are those of the choice of a union that a value is of, in whatever order they are declared", async () => {
    await using gateways = new Gateways();
    const backend = gateways.service(name);
    const big = z.object({ kind: z.literal("a"), n: z.bigint() });
    const small = z.object({ kind: z.literal("b"), n: z.number() });
    const dated = z.object({ kind: z.enum(["c", "d"]), n: z.date() });
    const unions = {
      "U.First": z.discriminatedUnion("kind", [big, small, dated]),
      "U.Last": z.discriminatedUnion("kind", [dated, small, big]),
      "U.Plain": z.union([small, dated, big]),
    };
    for (const [method, request] of Object.entries(unions))
      backend.handle(method, { request }, ({ n }) => ({ type: typeof n }));
    backend.handle(
      "U.Kept",
      {
        request: z.union([
          z.object({ n: z.bigint(), a: z.string() }),
          z.object({ n: z.number(), b: z.string() }),
        ]),
      },
      ({ n }) => ({ type: typeof n }),
    );
    await gateways.run(backend);
    const { client } = gateways.service("caller");
    for (const method of Object.keys(unions)) {
      assert.deepEqual(await client.call(name, method, { kind: "a", n: 5 }), { type: "bigint" }, method);
      assert.deepEqual(
        await client.call(name, method, { kind: "b", n: 2 ** 60 }),
        { type: "number" },
        method,
      );
      const at = { kind: "d", n: "2026-01-02T03:04:05Z" };
      assert.deepEqual(await client.call(name, method, at), { type: "object" }, method);
    }
    assert.deepEqual(await client.call(name, "U.Kept", { n: 5, a: "x" }), { type: "bigint" });
  });

  it("do not round an id of one version of a service where another says that it is a float", async () => {
    await using gateways = new Gateways();
    const id = 9007199254740993n;
    const float = gateways.service(name, { version: "1.0.0" });
    const response = z.object({ n: z.number(), same: z.array(z.object({ n: z.number() })) });
    float.handle("V.Get", { response }, () => ({ n: 1e17, same: [{ n: 1e17 }] }));
    const exact = gateways.service(name, { version: "2.0.0" });
    const Exact = z.object({ n: z.bigint(), same: z.array(z.object({ n: z.number() })) });
    exact.handle("V.Get", { response: Exact }, () => ({ n: id, same: [{ n: 1e17 }] }));
    await gateways.run(float);
    await gateways.run(exact);
    const { client } = gateways.service("caller");
    const seen = new Set<unknown>();
    for (let i = 0; i < 50 && seen.size < 2; i++) {
      const reply = await client.call<{ n: unknown; same: unknown }>(name, "V.Get", {});
      assert.deepEqual(reply.same, [{ n: 1e17 }]);
      seen.add(reply.n);
    }
    assert.deepEqual(seen, new Set([id, 10n ** 17n]));
  });

  it("are missed in the log where a schema does not say them, also where the service brings no log", async () => {
    await using vague = start(process.execPath, ["--import", "tsx", "test/support/programs/undescribed.ts"]);
    await vague.output(/"serving"/);
    const lines = vague.stderr.trim().split("\n");
    const said = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
    const reason = "own gives no JSON Schema for it";
    assert.deepEqual(
      said.map(({ method, topic, reason, msg }) => ({ method, topic, reason, msg })),
      [
        { method: "S.Get", topic: undefined, reason, msg: "the request is not described in the registry" },
        { method: undefined, topic: "told", reason, msg: "the message is not described in the registry" },
      ],
    );
  });
});
