import assert from "node:assert/strict";
import { hostname } from "node:os";
import { describe, it } from "node:test";
import type { Log } from "../../src/core/log/log.js";
import { silent } from "../../src/core/log/log.js";
import { httpServer } from "../../src/http/server.js";
import { sidecar } from "../../src/sidecar/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";

const open = ["0.0.0.0:0", ":0", "[::]:0", "[::0]:0", "[0:0:0:0:0:0:0:0]:0"];
const name = "go.micro.test";

describe("T15: listeners beyond this machine", () => {
  it("need a token, or --insecure, before they bind", async () => {
    for (const address of open) {
      await assert.rejects(httpServer({ name, address }), { reason: "USAGE" }, address);
      await using insecure = await httpServer({ name, address, insecure: true });
      assert.equal(insecure.address, "");
    }
    await using gateways = new Gateways();
    const service = gateways.service("go.micro.sidecar");
    await assert.rejects(sidecar(service, { address: "0.0.0.0:0" }), { reason: "USAGE" });
  });

  it("check the address that a name resolves to", async () => {
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(hostname()).catch(() => undefined);
    const address = `${hostname()}:0`;
    if (found && !found.address.startsWith("127."))
      await assert.rejects(httpServer({ name, address }), { reason: "USAGE" });
    await using local = await httpServer({ name, address: "localhost:0" });
    await local.listen();
    assert.match(local.address, /^127\./);
  });

  it("warn at each start without a token", async () => {
    const warned: string[] = [];
    const log: Log = { ...silent, warn: (_, text) => void warned.push(text) };
    await using insecure = await httpServer({ name, address: "0.0.0.0:0", insecure: true, log });
    await using gateways = new Gateways();
    const http = await gateways.open({ address: "0.0.0.0:0", log });
    assert.equal(insecure.address, "");
    assert.equal(warned.filter((text) => text.includes("beyond this machine")).length, 2);
    const port = http.address.split(":").at(-1);
    const get = (path: string) =>
      raw(`127.0.0.1:${port}`, rawRequest("GET", path, ["Host: api.example.com"]));
    assert.equal((await get("/health/live")).status, 200);
    for (const path of ["/metrics", "/stats"]) assert.equal((await get(path)).status, 404, path);
  });

  it("refuse a token that could be guessed", async () => {
    for (const value of ["", "short", "x".repeat(21)])
      await assert.rejects(httpServer({ name, address: ":0", token: { value } }), { reason: "USAGE" });
    await assert.rejects(httpServer({ name, address: ":0", token: { file: "/nowhere/token" } }), {
      reason: "USAGE",
    });
  });
});
