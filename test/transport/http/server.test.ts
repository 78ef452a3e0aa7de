import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { parseAddress } from "../../../src/core/net/address.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import type { Message, TransportHandler } from "../../../src/transport/transport.js";
import { hasWholeReply, exchange as send } from "../../support/bytes/raw.js";

const echo: TransportHandler = {
  opensStream: () => false,
  call: async (request) => request,
  stream: async () => {},
};

async function serve<T>(
  work: (address: string) => Promise<T>,
  handler = echo,
  hosts: string[] = [],
): Promise<T> {
  await using transport = new HttpTransport();
  const { address } = await transport.listen("127.0.0.1:0", handler, { hosts });
  return await work(address);
}

function post(head: string, body = "{}"): string {
  return `POST / HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

async function statusOf(address: string, bytes: string | Buffer): Promise<number> {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await send(address, bytes))?.[1] ?? 0);
}

describe("the HTTP server of the RPC port", () => {
  it("accepts IP addresses, localhost and its own names, and nothing that only looks like them", async () => {
    const good = ["127.0.0.1", "127.0.0.1:9001", "LOCALHOST:1", "[::1]:80", "10.1.2.3", "node1.example:80"];
    const bad = [
      "evil.test",
      "127.0.0.1.evil.test",
      "localhost.evil.test",
      "node1.example.evil",
      "a@127.0.0.1",
      "[x]",
      "",
    ];
    await serve(
      async (address) => {
        for (const host of good) assert.equal(await statusOf(address, post(`Host: ${host}\r\n`)), 200, host);
        for (const host of bad) assert.equal(await statusOf(address, post(`Host: ${host}\r\n`)), 421, host);
      },
      echo,
      ["node1.example"],
    );
  });

  it("refuses requests that two readers could read differently", async () => {
    const cases: Readonly<Record<string, string>> = {
      "no host": post(""),
      "two hosts": post("Host: localhost\r\nhost: localhost\r\n"),
      "length and chunks":
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      "two lengths": "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      "a folded header": post("Host: localhost\r\nA: b\r\n c: d\r\n"),
      "a space before the colon": post("Host : localhost\r\n"),
      "a NUL in a value": post("Host: localhost\r\nA: \0\r\n"),
      "no HTTP": "\x16\x03\x01\r\n\r\n",
    };
    await serve(async (address) => {
      for (const [what, bytes] of Object.entries(cases))
        assert.equal(await statusOf(address, bytes), 400, what);
    });
  });

  it("bounds body and headers, at the limit and one beyond", async () => {
    const host = "Host: localhost\r\n";
    const sized = (size: number) =>
      Buffer.concat([
        Buffer.from(post(host, "").replace("Length: 0", `Length: ${size}`)),
        Buffer.alloc(size),
      ]);
    const chunk = (size: number) => `${size.toString(16)}\r\n${"x".repeat(size)}\r\n`;
    const chunked = `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    const limit = 4 * 1024 * 1024;
    await serve(async (address) => {
      assert.equal(await statusOf(address, sized(limit)), 200);
      assert.equal(await statusOf(address, sized(limit + 1).subarray(0, 2000)), 413);
      assert.equal(await statusOf(address, `${chunked}${chunk(limit)}${chunk(1)}`), 413);
      assert.equal(await statusOf(address, post(`${host}A: ${"a".repeat(15 * 1024)}\r\n`)), 200);
      assert.equal(await statusOf(address, `${chunked}1;${"a".repeat(20_000)}\r\nx\r\n0\r\n\r\n`), 413);
      assert.equal(await statusOf(address, post(`${host}A: ${"a".repeat(17 * 1024)}\r\n`)), 431);
      assert.equal(await statusOf(address, post(host + "A: b\r\n".repeat(254))), 200);
      assert.equal(await statusOf(address, post(host + "A: b\r\n".repeat(256))), 431);
      assert.equal(await statusOf(address, `TRACE / HTTP/1.1\r\n${host}\r\n`), 405);
    });
  });

  it("answers any method and path, sized or chunked, and echoes no header that the handler did not give", async () => {
    const call = async (request: Message) => ({ header: { "Content-Type": "text/x" }, body: request.body });
    await serve(
      async (address) => {
        for (const start of ["PUT /other?x=1", "GET /any/path", "POST *"]) {
          const reply = await send(
            address,
            `${start} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/x\r\nX-Mine: 1\r\n\r\n`,
          );
          assert.match(reply, /^HTTP\/1\.1 200 OK\r\nContent-Length: 0\r\nContent-Type: text\/x\r\n/);
          assert.doesNotMatch(reply, /X-Mine|Date/);
        }
        const chunks =
          "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
        assert.match(await send(address, chunks), /\r\n\r\nab$/);
      },
      { ...echo, call },
    );
  });

  it("shows header values as UTF-8 and writes them so, without line ends", async () => {
    const seen: string[] = [];
    const call = async ({ header }: Message) => {
      seen.push(header["X-Name"] ?? "");
      return { header: { "Micro-Error": "für\r\nX-Injected: ja" }, body: Buffer.alloc(0) };
    };
    await serve(
      async (address) => {
        const reply = await send(address, Buffer.from(post("Host: localhost\r\nx-name: jürgen\r\n")));
        assert.deepEqual(seen, ["jürgen"]);
        assert.match(Buffer.from(reply, "latin1").toString(), /\r\nMicro-Error: für {2}X-Injected: ja\r\n/);
      },
      { ...echo, call },
    );
  });

  it("answers pipelined requests in their order", async () => {
    const call = async (request: Message) => {
      if (Buffer.from(request.body).toString() === "1")
        await new Promise((resolve) => setTimeout(resolve, 50));
      return request;
    };
    const both = (reply: string) => reply.split("HTTP/1.1 200").length === 3 && hasWholeReply(reply);
    await serve(
      async (address) => {
        const host = "Host: localhost\r\n";
        const reply = await send(address, post(host, "1") + post(host, "2"), both);
        assert.match(reply, /\r\n\r\n1HTTP.*\r\n\r\n2$/s);
      },
      { ...echo, call },
    );
  });

  it("answers many pipelined requests that come at once, and one that comes in pieces", async () => {
    const host = "Host: localhost\r\n";
    const count = 500;
    const all = (reply: string) => reply.split("HTTP/1.1 200").length === count + 1;
    const pieces = ["POST / HTTP/1.1\r\nHo", "st: localhost\r\nContent-Length: 4\r\n\r\n", "ab", "cd"];
    await serve(async (address) => {
      const reply = await send(address, post(host, "x").repeat(count), all);
      assert.equal(reply.split("HTTP/1.1 200").length, count + 1);
      const socket = connect(parseAddress(address));
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [answer] = await once(socket, "data");
      socket.destroy();
      assert.match(String(answer), /\r\n\r\nabcd$/);
    });
  });

  it("calls no handler for a request whose caller disconnects in the middle of it", async () => {
    let calls = 0;
    const call = async (request: Message) => {
      calls++;
      return request;
    };
    await serve(
      async (address) => {
        const socket = connect(parseAddress(address));
        await new Promise<void>((resolve) =>
          socket.write(post("Host: localhost\r\n").slice(0, -1), () => resolve()),
        );
        socket.destroy();
        await send(address, post("Host: localhost\r\n"));
        assert.equal(calls, 1);
      },
      { ...echo, call },
    );
  });

  it("ignores an upgrade that it does not know", async () => {
    const offer = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n";
    await serve(async (address) => {
      assert.equal(
        await statusOf(address, post(offer)),
        await statusOf(address, post("Host: localhost\r\n")),
      );
    });
  });
});
