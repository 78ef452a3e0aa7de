import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { counted, handshake, openListeners } from "../support/listeners.js";

const corpus = JSON.parse(readFileSync(new URL("corpus/hosts.json", import.meta.url), "utf8"));
const portOf = (address: string) => address.slice(address.lastIndexOf(":") + 1);

describe("T2: host names of a loopback listener", () => {
  it("accepts its own names, and no other, in every program, also for upgrades", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all)
      for (const upgrade of [[], handshake]) {
        const ask = async (host: string) => {
          const named = `Host: ${host.replaceAll("PORT", portOf(address))}`;
          return (await raw(address, rawRequest("GET", "/health/live", [named, ...upgrade]), 10_000)).status;
        };
        for (const host of corpus.own) {
          const status = await ask(host);
          assert.ok(status === 200 || (upgrade.length > 0 && status !== 421), `${name} ${host}: ${status}`);
        }
        for (const host of corpus.foreign) assert.equal(await ask(host), 421, `${name} ${host}`);
        for (const host of corpus.broken) assert.equal(await ask(host), 400, `${name} ${host}`);
      }
  });

  it("accepts the allowed names, with any port if none is given", async () => {
    const reached = { count: 0 };
    await using http = await counted(reached, { allowedHosts: ["Micro.Test", "ported.test:99"] });
    const ask = async (host: string) =>
      (await raw(http.address, rawRequest("GET", "/counted", [`Host: ${host}`]))).status;
    assert.equal(await ask("micro.test"), 200);
    assert.equal(await ask("MICRO.test:1234"), 200);
    assert.equal(await ask("ported.test:99"), 200);
    for (const host of ["ported.test", "ported.test:98", "a.micro.test", "micro.test.evil"])
      assert.equal(await ask(host), 421, host);
    assert.equal(reached.count, 3);
  });

  it("answers 400 to two Host headers and to none, where Node lets two pass", async () => {
    await using http = await counted({ count: 0 });
    const host = `Host: ${http.address}`;
    for (const hosts of [[host, host], [host, "Host: evil.test"], []])
      assert.equal((await raw(http.address, rawRequest("GET", "/counted", hosts))).status, 400);
    const control = createServer((_, response) => response.end("reached")).listen(0, "127.0.0.1");
    await once(control, "listening");
    const { port } = control.address() as AddressInfo;
    const passed = await raw(
      `127.0.0.1:${port}`,
      rawRequest("GET", "/", ["Host: a", "Host: b", "Connection: close"]),
    );
    control.close();
    assert.equal(passed.status, 200);
  });
});
