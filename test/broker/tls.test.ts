import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openBroker } from "../../src/broker/index.js";
import { freePort } from "../support/free-port.js";
import { type Running, start } from "../support/programs/process.js";
import { tlsFiles } from "../support/ways.js";

/** How each server is told to speak TLS alone. */
const servers = {
  nats: async (port: number, cert: string, key: string) => {
    const server = start("nats-server", [
      "-a",
      "127.0.0.1",
      "-p",
      `${port}`,
      "--tls",
      "--tlscert",
      cert,
      "--tlskey",
      key,
    ]);
    await server.output(/Server is ready/);
    return server;
  },
  redis: async (port: number, cert: string, key: string, folder: string) => {
    const tls = [
      "--tls-port",
      `${port}`,
      "--tls-cert-file",
      cert,
      "--tls-key-file",
      key,
      "--tls-auth-clients",
      "no",
    ];
    const args = [
      "--bind",
      "127.0.0.1",
      "--port",
      "0",
      "--save",
      "",
      "--dir",
      folder,
      ...tls,
      "--tls-ca-cert-file",
      cert,
    ];
    const server = start("redis-server", args);
    await server.output(/Ready to accept connections/);
    return server;
  },
} as const;

const schemes = { nats: "tls", redis: "rediss" } as const;

for (const name of ["nats", "redis"] as const)
  describe(`${name} over TLS, with a certificate of an unknown authority`, () => {
    let files: Awaited<ReturnType<typeof tlsFiles>>;
    let server: Running;
    let folder: string;
    let address: string;

    before(async () => {
      files = await tlsFiles();
      folder = await mkdtemp(join(tmpdir(), `micro-${name}-tls-`));
      const port = await freePort();
      address = `${schemes[name]}://127.0.0.1:${port}`;
      server = await servers[name](port, files.tls.certFile, files.tls.keyFile, folder);
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    it("is refused, with the flag that fixes it", async () => {
      await using broker = await openBroker(name, { addresses: [address] });
      await assert.rejects(broker.publish("t", { header: {}, body: Buffer.from("x") }), (error: Error) => {
        assert.match(error.message, /--tls_ca_file/);
        assert.equal((error as { reason?: string }).reason, "TLS_FAILED", error.message);
        return true;
      });
    });

    for (const [how, tls] of [
      ["its authority", () => ({ ca: readFileSync(files.tls.certFile, "utf8") })],
      ["any certificate", () => ({ insecure: true })],
    ] as const)
      it(`is used with ${how}`, async () => {
        await using broker = await openBroker(name, { addresses: [address], tls: tls() });
        await broker.publish("t", { header: {}, body: Buffer.from("x") });
      });
  });
