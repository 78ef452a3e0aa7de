import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { Backend } from "../support/backend.js";
import { askRaw, type ReadAnswer } from "../support/bytes/raw-answer.js";
import { Dashboards } from "../support/dashboard.js";
import { Gateways } from "../support/gateway.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "../support/ways.js";

/** Text as the characters that stand for its bytes. */
const bytesOf = (text: string) => Buffer.from(text).toString("latin1");
const splitting = 'attachment; filename="a.txt\u010d\u010aSet-Cookie: sid=evil"';
const values: Readonly<Record<string, string>> = {
  "a value that would end its line if it were cut to bytes": bytesOf(splitting),
  "a name in UTF-8": bytesOf('attachment; filename="日本.txt"'),
  latin1: "caf\xe9",
  "UTF-8": bytesOf("café €"),
  "bytes of all kinds": Array.from({ length: 128 }, (_, i) => String.fromCharCode(i + 128)).join(""),
};
const names = ["Content-Disposition", "X-Name"];

/** How a backend sends its answer. */
const sendings: Readonly<Record<string, (socket: { write(bytes: Buffer): void }, head: string) => void>> = {
  "in one piece": (socket, head) => socket.write(latin1(`${head}Content-Length: 2\r\n\r\nok`)),
  streamed: (socket, head) => {
    socket.write(latin1(`${head}Content-Length: 2\r\n\r\n`));
    setTimeout(() => socket.write(latin1("ok")), 20);
  },
  "in chunks": (socket, head) => {
    socket.write(latin1(`${head}Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n`));
    setTimeout(() => socket.write(latin1("1\r\nk\r\n0\r\n\r\n")), 20);
  },
};

const latin1 = (text: string) => Buffer.from(text, "latin1");
const header = ({ headers }: ReadAnswer, name: string) =>
  headers.filter(([known]) => known === name.toLowerCase()).map(([, value]) => value);

describe("bytes of headers through the relay", () => {
  const gateways = new Gateways();
  const dashboards = new Dashboards();
  const owned: AsyncDisposable[] = [];
  const ways: Record<string, Way> = {};
  let http: HttpServer;
  let answer = (_: { write(bytes: Buffer): void }, __: string) => {};

  before(async () => {
    const onSocket = (socket: import("node:net").Socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (!/\r\n\r\n/.test(text) || (/chunked/i.test(text) && !text.endsWith("0\r\n\r\n"))) return;
        const asked = text;
        text = "";
        answer(socket, asked);
      });
    };
    owned.push(await Backend.raw(gateways.registry, "go.micro.api.shop", onSocket));
    owned.push(await Backend.raw(dashboards.registry, "go.micro.web.shop", onSocket));
    http = await gateways.open({ handler: "proxy" });
    for (const [name, way] of Object.entries(waysOfHttp1(http))) ways[`api, ${name}`] = way;
    const web = await dashboards.open();
    for (const [name, way] of Object.entries(waysOfHttp1(web))) ways[`web, ${name}`] = way;
    const files = await tlsFiles();
    const secure = await gateways.open({ handler: "proxy", tls: files.tls });
    const http2 = new Http2Way(secure, files.certificate);
    ways["api, HTTP/2"] = http2.ask;
    owned.push(files, http2);
  });

  after(async () => {
    for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
    await dashboards[Symbol.asyncDispose]();
  });

  for (const [kind, value] of Object.entries(values))
    for (const [sending, send] of Object.entries(sendings))
      it(`are passed on unchanged from a backend: ${kind}, ${sending}`, async () => {
        for (const name of names) {
          answer = (socket) => send(socket, `HTTP/1.1 200 OK\r\n${name}: ${value}\r\n`);
          for (const [way, ask] of Object.entries(ways)) {
            const read = await ask({ method: "POST", path: "/shop/x" });
            assert.deepEqual([read.status, read.body, read.cut], [200, "ok", false], way);
            assert.deepEqual(header(read, name), [value], `${way}: ${name}`);
            assert.deepEqual(header(read, "set-cookie"), [], way);
          }
        }
      });

  it("are passed on unchanged to a backend", async () => {
    let seen = "";
    answer = (socket, asked) => {
      seen = asked;
      socket.write(latin1("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    };
    for (const [kind, value] of Object.entries(values))
      for (const [way, ask] of Object.entries(ways)) {
        const read = await ask({ method: "POST", path: "/shop/x", headers: [["X-Name", value]] });
        assert.equal(read.status, 200);
        const line = seen.split("\r\n").find((one) => /^x-name: /i.test(one));
        assert.equal(line?.slice(8), value, `${way}: ${kind}`);
        assert.doesNotMatch(seen, /\r\nset-cookie/i);
      }
  });

  it("pass a WebSocket's handshake both ways, and one that is refused", async () => {
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    for (const [kind, value] of Object.entries(values))
      for (const line of [
        "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket",
        "403 Forbidden\r\nContent-Length: 0",
      ]) {
        let seen = "";
        answer = (socket, asked) => {
          seen = asked;
          socket.write(
            latin1(`HTTP/1.1 ${line}\r\nX-Name: ${value}\r\nContent-Disposition: ${value}\r\n\r\n`),
          );
        };
        const head = ["GET /shop/ws HTTP/1.1", `Host: ${http.address}`, ...upgrade, `X-Name: ${value}`];
        const read = await askRaw(http.address, `${head.join("\r\n")}\r\n\r\n`);
        assert.equal(read.status, Number(line.slice(0, 3)), kind);
        assert.deepEqual(header(read, "x-name"), [value], kind);
        assert.deepEqual(header(read, "content-disposition"), [value], kind);
        assert.equal(
          seen
            .split("\r\n")
            .find((one) => /^x-name: /i.test(one))
            ?.slice(8),
          value,
          kind,
        );
      }
  });

  it("are refused with 502 where HTTP cannot carry them", async () => {
    for (const value of ["a\x01b", "a\x7fb", "a\0b"])
      for (const [way, ask] of Object.entries(ways))
        for (const send of Object.values(sendings)) {
          answer = (peer) => send(peer, `HTTP/1.1 200 OK\r\nX-Name: ${value}\r\n`);
          const read = await ask({ method: "POST", path: "/shop/x" });
          assert.equal(read.status, 502, `${way}: ${JSON.stringify(value)}`);
        }
  });
});

describe("bytes of headers of api.Response and api.Request", () => {
  it("are sent as UTF-8, and refused if they would end a line", async () => {
    await using gateways = new Gateways();
    await using files = await tlsFiles();
    const backend = gateways.service("go.micro.api.shop");
    let sent = "";
    backend.handle("Files.Get", {}, async () => ({
      statusCode: 200,
      header: {
        a: { key: "Content-Disposition", values: [sent] },
        b: { key: "X-Name", values: [sent] },
      },
      body: "ok",
    }));
    await gateways.run(backend);
    const [http, secure] = [await gateways.open(), await gateways.open({ tls: files.tls })];
    await using http2 = new Http2Way(secure, files.certificate);
    for (const [way, ask] of Object.entries({ ...waysOfHttp1(http), "HTTP/2": http2.ask })) {
      for (sent of [splitting, 'attachment; filename="日本.txt"', "café"]) {
        const read = await ask({ method: "POST", path: "/shop/files/get" });
        assert.equal(read.body, "ok", way);
        for (const name of names) assert.deepEqual(header(read, name), [bytesOf(sent)], `${way}: ${name}`);
        assert.deepEqual(header(read, "set-cookie"), [], way);
      }
      for (sent of ["a\r\nSet-Cookie: sid=evil", "a\nb", "a\0b", "a\u007fb"]) {
        const read = await ask({ method: "POST", path: "/shop/files/get" });
        assert.equal(read.status, 502, `${way}: ${JSON.stringify(sent)}`);
        assert.deepEqual(header(read, "set-cookie"), [], way);
      }
    }
  });

  it("are decoded for a service as UTF-8 if valid, else as latin1", async () => {
    await using gateways = new Gateways();
    await using files = await tlsFiles();
    const backend = gateways.service("go.micro.api.shop");
    backend.handle("Files.Get", {}, async (request, { metadata }) => {
      const { header: sent } = request as { header?: Record<string, { values: string[] }> };
      const body = JSON.stringify({ header: sent?.["X-Name"]?.values, metadata: metadata["X-Name"] });
      return { statusCode: 200, body };
    });
    await gateways.run(backend);
    const [http, secure] = [await gateways.open(), await gateways.open({ tls: files.tls })];
    await using http2 = new Http2Way(secure, files.certificate);
    for (const [way, ask] of Object.entries({ ...waysOfHttp1(http), "HTTP/2": http2.ask }))
      for (const [bytes, text] of [
        ["caf\xe9", "café"],
        [bytesOf("café €"), "café €"],
      ] as const) {
        const headers = [["X-Name", bytes]] as const;
        const read = await ask({ method: "POST", path: "/shop/files/get", headers });
        const told = JSON.parse(Buffer.from(read.body, "latin1").toString());
        assert.deepEqual(told, { header: [text], metadata: text }, way);
        const call = JSON.stringify({ service: "go.micro.api.shop", method: "Files.Get", request: {} });
        const rpc = await ask({
          method: "POST",
          path: "/rpc",
          headers: [...headers, ["Content-Type", "application/json"]],
          body: call,
        });
        const inner = JSON.parse(JSON.parse(Buffer.from(rpc.body, "latin1").toString()).body);
        assert.equal(inner.metadata, text, `${way}: /rpc`);
      }
  });
});
