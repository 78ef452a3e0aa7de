import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MicroError } from "../../../src/core/errors.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import type { Message, TransportHandler } from "../../../src/transport/transport.js";
import { selfSigned } from "../../support/certificates.js";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { parseMessages } from "../../wire/http-bytes.js";

const mucp: Message = {
  header: { "Content-Type": "application/json", "Micro-Method": "A.B" },
  body: Buffer.from("{}"),
};
const legacy: Message = { header: { "Content-Type": "application/json" }, body: Buffer.from("{}") };
const success = '{"id":0,"result":{},"error":null}\n';
const failure = '{"id":0,"result":{},"error":"no"}\n';

function ok(body: string, header = ""): string {
  return `HTTP/1.1 200 OK\r\n${header}Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** A server that answers each request with what `answer` says of its number and its connection's. */
class Scripted implements AsyncDisposable {
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(answer: (socket: Socket, request: number, connection: number) => void) {
    let requests = 0;
    this.#server = createServer((socket) => {
      const connection = ++this.connections;
      this.#sockets.add(socket.on("error", () => {}));
      let pending = Buffer.alloc(0);
      socket.on("data", (bytes: Buffer) => {
        pending = Buffer.concat([pending, bytes]);
        for (const request of parseMessages(pending)) {
          pending = pending.subarray(request.bytes.length);
          answer(socket, ++requests, connection);
        }
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const bound = this.#server.address();
    return `127.0.0.1:${typeof bound === "object" ? bound?.port : bound}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

describe("connections to a Go service", () => {
  it("are reused, the last one first", async () => {
    await using peer = new Scripted((socket) => socket.write(ok("{}")));
    await using transport = new HttpTransport();
    const connection = await transport.dial(await peer.listen());
    for (let i = 0; i < 5; i++) await connection.call(mucp);
    assert.equal(peer.connections, 1);
  });

  const lastReplies: Readonly<Record<string, [Message, string]>> = {
    "an error of 1.7, which closes after it": [mucp, ok("", "Micro-Error: no\r\n")],
    "an error in a legacy envelope": [legacy, ok(failure)],
    "an unsupported content type": [mucp, ok("Unsupported Content-Type: x", "Content-Type: text/plain\r\n")],
    "a peer that says it closes": [mucp, ok("{}", "Connection: close\r\n")],
  };
  for (const [what, [request, bytes]] of Object.entries(lastReplies))
    it(`are not used again after ${what}`, async () => {
      await using peer = new Scripted((socket, number) => {
        if (number === 1) socket.end(bytes);
        else socket.write(ok(request === legacy ? success : "{}"));
      });
      await using transport = new HttpTransport();
      const connection = await transport.dial(await peer.listen());
      await connection.call(request);
      await connection.call(request);
      await connection.call(request);
      assert.equal(peer.connections, 2);
    });

  it("are used again after a legacy success, in JSON and in protobuf", async () => {
    const frames = Buffer.from("0000000f0a00110000000000000000" + "1a00" + "00000000", "hex");
    frames.writeUInt32BE(13, 0);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${frames.length}\r\n\r\n`;
    await using peer = new Scripted((socket, number) => {
      socket.write(number % 2 ? ok(success) : Buffer.concat([Buffer.from(head), frames]));
    });
    await using transport = new HttpTransport();
    const connection = await transport.dial(await peer.listen());
    for (let i = 0; i < 4; i++) await connection.call(legacy);
    assert.equal(peer.connections, 1);
  });

  it("that the peer closed while idle are not reused", async () => {
    let onGone: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      onGone = resolve;
    });
    await using peer = new Scripted((socket, number) => {
      socket.write(ok("{}"));
      if (number > 1) return;
      socket.once("close", onGone);
      setTimeout(() => socket.end(), 20);
    });
    await using transport = new HttpTransport();
    const connection = await transport.dial(await peer.listen());
    await connection.call(mucp);
    await gone;
    await connection.call(mucp);
    assert.equal(peer.connections, 2);
  });
});

describe("a call over HTTP", () => {
  it("to a closed port was not executed", async () => {
    await using transport = new HttpTransport();
    const address = `127.0.0.1:${await freePort()}`;
    await assert.rejects(transport.dial(address), { code: 503, reason: "NODE_UNREACHABLE", executed: "no" });
  });

  it("to an address that no node can have is not made", async () => {
    await using transport = new HttpTransport();
    for (const host of ["169.254.169.254", "0.0.0.0", "224.0.0.1", "[fe80::1]", "[fd00:ec2::254]", "[::]"])
      await assert.rejects(transport.dial(`${host}:80`), { code: 403, executed: "no" }, host);
  });

  it("reports any status but 200 as the Go clients do", async () => {
    await using peer = new Scripted((socket) =>
      socket.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 8\r\n\r\nit broke"),
    );
    await using transport = new HttpTransport();
    const connection = await transport.dial(await peer.listen());
    await assert.rejects(connection.call(mucp), { code: 500, detail: "500 Internal Server Error: it broke" });
  });

  it("settles with a reply or a typed error, whatever comes back", { timeout: 120_000 }, async () => {
    const answers: Buffer[] = [];
    await using peer = new Scripted((socket) => socket.end(answers.pop() ?? ""));
    await using transport = new HttpTransport();
    const connection = await transport.dial(await peer.listen());
    const whole = Buffer.from(ok("{}", "Micro-Id: 1\r\n"));
    const hostile = fc.oneof(
      fc.nat(whole.length).map((length) => whole.subarray(0, length)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        return bytes;
      }),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        answers.push(bytes);
        const start = performance.now();
        const outcome = await connection.call(mucp, { timeout: 5000 }).catch((error: unknown) => error);
        assert.ok(performance.now() - start < 5100 + 1000, "late");
        if (outcome instanceof Error) assert.ok(MicroError.is(outcome), String(outcome));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("TLS between nodes", needs("openssl"), () => {
  const echo: TransportHandler = {
    opensStream: () => false,
    call: async (request) => request,
    stream: async () => {},
  };
  const right = selfSigned("DNS:localhost,IP:127.0.0.1");

  it("carries calls when the peer's certificate is of a known authority", async () => {
    await using transport = new HttpTransport({ tls: { ...right, ca: right.cert } });
    const listener = await transport.listen("127.0.0.1:0", echo);
    const connection = await transport.dial(listener.address, { secure: true });
    assert.equal(Buffer.from((await connection.call(mucp)).body).toString(), "{}");
  });

  it("refuses unknown authorities, other names and peers without it, saying that nothing was sent", async () => {
    const other = selfSigned("DNS:elsewhere");
    await using server = new HttpTransport();
    const cases = [
      { serve: right, ca: other.cert },
      { serve: other, ca: other.cert },
      { serve: undefined, ca: right.cert },
    ];
    for (const { serve, ca } of cases) {
      const { address } = await server.listen("127.0.0.1:0", echo, { tls: serve });
      await using client = new HttpTransport({ tls: { ca } });
      await assert.rejects(client.dial(address, { secure: true }), {
        code: 503,
        reason: "TLS_FAILED",
        executed: "no",
      });
    }
  });

  it("accepts any certificate with `insecure`", async () => {
    await using server = new HttpTransport();
    const { address } = await server.listen("127.0.0.1:0", echo, { tls: selfSigned("DNS:elsewhere") });
    await using client = new HttpTransport({ tls: { insecure: true } });
    await (await client.dial(address, { secure: true })).call(mucp);
  });

  it("accepts only clients with a certificate, if one is required", async () => {
    await using server = new HttpTransport();
    const { address } = await server.listen("127.0.0.1:0", echo, { tls: { ...right, clientCa: right.cert } });
    await using known = new HttpTransport({ tls: { ...right, ca: right.cert } });
    await (await known.dial(address, { secure: true })).call(mucp);
    await using stranger = new HttpTransport({ tls: { ca: right.cert } });
    const attempt = async () =>
      (await stranger.dial(address, { secure: true })).call(mucp, { timeout: 5000 });
    await assert.rejects(attempt, { code: 503 });
  });
});

describe("the pool of the HTTP client", () => {
  for (const [size, connections] of [
    [64, 1],
    [0, 4],
  ] as const)
    it(`of size ${size} makes ${connections} connections for three calls`, async () => {
      await using server = new Scripted((socket) => socket.write(ok("{}")));
      await using transport = new HttpTransport({ pool: { size } });
      const connection = await transport.dial(await server.listen());
      for (let call = 0; call < 3; call++) await connection.call(mucp);
      assert.equal(server.connections, connections);
    });
});
