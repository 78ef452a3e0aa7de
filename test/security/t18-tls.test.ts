import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBroker } from "../../src/broker/memory.js";
import { Backend } from "../support/backend.js";
import { Gateways } from "../support/gateway.js";
import { startMicro } from "../support/programs/micro.js";

const name = "go.micro.api.safe";

describe("T18: TLS", () => {
  it("is never left out for a node that is registered as secure", async () => {
    await using gateways = new Gateways();
    const seen: Buffer[] = [];
    await using _backend = await Backend.raw(gateways.registry, name, (socket) => {
      socket.once("data", (chunk) => {
        seen.push(chunk);
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
      });
    });
    const [found] = await gateways.registry.getService(name);
    assert.ok(found);
    const nodes = found.nodes.map((node) => ({ ...node, metadata: { secure: "true", mux: "1" } }));
    await gateways.registry.register({ ...found, nodes });
    const caller = gateways.service("caller", { broker: new MemoryBroker() });
    const called = { code: 503, reason: "TLS_FAILED", executed: "no" };
    await assert.rejects(caller.client.call(name, "Any.Thing", { secret: 1 }), called);
    await assert.rejects(caller.client.stream(name, "Any.Thing"), called);
    const http = await gateways.open({ handler: "proxy" });
    const relayed = await fetch(`${http.url}/safe/x`, { headers: { Authorization: "secret" } });
    assert.equal(relayed.status, 502);
    assert.ok(seen.length >= 3, `${seen.length} connections`);
    for (const bytes of seen) {
      assert.equal(bytes[0], 0x16, "a TLS handshake");
      assert.doesNotMatch(bytes.toString("latin1"), /secret|Any\.Thing|HTTP\/1\.1\r\n/);
    }
  });

  const addresses = ["api", "sidecar", "web", "agent"].map((program) => `--${program}_address=127.0.0.1:0`);
  for (const [program, flags] of [
    ["api", ["--registry=memory", addresses[0] ?? ""]],
    ["sidecar", ["--registry=memory", addresses[1] ?? ""]],
    ["web", ["--registry=memory", addresses[2] ?? ""]],
    ["dev", addresses],
  ] as const)
    it(`warns at the start of micro ${program} with --tls_insecure`, { timeout: 30_000 }, async () => {
      await using running = startMicro([program, "--tls_insecure", ...flags]);
      await running.output(/any certificate is accepted/);
    });
});
