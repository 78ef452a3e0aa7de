import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Codecs } from "../../src/codec/index.js";
import { badRequest } from "../../src/core/errors.js";
import { silent } from "../../src/core/log/log.js";
import { CallCounts } from "../../src/server/call-counts.js";
import { Router } from "../../src/server/router.js";
import { HttpTransport } from "../../src/transport/http/transport.js";
import { exchange } from "../support/bytes/raw.js";

function router(): Router {
  const made = new Router({ service: "s", codecs: new Codecs(), counts: new CallCounts(), log: silent });
  const handler = async (request: unknown, { metadata }: { metadata: Readonly<Record<string, string>> }) => {
    if (metadata["X-Fail"]) throw badRequest("s", "asked to");
    return { request, metadata };
  };
  made.add("Say.Hello", { kind: "call", types: {}, handler });
  made.add("Say.Bye", { kind: "call", types: {}, handler });
  return made;
}

function post(header: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries({ Host: "localhost", ...header, "Content-Length": body.length });
  return `POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

describe("callers over HTTP", () => {
  it("get the reply to their own call, however similar its header is to the last", async () => {
    await using transport = new HttpTransport();
    const { address } = await transport.listen("127.0.0.1:0", router());
    for (const [prefix, method, id, trace] of [
      ["Micro-", "Say.Hello", "1", "a"],
      ["Micro-", "Say.Hello", "2", "b"],
      ["Micro-", "Say.Hello", "2", "b"],
      ["Micro-", "Say.Bye", "3", "b"],
      ["X-Micro-", "Say.Hello", "4", "c"],
      ["X-Micro-", "Say.Hello", "", "d"],
      ["X-Micro-", "Say.Hello", "6", "e"],
    ] as const) {
      const header = {
        "Content-Type": "application/json",
        [`${prefix}Method`]: method,
        ...(id ? { [`${prefix}Id`]: id } : {}),
        "X-Trace": trace,
      };
      const reply = await exchange(address, post(header, JSON.stringify({ trace })));
      const said = JSON.parse(reply.slice(reply.indexOf("\r\n\r\n")));
      assert.equal(new RegExp(`\r\n${prefix}Id: (.*)\r\n`).exec(reply)?.[1] ?? "", id);
      assert.deepEqual(said.request, { trace });
      assert.equal(said.metadata["X-Trace"], trace);
      assert.equal(said.metadata[`${prefix}Method`], method);
    }
  });

  it("get errors with the id of their own call", async () => {
    await using transport = new HttpTransport();
    const { address } = await transport.listen("127.0.0.1:0", router());
    for (const [id, fail] of ["0", "1", "0", "1"].entries()) {
      const header = {
        "Content-Type": "application/json",
        "Micro-Method": "Say.Hello",
        "Micro-Id": String(id),
      };
      const reply = await exchange(
        address,
        post({ ...header, ...(fail === "1" ? { "X-Fail": "1" } : {}) }, "{}"),
      );
      assert.match(reply, new RegExp(`\r\nMicro-Id: ${id}\r\n`));
      assert.equal(/\r\nMicro-Error: .*asked to/.test(reply), fail === "1");
    }
  });
});
