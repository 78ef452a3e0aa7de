import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transportSuite } from "../../../src/testing/transport/transport.js";
import { HttpTransport } from "../../../src/transport/http/transport.js";
import { MuxConnection } from "../../../src/transport/mux/calls/connection.js";
import { mux } from "../../../src/transport/mux/mux.js";
import type { Transport } from "../../../src/transport/transport.js";
import { selfSigned } from "../../support/certificates.js";
import { echo, message, text } from "../../support/mux.js";

const { key, cert } = selfSigned("IP:127.0.0.1");
const tls = { key, cert, ca: cert };

/** A transport that knows of each node that it offers mux, and TLS. */
async function open(): Promise<Transport> {
  const http = new HttpTransport({ upgrade: mux, tls });
  return {
    name: "mux",
    dial: (address, options) => http.dial(address, { ...options, secure: true, mux: true }),
    listen: (address, handler, options) => http.listen(address, handler, options),
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

transportSuite("mux over TLS", open);

describe("the upgrade to mux over TLS", () => {
  it("is made where the certificate is one that the caller trusts", async () => {
    await using transport = await open();
    const listener = await transport.listen("127.0.0.1:0", echo);
    const connection = await transport.dial(listener.address);
    assert.ok(connection instanceof MuxConnection);
    assert.equal(text(await connection.call(message("hi"))), "hi");
  });

  it("is not requested if the certificate is not trusted", async () => {
    await using transport = await open();
    const listener = await transport.listen("127.0.0.1:0", echo);
    await using stranger = new HttpTransport({ upgrade: mux });
    const dialling = stranger.dial(listener.address, { secure: true, mux: true });
    await assert.rejects(dialling, { code: 503, reason: "TLS_FAILED", executed: "no" });
  });
});
