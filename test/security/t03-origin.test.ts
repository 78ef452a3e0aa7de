import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { counted, handshake, openListeners } from "../support/listeners.js";

const { foreign } = JSON.parse(readFileSync(new URL("corpus/origins.json", import.meta.url), "utf8"));
const json = ["Content-Type: application/json", "Content-Length: 2"];

describe("T3: requests from pages", () => {
  it("refuses changes by pages of other origins, in every program", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const origin of foreign)
        for (const path of ["/rpc", "/registry", "/counted", "/broker?topic=x"]) {
          const headers = [`Host: ${address}`, `Origin: ${origin}`];
          const { status } = await raw(address, rawRequest("POST", path, [...headers, ...json], "{}"));
          assert.equal(status, 403, `${name} ${path} ${origin}`);
        }
  });

  it("refuses its WebSockets before any route", async () => {
    const reached = { count: 0 };
    await using http = await counted(reached);
    for (const origin of foreign) {
      const headers = [`Host: ${http.address}`, `Origin: ${origin}`, ...handshake];
      assert.equal((await raw(http.address, rawRequest("GET", "/counted", headers))).status, 403, origin);
    }
    assert.equal(reached.count, 0);
    const own = [`Host: ${http.address}`, `Origin: http://${http.address}`, ...handshake];
    assert.equal((await raw(http.address, rawRequest("GET", "/counted", own))).status, 101);
    assert.equal(reached.count, 1);
  });

  it("refuses images and event sources of other pages, which run methods, and lets links through", async () => {
    const reached = { count: 0 };
    await using http = await counted(reached);
    const ask = async (...headers: string[]) =>
      (await raw(http.address, rawRequest("GET", "/counted", [`Host: ${http.address}`, ...headers]))).status;
    for (const site of ["cross-site", "same-site"]) {
      assert.equal(await ask(`Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: no-cors"), 403);
      assert.equal(
        await ask(`Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: cors", "Origin: http://evil.test"),
        403,
      );
    }
    assert.equal(reached.count, 0);
    const navigation = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"];
    for (const dest of ["iframe", "frame", "object", "embed", "fencedframe"])
      assert.equal(await ask(...navigation, `Sec-Fetch-Dest: ${dest}`), 403, dest);
    assert.equal(await ask(...navigation), 403);
    assert.equal(reached.count, 0);
    assert.equal(await ask(...navigation, "Sec-Fetch-Dest: document"), 200);
    assert.equal(await ask("Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"), 200);
    assert.equal(await ask("Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"), 200);
    assert.equal(await ask(), 200);
  });

  it("runs no method of a local gateway for a link of another page, unless its endpoint declares GET", async () => {
    const ran: string[] = [];
    await using gateways = new Gateways();
    const users = gateways.service("go.micro.api.users");
    const method = (name: string, metadata: Record<string, string> = {}) =>
      users.handle(name, { metadata }, async () => {
        ran.push(name);
        return {};
      });
    method("Users.Delete");
    method("Users.Any", { path: "/any", handler: "rpc" });
    method("Users.Post", { path: "/post", method: "POST", handler: "rpc" });
    method("Users.Get", { path: "/get", method: "POST, get", handler: "rpc" });
    await gateways.run(users);
    const { address } = await gateways.open();
    const go = async (path: string, site: string, dest: string) => {
      const fetched = [`Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: navigate", `Sec-Fetch-Dest: ${dest}`];
      return (await raw(address, rawRequest("GET", path, [`Host: ${address}`, ...fetched]))).status;
    };
    const methods = ["/users/delete?id=1", "/any", "/post"];
    const end = performance.now() + 10_000;
    while ((await go("/get", "none", "document")) !== 200 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    ran.length = 0;
    for (const site of ["cross-site", "same-site"]) {
      for (const path of methods) assert.equal(await go(path, site, "document"), 403, path);
      for (const path of [...methods, "/get", "/docs", "/"])
        assert.equal(await go(path, site, "iframe"), 403, path);
    }
    assert.deepEqual(ran, []);
    assert.equal(await go("/get", "cross-site", "document"), 200);
    assert.equal(await go("/docs", "cross-site", "document"), 200);
    for (const site of ["none", "same-origin"])
      for (const path of ["/users/delete?id=1", "/any"]) assert.equal(await go(path, site, "document"), 200);
    assert.deepEqual(ran, ["Users.Get", "Users.Delete", "Users.Any", "Users.Delete", "Users.Any"]);
  });

  it("accepts forms for /rpc only from programs and its own pages", async () => {
    await using listeners = await openListeners({ cors: ["https://listed.test"] });
    const body = "service=nobody&method=Say.Hello&request={}";
    const form = ["Content-Type: application/x-www-form-urlencoded", `Content-Length: ${body.length}`];
    for (const [name, { address }] of listeners.all) {
      if (name === "shared" || name === "agent") continue;
      const ask = async (...headers: string[]) =>
        (
          await raw(
            address,
            rawRequest("POST", "/rpc", [`Host: ${address}`, ...form, ...headers], body),
            10_000,
          )
        ).status;
      assert.equal(await ask("Origin: https://listed.test"), 403, name);
      assert.notEqual(await ask(`Origin: http://${address}`), 403, name);
      assert.notEqual(await ask(), 403, name);
    }
  });
});
