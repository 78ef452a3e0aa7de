import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { Backend } from "../support/backend.js";
import { askRaw, type ReadAnswer } from "../support/bytes/raw-answer.js";
import { Gateways } from "../support/gateway.js";
import { Http2Way, tlsFiles, type Way, waysOfHttp1 } from "../support/ways.js";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const header = ({ headers }: ReadAnswer, name: string) =>
  headers.filter(([known]) => known === name).map(([, value]) => value);

/** The lines of a request that start with a name, in lower case. */
const lines = (asked: string, name: string) =>
  asked.split("\r\n").filter((line) => line.toLowerCase().startsWith(`${name}:`));

describe("one request through the relay, over HTTP/1.1 and HTTP/2", () => {
  const gateways = new Gateways();
  const owned: AsyncDisposable[] = [];
  const ways: Record<string, Way> = {};
  let http: HttpServer;
  let secure: HttpServer;
  let http2: Http2Way;
  let seen = "";
  /** Answers a request whose head is there; `text` grows with its body. */
  let answer = (_socket: Socket, _text: string) => {};

  before(async () => {
    const onSocket = (socket: Socket) => {
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (text.startsWith("POST / ")) return; // a look at the node's health
        seen = text;
        if (text.includes("\r\n\r\n")) answer(socket, text);
      });
      const fresh = socket.write.bind(socket);
      socket.write = ((bytes: Buffer) => {
        if (/^HTTP\/1.1 [2-5]/.test(bytes.toString("latin1"))) text = "";
        return fresh(bytes);
      }) as typeof socket.write;
    };
    owned.push(await Backend.raw(gateways.registry, "go.micro.api.shop", onSocket));
    const files = await tlsFiles();
    http = await gateways.open({ handler: "proxy" });
    secure = await gateways.open({ handler: "proxy", tls: files.tls });
    http2 = new Http2Way(secure, files.certificate);
    Object.assign(ways, waysOfHttp1(http), { "HTTP/2": http2.ask });
    owned.push(files, http2);
  });

  after(async () => {
    for (const one of owned.reverse()) await one[Symbol.asyncDispose]();
    await gateways[Symbol.asyncDispose]();
  });

  const write = (socket: Socket, text: string) => void socket.write(Buffer.from(text, "latin1"));
  const each = async (check: (ask: Way, way: string) => Promise<void>) => {
    for (const [way, ask] of Object.entries(ways)) await check(ask, way);
  };

  it("keeps its method and path, and distinguishes its authority from the node in Host", async () => {
    answer = (socket, text) => {
      if (!/chunked/i.test(text) || text.endsWith("0\r\n\r\n")) write(socket, ok);
    };
    await each(async (ask, way) => {
      for (const method of ["GET", "DELETE", "PUT", "OPTIONS", "PURGE"]) {
        const { status } = await ask({ method, path: "/shop/a%20b?x=%0d%0a" });
        assert.equal(status, 200, `${way}: ${method}`);
        assert.match(seen, new RegExp(`^${method} /shop/a%20b\\?x=%0d%0a HTTP/1\\.1\r\n`), way);
        const host = way === "HTTP/2" ? secure.address : http.address;
        const [{ nodes: [node] = [] } = {}] = await gateways.registry.getService("go.micro.api.shop");
        assert.deepEqual(
          lines(seen, "host").map((line) => line.slice(6)),
          [`127.0.0.1:${node?.port}`],
          way,
        );
        assert.deepEqual(
          lines(seen, "x-forwarded-host").map((line) => line.slice(18)),
          [host],
          way,
        );
        assert.doesNotMatch(seen, /\r\n:/, way);
      }
    });
  });

  it("has its cookies joined in one header", async () => {
    answer = (socket, text) => {
      if (!/chunked/i.test(text) || text.endsWith("0\r\n\r\n")) write(socket, ok);
    };
    await each(async (ask, way) => {
      await ask({ path: "/shop/x", headers: [["Cookie", "a=1; b=2; c=3"]] });
      assert.deepEqual(
        lines(seen, "cookie").map((line) => line.slice(8)),
        ["a=1; b=2; c=3"],
        way,
      );
    });
    const stream = http2.session.request({
      ":path": "/shop/x",
      ":authority": secure.address,
      cookie: ["a=1", "b=2", "c=3"],
    });
    await once(stream.resume(), "end");
    assert.deepEqual(
      lines(seen, "cookie").map((line) => line.slice(8)),
      ["a=1; b=2; c=3"],
    );
  });

  it("refuses a Host that is not the :authority", async () => {
    const { status } = await http2.ask({ path: "/shop/x", headers: [["Host", "evil.test"]] });
    assert.equal(status, 400);
  });

  it("has its body relayed, with or without a declared length", async () => {
    const body = "x".repeat(100_000);
    answer = (socket, text) => {
      const whole = /chunked/i.test(text) ? text.endsWith("\r\n0\r\n\r\n") : text.endsWith(body);
      if (whole) write(socket, ok);
    };
    await each(async (ask, way) => {
      const { status } = await ask({ method: "POST", path: "/shop/x", body });
      assert.equal(status, 200, way);
      assert.equal(
        seen.match(/x/g)?.length ?? 0,
        (seen.split("\r\n\r\n")[0]?.match(/x/g)?.length ?? 0) + body.length,
      );
    });
  });

  it("has trailers relayed if its response can have them", async () => {
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n";
    answer = (socket, text) => {
      if (!/chunked/i.test(text) || text.endsWith("0\r\n\r\n"))
        write(socket, `${chunked}X-Sum: caf\xe9\r\nSet-Cookie: a=1\r\n\r\n`);
    };
    await each(async (ask, way) => {
      const { body, trailers, cut } = await ask({ path: "/shop/x" });
      assert.deepEqual([body, cut], ["ok", false], way);
      assert.deepEqual(trailers, way === "HTTP/1.0" ? [] : [["x-sum", "caf\xe9"]], way);
    });
  });

  it("has informational responses relayed, but no unsolicited 100", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    const go = "HTTP/1.1 100 Continue\r\n\r\n";
    for (const [first, interim] of [
      [go, []],
      [go + go, []],
      [`HTTP/1.1 100 Continue\r\nX-Y: 1\r\n\r\n`, []],
      [hints, [103]],
      [go + hints + hints, [103, 103]],
    ] as const)
      for (const pieces of [1, 2, 3]) {
        answer = (socket, text) => {
          if (/chunked/i.test(text) && !text.endsWith("0\r\n\r\n")) return;
          const all = first + ok;
          const size = Math.ceil(all.length / pieces);
          for (let i = 0; i < pieces; i++)
            setTimeout(() => write(socket, all.slice(i * size, (i + 1) * size)), i * 10);
        };
        await each(async (ask, way) => {
          const read = await ask({ path: "/shop/x" });
          assert.deepEqual([read.status, read.body], [200, "ok"], way);
          assert.deepEqual(read.interim, way === "HTTP/1.0" ? [] : interim, `${way}: ${first}`);
        });
      }
  });

  it("has no informational responses over HTTP/1.0", async () => {
    answer = (socket) => write(socket, `HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}`);
    for (const version of [" HTTP/1.0", " HTTP/0.9", ""]) {
      const read = await askRaw(http.address, `GET /shop/x${version}\r\nHost: ${http.address}\r\n\r\n`);
      assert.deepEqual([read.status, read.body, read.interim], [200, "ok", []], version);
    }
  });

  it("is aborted if its backend aborts, so that it never looks complete", async () => {
    for (const framing of ["Content-Length: 100", "Transfer-Encoding: chunked"]) {
      answer = (socket, text) => {
        if (/chunked/i.test(text) && !text.endsWith("0\r\n\r\n")) return;
        write(
          socket,
          `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${framing.startsWith("T") ? "4\r\nhalf\r\n" : "half"}`,
        );
        setTimeout(() => socket.destroy(), 20);
      };
      await each(async (ask, way) => {
        const { status, cut } = await ask({ path: "/shop/x" });
        if (way === "HTTP/1.0" && framing.startsWith("T")) return; // its end is that of the connection
        assert.deepEqual([status, cut], [200, true], `${way}: ${framing}`);
      });
    }
  });

  it("is answered before its body has arrived", async () => {
    answer = (socket) => {
      answer = () => {};
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    };
    const early = answer;
    const body = "x".repeat(300_000);
    await each(async (ask, way) => {
      answer = early;
      const read = await ask({ method: "POST", path: "/shop/x", body });
      assert.deepEqual([read.status, read.body], [401, "no"], way);
    });
  });

  it("is cancelled at its backend when its client leaves", async () => {
    const asked = new Promise<Socket>((resolve) => {
      answer = resolve;
    });
    const stream = http2.session.request({ ":path": "/shop/x", ":authority": secure.address });
    stream.on("error", () => {});
    const socket = await asked;
    stream.close(8);
    await once(socket, "close", { signal: AbortSignal.timeout(10_000) });
  });

  it("has a response that HTTP/2 cannot carry refused or corrected", async () => {
    for (const [fields, status, check] of [
      ["HTTP2-Settings: x\r\nKeep-Alive: 1\r\nProxy-Connection: x", 200, {}],
      ["Content-Type: a/b\r\nContent-Type: a/b", 200, { "content-type": ["a/b"] }],
      ["Content-Encoding: a\r\nContent-Encoding: b", 200, { "content-encoding": ["a, b"] }],
      ["Set-Cookie: a=1\r\nSet-Cookie: b=2", 200, { "set-cookie": ["a=1", "b=2"] }],
      ["Content-Type: a/b\r\nContent-Type: c/d", 502, {}],
      ["X-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff", 200, {}],
    ] as const) {
      answer = (socket) => write(socket, `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: 2\r\n\r\nok`);
      const read = await http2.ask({ path: "/shop/x" });
      assert.equal(read.status, status, fields);
      for (const [name, values] of Object.entries(check)) assert.deepEqual(header(read, name), values);
    }
    answer = (socket) => write(socket, "HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok");
    assert.equal((await http2.ask({ path: "/shop/x" })).status, 502);
  });

  it("is redirected to its own host if its path is not clean", async () => {
    const { status, headers } = await http2.ask({ path: "/shop/../next" });
    assert.equal(status, 301);
    assert.match(String(headers.find(([name]) => name === "location")?.[1]), /^\/next$/);
  });
});
