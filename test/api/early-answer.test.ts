import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAddress } from "../../src/core/net/address.js";
import { Backend } from "../support/backend.js";
import { askRaw } from "../support/bytes/raw-answer.js";
import { Dashboards } from "../support/dashboard.js";
import { Gateways } from "../support/gateway.js";

/** Sends a head and `size` bytes as fast as they are taken, and returns all that came back until the end. */
async function upload(address: string, head: readonly string[], size: number): Promise<string> {
  const socket = connect(parseAddress(address));
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
  });
  socket.on("error", () => {});
  socket.setTimeout(10_000, () => socket.destroy());
  const chunked = head.some((line) => /^transfer-encoding/i.test(line));
  const part = Buffer.alloc(64 * 1024, "x");
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const closed = once(socket, "close");
  for (let sent = 0; sent < size && !socket.destroyed; sent += part.length) {
    const bytes = size - sent < part.length ? part.subarray(0, size - sent) : part;
    const framed = chunked
      ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")])
      : bytes;
    if (!socket.write(framed)) await Promise.race([once(socket, "drain"), closed]);
  }
  if (chunked && !socket.destroyed) socket.write("0\r\n\r\n");
  await Promise.race([closed, eventuallyAnswered(socket, () => answer)]);
  socket.destroy();
  await closed;
  return answer;
}

function eventuallyAnswered(socket: NodeJS.EventEmitter, answer: () => string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => /\r\n\r\n[\s\S]*no/.test(answer()) && resolve();
    socket.on("data", look);
    look();
  });
}

const backends: Readonly<Record<string, RequestListener>> = {
  whole: (_, response) => void response.writeHead(401).end("no"),
  closing: (_, response) => void response.writeHead(401, { Connection: "close" }).end("no"),
  streamed: (_, response) => {
    response.writeHead(401);
    response.flushHeaders();
    setImmediate(() => response.end("no"));
  },
};

const programs = {
  api: async () => {
    const gateways = new Gateways();
    const http = await gateways.open({ handler: "proxy" });
    return { http, registry: gateways.registry, service: "go.micro.api.auth", owner: gateways };
  },
  web: async () => {
    const dashboards = new Dashboards();
    const http = await dashboards.open();
    return { http, registry: dashboards.registry, service: "go.micro.web.auth", owner: dashboards };
  },
};

describe("an upload that its backend answers before it has arrived", () => {
  for (const [program, open] of Object.entries(programs))
    for (const [kind, listener] of Object.entries(backends))
      it(`is answered by ${program} with what the backend said, ${kind}, and the program goes on`, async () => {
        const { http, registry, service, owner } = await open();
        await using _ = owner;
        await using __ = await Backend.http(registry, service, listener);
        for (const size of [70_000, 8_000_000, 8_000_000, 300_000])
          for (const framing of [`Content-Length: ${size}`, "Transfer-Encoding: chunked"]) {
            const head = ["POST /auth/x HTTP/1.1", `Host: ${http.address}`, framing];
            const answer = await upload(http.address, head, size);
            assert.match(answer, /^HTTP\/1\.1 401 [\s\S]*no/, `${framing} of ${size}`);
          }
      });

  it("is answered if it is slow, and discarded only while data arrives", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open({ handler: "proxy" });
    await using _ = await Backend.http(
      gateways.registry,
      "go.micro.api.auth",
      backends.whole as RequestListener,
    );
    const socket = connect(parseAddress(address));
    socket.on("error", () => {});
    let answer = "";
    const closed = once(socket, "close");
    socket.write(`POST /auth/x HTTP/1.1\r\nHost: ${address}\r\nContent-Length: 100000000\r\n\r\n`);
    const sending = setInterval(() => socket.write("x".repeat(1000)), 50);
    // a client that reads only once it has sent for a while, as many do
    await sleep(2000);
    clearInterval(sending);
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    await closed;
    assert.match(answer, /^HTTP\/1\.1 401 [\s\S]*no/);
  });

  it("is answered whole where the answer ends with the connection, which is reset for what was not read", async () => {
    await using gateways = new Gateways();
    const { address } = await gateways.open({ handler: "proxy" });
    await using _ = await Backend.raw(gateways.registry, "go.micro.api.auth", (socket) => {
      socket.once("data", async () => {
        socket.pause().write("HTTP/1.0 401 Unauthorized\r\n\r\nno");
        await sleep(50); // read by then, and something is unread
        socket.destroy();
      });
    });
    const body = "x".repeat(8_000_000);
    const head = ["POST /auth/x HTTP/1.1", `Host: ${address}`, `Content-Length: ${body.length}`];
    const { status, body: answer, cut } = await askRaw(address, `${head.join("\r\n")}\r\n\r\n${body}`);
    assert.deepEqual([status, answer, cut], [401, "no", false]);
  });
});
