import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { clientSource } from "../../src/cli/target/client-source.js";
import type { MicroService } from "../../src/service/index.js";
import { CapturedLog } from "../support/captured-log.js";
import { Gateways } from "../support/gateway.js";

const name = "go.micro.srv.types";
/** Whole numbers that a double can hold, and JSON writes as digits. */
const whole = [1, 2 ** 53 - 1, 2 ** 53, 1e17, -1e18, 1764275095123456800, 1e20, 1e21, 1.5e300];
/** One of them looks as a double is written; as a double it would be another id. */
const ids = [9007199254740993n, 1234567890123456800n, 9223372036854775807n, -9223372036854775808n];

const Numbers = z.object({
  n: z.number(),
  list: z.array(z.number()),
  inner: z.object({ n: z.number().nullable() }),
  named: z.record(z.string(), z.number()).optional(),
  either: z.union([z.string(), z.number()]).optional(),
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
      await stream.send({ ...numbers(n), named: { n }, either: n });
      const { value } = await replies.next();
      assert.deepEqual({ ...Object(value), named: 0, either: 0 }, { ...numbers(n), named: 0, either: 0 });
    }
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
    for (const at of ["soon", "2026-13-01T00:00:00Z", 5])
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

  it("are missed in the log where a schema does not say them", async () => {
    await using gateways = new Gateways();
    const log = new CapturedLog();
    const backend = gateways.service("silent", { log });
    const type = {
      "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) },
    } as const;
    backend.handle("S.Get", { request: type }, () => ({}));
    backend.subscribe("told", () => {}, { type });
    const reason = "own gives no JSON Schema for it";
    assert.deepEqual(log.warnings, [
      { method: "S.Get", reason, message: "the request is not described in the registry" },
      { topic: "told", reason, message: "the message is not described in the registry" },
    ]);
  });
});
