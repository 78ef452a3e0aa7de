import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { selfSigned } from "../../support/certificates.js";
import { needs } from "../../support/needs.js";
import { micro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const name = "go.micro.srv.secret";

describe("micro explain and a node over TLS", needs("openssl"), () => {
  it("shakes hands as the call would, and names the flag and the file that are wrong", async () => {
    const folder = mkdtempSync(join(tmpdir(), "micro-explain-"));
    const [right, wrong] = [selfSigned("IP:127.0.0.1"), selfSigned("IP:127.0.0.1")];
    writeFileSync(join(folder, "right.pem"), right.cert);
    writeFileSync(join(folder, "wrong.pem"), wrong.cert);
    await using system = await System.open();
    const secret = system.service(name, { tls: right });
    secret.handle("Say.Hello", {}, async () => ({}));
    await secret.start();
    const explain = (...args: string[]) =>
      micro(["explain", name, "Say.Hello", "{}", `--registry_address=${system.registry}`, ...args]);
    const trusted = await explain(`--tls_ca_file=${folder}/right.pem`);
    assert.equal(trusted.code, 0, trusted.stdout);
    assert.match(trusted.stdout, /ok +tls +1 of 1 nodes over TLS/);
    for (const args of [[], [`--tls_ca_file=${folder}/wrong.pem`]]) {
      const { code, stdout } = await explain(...args);
      assert.equal(code, 5, stdout);
      assert.match(stdout, /fail +tls .*--tls_ca_file/);
    }
    const missing = await explain(`--tls_ca_file=${folder}/none.pem`);
    assert.equal(missing.code, 2, missing.stdout);
    assert.match(missing.stdout, /fail +tls +--tls_ca_file ".*\/none\.pem" cannot be read: /);
    rmSync(folder, { recursive: true });
  });

  it("says in plain words that a peer speaks no TLS, and what to do", async () => {
    await using system = await System.open();
    const plain = system.service("plain");
    plain.handle("Say.Hello", {}, async () => ({}));
    await plain.start();
    const at = `--registry_address=${system.registry}`;
    const [found] = await plain.registry.getService("plain");
    const nodes = found?.nodes.map(({ address, port, metadata }) => {
      return { id: "as-secret-1", address, port, metadata: { ...metadata, secure: "true" } };
    });
    const entry = JSON.stringify({ name: "as-secret", version: "1", nodes });
    assert.equal((await micro(["register", "service", entry, at])).code, 0);
    for (const [args, words] of [
      [
        ["query", "as-secret", "Say.Hello", at],
        /it speaks no TLS; start it with --tls_cert_file[\s\S]*hint: {2}micro get service as-secret/,
      ],
      [
        ["explain", "as-secret", "Say.Hello", at],
        /fail +tls .*it speaks no TLS[\s\S]*fix: micro get service as-secret/,
      ],
      [
        ["list", "services", `--registry_address=https://${system.registry}`],
        /it speaks no TLS\nhint: {2}give its address without TLS/,
      ],
    ] as const) {
      const { code, stdout, stderr } = await micro([...args]);
      assert.equal(code, 5, stdout + stderr);
      assert.match(stdout + stderr, words);
      assert.doesNotMatch(stdout + stderr, /SSL routines|error:[0-9A-F]{8}/);
    }
  });
});
