import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { watchSocket } from "../../../src/http/stream/websocket.js";
import { MovedClock } from "../../support/moved-clock.js";

/** Milliseconds between two pings, and the longest that a dead peer may go unnoticed: R31. */
const interval = 9000;
const longest = 30_000;

/** A watched socket of a server, and its peer, which answers pings or does not. */
async function watched(answers: boolean) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const accepted = once(server, "connection");
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    autoPong: answers,
  });
  const opened = once(peer, "open");
  const [socket] = (await accepted) as [WebSocket];
  await opened;
  const clock = new MovedClock();
  watchSocket(socket, clock);
  return {
    clock,
    socket,
    peer,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      socket.terminate();
      await new Promise((closed) => server.close(closed));
    },
  };
}

describe("the watch of a WebSocket", () => {
  it("pings every 9 s, and ends a peer that leaves two pings unanswered within 30 s", async () => {
    await using pair = await watched(false);
    const { clock, socket, peer } = pair;
    const closed = once(socket, "close");
    let pings = 0;
    peer.on("ping", () => pings++);
    for (let sent = 1; sent <= 2; sent++) {
      const pinged = once(peer, "ping");
      await clock.pass(interval);
      await pinged;
      assert.deepEqual([pings, socket.readyState], [sent, WebSocket.OPEN]);
    }
    await clock.pass(longest - 2 * interval);
    assert.notEqual(socket.readyState, WebSocket.OPEN);
    await closed;
    assert.equal(pings, 2);
  });

  it("keeps a peer that answers, for as long as it likes", async () => {
    await using pair = await watched(true);
    const { clock, socket } = pair;
    for (let times = 0; times < 20; times++) {
      const answered = once(socket, "pong");
      await clock.pass(interval);
      await answered;
    }
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  it("keeps a peer that answers every other ping", async () => {
    await using pair = await watched(false);
    const { clock, socket, peer } = pair;
    for (let times = 0; times < 10; times++) {
      const pinged = once(peer, "ping");
      await clock.pass(interval);
      await pinged;
      if (times % 2 === 0) continue;
      const answered = once(socket, "pong");
      peer.pong();
      await answered;
    }
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  it("does not end a socket that it has paused: a pong cannot arrive there", async () => {
    await using pair = await watched(true);
    const { clock, socket } = pair;
    socket.pause();
    await clock.pass(10 * interval);
    assert.equal(socket.readyState, WebSocket.OPEN);
    socket.resume();
  });

  it("does not end one that it resumes, before the pongs that came meanwhile are read", async () => {
    await using pair = await watched(true);
    const { clock, socket } = pair;
    socket.pause();
    await clock.pass(5 * interval);
    socket.resume();
    await clock.pass(interval);
    assert.equal(socket.readyState, WebSocket.OPEN);
  });

  it("leaves no timer behind when the socket closes", async () => {
    await using pair = await watched(true);
    const { clock, socket, peer } = pair;
    const closed = once(socket, "close");
    peer.close();
    await closed;
    assert.equal(clock.pending, 0);
  });
});
