import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSocket } from "../sidecar/socket.js";
import { Dashboards } from "../support/dashboard.js";

const big = "x".repeat(64 * 1024);

async function opened(dashboards: Dashboards, method: string) {
  const counted = dashboards.service("go.micro.srv.counted");
  counted.stream("Count.First", {}, async function* (requests) {
    for await (const request of requests) {
      yield request;
      return;
    }
  });
  let sent = () => {};
  const many = new Promise<void>((resolve) => (sent = resolve));
  counted.stream("Count.Many", {}, async function* () {
    for (let i = 0; i < 200; i++) {
      if (i === 10) sent();
      yield { i, big };
    }
  });
  await counted.start();
  const { url } = await dashboards.open();
  const socket = await openSocket(`${url}/stream?service=go.micro.srv.counted&method=${method}`);
  return { socket, many, send: (frame: object) => socket.send(JSON.stringify(frame)) };
}

describe("streams of the dashboard", () => {
  it("reports the end of a stream that the service ended first", async () => {
    await using dashboards = new Dashboards();
    const { socket, send } = await opened(dashboards, "Count.First");
    send({ type: "send", body: '{"n":12345678901234567890}' });
    assert.deepEqual(await socket.json(), { type: "open", node: "" });
    assert.deepEqual(await socket.json(), { type: "message", body: '{"n":12345678901234567890}' });
    assert.deepEqual(await socket.json(), { type: "end" });
    assert.equal((await socket.closed).code, 1000);
  });

  for (const frame of ["no JSON", "null", '{"type":"send"}', '{"type":"send","body":"{"}'])
    it(`answers ${frame} with an error`, async () => {
      await using dashboards = new Dashboards();
      const { socket } = await opened(dashboards, "Count.First");
      assert.equal((await socket.json()).type, "open");
      socket.send(frame);
      const { type, code } = await socket.json();
      assert.deepEqual({ type, code }, { type: "error", code: 400 });
      assert.equal((await socket.closed).code, 1000);
    });

  it("waits for a page that reads slowly", async () => {
    await using dashboards = new Dashboards();
    const { socket, send, many } = await opened(dashboards, "Count.Many");
    socket.stall();
    send({ type: "end" });
    await many;
    socket.resume();
    assert.equal((await socket.json()).type, "open");
    for (let i = 0; i < 200; i++) assert.equal(JSON.parse((await socket.json()).body).i, i);
    assert.equal((await socket.json()).type, "end");
  });
});
