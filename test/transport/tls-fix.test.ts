import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { createServer } from "node:tls";
import { connect } from "../../src/transport/connect.js";
import { selfSigned } from "../support/certificates.js";

describe("a certificate that does not verify", () => {
  for (const [what, { names = "IP:127.0.0.1", trusted = true, expired = false }, fix] of [
    ["of an unknown authority", { trusted: false }, /; give the authority .* --tls_ca_file$/],
    ["of another name", { names: "DNS:elsewhere.example" }, /; the node's --tls_cert_file needs this name/],
    ["that expired", { expired: true }, /; renew the node's --tls_cert_file$/],
  ] as const)
    it(`is an error that names the flag: ${what}`, async () => {
      const made = selfSigned(names, { expired });
      const server = createServer(made, (socket) => socket.on("error", () => {}));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const { port } = server.address() as { port: number };
        const tls = trusted ? { ca: made.cert } : {};
        await assert.rejects(connect(`127.0.0.1:${port}`, { secure: true, tls, timeout: 10_000 }), {
          code: 503,
          reason: "TLS_FAILED",
          executed: "no",
          detail: fix,
        });
      } finally {
        server.close();
      }
    });
});
