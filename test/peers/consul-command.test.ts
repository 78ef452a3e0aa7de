import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { needs } from "../support/needs.js";
import { start } from "../support/programs/process.js";

/** What the command printed, and its exit code. */
interface Printed {
  readonly text: string;
  readonly code: number;
}

describe("the consul command at the embedded registry", needs("consul"), () => {
  let registry: HttpServer;
  let folder: string;
  before(async () => {
    registry = await agent({ address: "127.0.0.1:0", nodeName: "here" });
    folder = mkdtempSync(join(tmpdir(), "micro-peers-"));
  });
  after(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const environment = () => ({ ...process.env, CONSUL_HTTP_ADDR: registry.address });
  const consul = (...args: readonly string[]) =>
    new Promise<Printed>((resolve) =>
      execFile("consul", args, { env: environment(), timeout: 20_000 }, (error, stdout, stderr) =>
        resolve({ text: stdout + stderr, code: error ? Number(error.code) : 0 }),
      ),
    );
  /** Each command in turn, with what it must print. */
  async function prints(table: readonly (readonly [command: string, pattern: RegExp])[]): Promise<void> {
    for (const [command, pattern] of table) {
      const { text, code } = await consul(...command.split(" "));
      assert.match(text, pattern, command);
      assert.equal(code, 0, `${command}: ${text}`);
    }
  }

  it("looks around", () =>
    prints([
      ["members", /^here +127\.0\.0\.1:0 +alive/m],
      ["info", /leader = true/],
      ["catalog datacenters", /^dc1$/m],
      ["catalog nodes -detailed", /^here .*lan=127\.0\.0\.1/m],
    ]));

  it("registers, finds, maintains and deregisters services", async () => {
    const file = join(folder, "web.json");
    const check = { http: `http://${registry.address}/v1/status/leader`, interval: "10s" };
    writeFileSync(
      file,
      JSON.stringify({ service: { name: "web", id: "web-1", tags: ["a"], port: 80, check } }),
    );
    await prints([
      [`services register ${file}`, /Registered service: web/],
      ["services register -name=db -port=1", /Registered service: db/],
      ["catalog services -tags", /^db +\nweb +a$/m],
      ["catalog nodes -service=web", /^here /m],
      ["catalog nodes -filter=Node==none", /No nodes match/],
      ["maint -enable -service=web-1 -reason=repair", /now enabled for "web-1"/],
      ["maint", /ID: +web-1\n +Reason: repair/],
      ["maint -disable -service=web-1", /now disabled/],
      ["maint -enable", /Node maintenance is now enabled/],
      ["maint -disable", /Node maintenance is now disabled/],
      ["watch -type=services", /"web": \[\s+"a"/],
      ["watch -type=service -service=db", /"Service": "db"/],
      ["watch -type=checks", /serfHealth/],
      ["services deregister -id=web-1", /Deregistered/],
      ["services deregister -id=db", /Deregistered/],
      ["catalog services", /No services match/],
    ]);
  });

  it("sees a change while it watches", async () => {
    await using watching = start("consul", ["watch", "-type=services", "cat; echo"], {
      env: environment(),
    });
    await watching.output(/\{\}/);
    await consul("services", "register", "-name=late", "-port=2");
    await watching.output(/"late":\[\]/);
    await consul("services", "deregister", "-id=late");
  });

  const absent = [
    ["kv put a b", "the key-value store"],
    ["lock a true", "sessions"],
    ["event -name=x", "user events"],
    ["acl token list", "access control"],
    ["intention check a b", "Connect"],
    ["snapshot save backup", "snapshots"],
    ["operator raft list-peers", "operator commands"],
    ["rtt a b", "network coordinates"],
    ["config list -kind=service-defaults", "configuration entries"],
    ["reload", '"reload" of an agent in a cluster'],
    ["leave", '"leave" of an agent in a cluster'],
  ] as const;
  for (const [command, name] of absent)
    it(`is told that there is no ${name}: ${command}`, async () => {
      const { text, code } = await consul(...command.split(" "));
      assert.ok(text.includes(`not supported by micro agent: ${name}`), text);
      assert.notEqual(code, 0);
    });

  it("is told that a key does not exist", async () => {
    assert.match((await consul("kv", "get", "a")).text, /No key exists at: a/);
  });
});
