import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { sidecar } from "../../src/sidecar/index.js";
import { System } from "../support/programs/system.js";
import { openSocket } from "./socket.js";

const many = 400;
const line = JSON.stringify({ text: "x".repeat(16 * 1024) });

describe("a stream that its service ends while requests come", () => {
  let system: System;
  let beside: HttpServer;
  const seen: unknown[] = [];
  before(async () => {
    system = await System.open();
    const early = system.service("early");
    early.stream("Say.Many", {}, async function* (requests) {
      for await (const request of requests) {
        seen.push(request);
        for (let at = 0; at < many; at++) yield { at, text: "y".repeat(1024) };
        return;
      }
    });
    early.stream("Say.All", {}, async function* (requests) {
      for await (const request of requests) {
        seen.push(request);
        yield request;
      }
    });
    await early.start();
    beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
  });
  after(async () => {
    await beside.close();
    await system[Symbol.asyncDispose]();
  });
  const url = (method: string, query = "") =>
    `http://${beside.address}/stream?service=early&method=${method}${query}`;

  it("gives all its responses to a WebSocket, and closes it in order", async () => {
    for (let round = 0; round < 3; round++) {
      await using socket = await openSocket(url("Say.Many"));
      for (let i = 0; i < 100; i++) socket.send(line);
      for (let at = 0; at < many; at++) assert.equal((await socket.json()).at, at);
      assert.equal((await socket.closed).code, 1000);
    }
  });

  it("gives all its responses to a POST that is read slowly, before the end", async () => {
    for (let round = 0; round < 3; round++) {
      const body = `${line}\n`.repeat(200);
      const response = await fetch(url("Say.Many"), { method: "POST", body });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const lines = (await response.text()).trim().split("\n");
      assert.deepEqual([lines.length, JSON.parse(lines.at(-1) ?? "").at], [many, many - 1]);
    }
  });

  it("takes no frame behind one that is refused, nor a request of the query that is no JSON", async () => {
    seen.length = 0;
    await using socket = await openSocket(url("Say.All"));
    socket.send('{"bad');
    for (let i = 0; i < 20; i++) socket.send('{"n":1}');
    assert.equal((await socket.closed).code, 4400);
    await using other = await openSocket(url("Say.All", "&request=%7Bbad"));
    assert.equal((await other.closed).code, 4400);
    assert.deepEqual(seen, []);
  });
});
