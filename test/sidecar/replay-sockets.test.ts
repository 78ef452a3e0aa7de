import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { openSidecar } from "./open-sidecar.js";
import { openSocket, type Socket } from "./socket.js";

interface Recorded {
  readonly conn: string;
  readonly event: string;
  readonly value: string;
  readonly payload?: string;
}

const folder = new URL("../fixtures/sidecar/", import.meta.url);

function read(name: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")).events;
}

/** Replays the frames of the recording. Awaits an answer where the recording has one. */
async function replay(events: readonly Recorded[], url: string): Promise<Map<string, Socket>> {
  const sockets = new Map<string, Socket>();
  for (const { conn, event, value, payload = "" } of events) {
    const path = /^GET (\S+)/.exec(value)?.[1];
    if (event === "handshake-request" && path) sockets.set(conn, await openSocket(url + path));
    const socket = sockets.get(conn);
    if (event === "frame-sent" && value === "text") socket?.send(payload);
    if (event === "frame-sent" && value === "binary") socket?.send(Buffer.from(payload, "hex"));
    if (event === "frame-sent" && value.startsWith("close")) socket?.close();
    if (event === "frame-received" && value === "text") await socket?.text().catch(() => "");
  }
  return sockets;
}

function received(events: readonly Recorded[], conn: string): readonly unknown[] {
  return events
    .filter((one) => one.conn === conn && one.event === "frame-received" && one.value === "text")
    .map(({ payload = "" }) => payload);
}

describe("what WebSocket clients of the original sidecar were recorded to send", () => {
  it("ws-pubsub: each of two sockets of a topic gets every frame, byte for byte", async () => {
    await using server = await openSidecar();
    const events = read("ws-pubsub");
    const sockets = await replay(events, server.url);
    for (const [conn, socket] of sockets) {
      assert.deepEqual(socket.received, received(events, conn), conn);
      await socket[Symbol.asyncDispose]();
    }
  });

  it("ws-queue: each queue gets every message once, and shares them among its members", async () => {
    await using server = await openSidecar();
    const events = read("ws-queue");
    const sent = events.filter(({ event }) => event === "frame-sent");
    const all = received(events, "Q3");
    const sockets = new Map<string, Socket>();
    for (const { conn, event, value } of events) {
      const path = /^GET (\S+)/.exec(value)?.[1];
      if (event === "handshake-request" && path) sockets.set(conn, await openSocket(server.url + path));
    }
    const [q1, q2, q3] = ["Q1", "Q2", "Q3"].map((conn) => sockets.get(conn));
    assert.ok(q1 && q2 && q3);
    for (const { payload = "" } of sent.filter(({ value }) => value === "text")) {
      q1.send(payload);
      await q3.text();
    }
    assert.deepEqual(q3.received, all);
    const end = performance.now() + 10_000;
    while (q1.received.length + q2.received.length < all.length && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([...q1.received, ...q2.received].sort(), [...all].sort());
    for (const socket of sockets.values()) await socket[Symbol.asyncDispose]();
  });
});
