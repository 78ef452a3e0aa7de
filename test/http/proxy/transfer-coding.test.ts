import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpServer } from "../../../src/http/listener/listener.js";
import type { Registry } from "../../../src/registry/index.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";
import { handshake } from "../../support/listeners.js";

interface Program {
  readonly owner: AsyncDisposable & { readonly registry: Registry };
  readonly http: HttpServer;
  readonly service: string;
}

const programs: Readonly<Record<string, () => Promise<Program>>> = {
  async api() {
    const owner = new Gateways();
    return { owner, http: await owner.open({ handler: "proxy" }), service: "go.micro.api.app" };
  },
  async web() {
    const owner = new Dashboards();
    return { owner, http: await owner.open(), service: "go.micro.web.app" };
  },
};

/** Answers of a backend by path: the codings of its body, which is chunked unless its end is that of the connection. */
const codings: Readonly<Record<string, string>> = {
  "/gzip": "Transfer-Encoding: gzip, chunked",
  "/lines": "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
  "/chunked": "Transfer-Encoding: Chunked",
};

describe("the body of a backend in a transfer coding", () => {
  for (const [name, open] of Object.entries(programs))
    it(`is passed on if it is chunked, and a 502 that says so if not: ${name}`, async () => {
      const { owner, http, service } = await open();
      await using _ = owner;
      await using __ = await Backend.answering(owner.registry, service, (head) => {
        const path = head.split(" ")[1] ?? "";
        return `HTTP/1.1 200 OK\r\n${codings[path.replace(/^\/app|\/ws$/g, "")]}\r\n\r\n5\r\nhello\r\n0\r\n\r\n`;
      });
      const ask = (path: string, more: readonly string[] = []) =>
        askRaw(
          http.address,
          `${[`GET ${path} HTTP/1.1`, `Host: ${http.address}`, ...more].join("\r\n")}\r\n\r\n`,
        );
      const good = await ask("/app/chunked");
      assert.deepEqual([good.status, good.body], [200, "hello"]);
      for (const [path, more] of [
        ["/app/gzip", []],
        ["/app/lines", []],
        ["/app/gzip/ws", handshake],
      ] as const) {
        const { status, body } = await ask(path, more);
        // The dashboard answers as the original: 500 for an upgrade, and without our JSON.
        assert.equal(status, name === "web" && more === handshake ? 500 : 502, `${path}: ${body}`);
        if (name === "api")
          assert.match(JSON.parse(body).detail, /answer: in a transfer coding besides chunked$/, path);
      }
    });
});
