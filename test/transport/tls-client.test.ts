import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { createServer } from "node:tls";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { type Certificate, selfSigned } from "../support/certificates.js";

const name = "go.micro.srv.guarded";

const kinds: Readonly<Record<string, (caller: MicroService) => Promise<unknown>>> = {
  "a call": ({ client }) => client.call(name, "Say.Hello", {}),
  async "a stream"({ client }) {
    const stream = await client.stream(name, "Say.Hello");
    for await (const _ of stream) assert.fail("a message");
  },
};

/** A node whose server accepts only clients with its own certificate. */
async function guarded({ key, cert }: Certificate, mux: string) {
  const server = createServer({ key, cert, ca: cert, requestCert: true }, (socket) => {
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const registry = new MemoryRegistry();
  const metadata = { protocol: "mucp", transport: "http", secure: "true", mux };
  const nodes = [{ id: "n1", address: "127.0.0.1", port, metadata }];
  await registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes });
  return {
    registry,
    async [Symbol.asyncDispose]() {
      server.close();
      await registry.close();
    },
  };
}

describe("a node that wants a client certificate", { timeout: 60_000 }, () => {
  const made = selfSigned("IP:127.0.0.1");
  for (const [wire, mux] of Object.entries({ http: "", mux: "1" }))
    for (const [kind, ask] of Object.entries(kinds))
      it(`is an error that names the flags, and nothing was executed: ${wire}, ${kind}`, async () => {
        await using node = await guarded(made, mux);
        const quick = { broker: "memory", argv: [], env: {}, drainDelay: 0 } as const;
        const { registry } = node;
        await using caller = service({
          ...quick,
          name: "caller",
          registry,
          tls: { ca: made.cert },
        });
        await assert.rejects(ask(caller), {
          code: 503,
          reason: "TLS_FAILED",
          executed: "no",
          detail: /; it wants a client certificate .*--tls_cert_file and --tls_key_file$/,
        });
      });
});
