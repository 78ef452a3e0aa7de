import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { openListeners } from "../support/listeners.js";

const corpus: readonly { path: string; expect: "400" | "redirect" }[] = JSON.parse(
  readFileSync(new URL("corpus/paths.json", import.meta.url), "utf8"),
);
const latin1 = (text: string) => Buffer.from(text, "latin1");

/** The dashboard says 502 of what is not the name of an app. */
function refused(program: string): number[] {
  return program === "web" ? [400, 404, 502] : [400, 404];
}

describe("T9: paths that policy and dispatch could read differently", () => {
  const gateways = new Gateways();
  const seen: string[] = [];
  const backend = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.end("reached");
  });
  let http: HttpServer;

  before(async () => {
    backend.listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as AddressInfo;
    const node = { id: "backend", address: "127.0.0.1", port, metadata: { handler: "proxy" } };
    for (const name of ["shop", "a"])
      await gateways.registry.register({
        name: `go.micro.api.${name}`,
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [node],
      });
    http = await gateways.open({ handler: "proxy" });
  });
  after(async () => {
    await gateways[Symbol.asyncDispose]();
    backend.closeAllConnections();
    backend.close();
  });

  it(`answers ${corpus.length} of them before anything is reached, on every program`, async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const { path, expect } of corpus) {
        if (name === "web" && path === "/a//b") continue; // the rest of an app's path
        const get = await raw(address, latin1(rawRequest("GET", path, [`Host: ${address}`])), 10_000);
        const post = await raw(
          address,
          latin1(rawRequest("POST", path, [`Host: ${address}`, "Content-Length: 0"])),
          10_000,
        );
        if (expect === "redirect") assert.deepEqual([get.status, post.status], [301, 400], `${name} ${path}`);
        else
          for (const { status } of [get, post])
            assert.ok(refused(name).includes(status), `${name} ${path}: ${status}`);
      }
    assert.deepEqual(seen, []);
  });

  it("cleans a doubled slash where service or method are chosen, and dots anywhere", async () => {
    seen.length = 0;
    for (const path of ["//shop/x", "/shop/a/../b//c", "/shop//../a", "//", "/health//live"]) {
      const host = [`Host: ${http.address}`];
      assert.equal((await raw(http.address, rawRequest("GET", path, host))).status, 301, path);
      const post = rawRequest("POST", path, [...host, "Content-Length: 0"]);
      assert.equal((await raw(http.address, post)).status, 400, path);
    }
    assert.deepEqual(seen, []);
  });

  it("redirects only to this server", async () => {
    for (const { path } of corpus.filter(({ expect }) => expect === "redirect")) {
      if (path === "/a//b") continue; // relayed here: the service is named before
      const { head } = await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]));
      assert.match(head, /\r\nlocation: \/(?!\/)/i, path);
    }
  });

  it("relays the rest of a proxied path byte for byte", async () => {
    const paths = [
      "/shop/a%2Fb",
      "/shop/a%20b?x=%2e%2e",
      "/shop/%E2%82%AC/x",
      "/shop/~a;b=1,c",
      "/shop/a%252e",
      "/shop/?//../x",
      "/shop/proxy/https://x",
      "/shop/a//b///c/",
      "/shop//x",
    ];
    for (const path of paths) {
      seen.length = 0;
      const { status } = await raw(
        http.address,
        rawRequest("GET", path, [`Host: ${http.address}`, "Connection: close"]),
      );
      assert.deepEqual([status, seen], [200, [path]], path);
    }
  });
});
