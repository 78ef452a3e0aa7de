import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { createServer } from "node:tls";
import { MemoryRegistry } from "../../src/registry/memory.js";
import { service } from "../../src/service/index.js";
import { selfSigned } from "../support/certificates.js";

describe("a node that wants a client certificate", () => {
  it("is an error that names the flags, and nothing was executed", async () => {
    const made = selfSigned("IP:127.0.0.1");
    const options = { ...made, ca: made.cert, requestCert: true };
    const server = createServer(options, (socket) => socket.on("error", () => {}));
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const registry = new MemoryRegistry();
    const metadata = { protocol: "mucp", transport: "http", secure: "true" };
    const nodes = [{ id: "n1", address: "127.0.0.1", port, metadata }];
    const name = "go.micro.srv.guarded";
    await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes });
    const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
    const caller = service({ ...quick, name: "go.micro.srv.caller", registry, tls: { ca: made.cert } });
    try {
      await assert.rejects(caller.client.call(name, "Say.Hello", {}), {
        code: 503,
        reason: "TLS_FAILED",
        executed: "no",
        detail: /; it wants a client certificate .*--tls_cert_file and --tls_key_file$/,
      });
    } finally {
      await caller.close();
      await registry.close();
      server.close();
    }
  });
});
