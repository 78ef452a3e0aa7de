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
});
