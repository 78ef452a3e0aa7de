import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { service } from "../../../src/service/index.js";
import { needs } from "../../support/needs.js";
import { micro } from "../../support/programs/micro.js";
import { type ConsulServer, startConsul } from "../../support/servers/consul.js";
import { registerElsewhere } from "../../support/servers/foreign-consul.js";
import { Victim } from "../../support/victim.js";

interface Found {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly hint?: string;
  }[];
}

describe("the command line and loopback addresses", needs("consul"), () => {
  let consul: ConsulServer;
  let at: string;

  before(async () => {
    consul = await startConsul();
    at = `--registry_address=${consul.address}`;
  });

  after(async () => {
    await consul?.[Symbol.asyncDispose]();
  });

  async function addresses() {
    const { code, stdout, stderr } = await micro(["doctor", at, "--json"]);
    const found = (JSON.parse(stdout) as Found).checks.find(({ id }) => id === "addresses");
    assert.ok(found, stderr);
    return { code, ...found };
  }

  it("doctor fails once the registry knows another machine, and names the node and the fix", async () => {
    const options = { registryAddress: [consul.address], argv: [], env: {}, drainDelay: 0 };
    const greeter = service({ name: "go.micro.srv.greeter", ...options });
    await greeter.start();
    try {
      const alone = await addresses();
      assert.deepEqual([alone.code, alone.ok, alone.detail], [0, true, "all on one machine"]);
      await registerElsewhere(consul.address, { name: "database", address: "", port: 0 });
      const shared = await addresses();
      assert.deepEqual([shared.code, shared.ok], [7, false]);
      assert.match(shared.detail, /^1 nodes .* go\.micro\.srv\.greeter-[0-9a-f-]+ at 127\.0\.0\.1$/);
      assert.match(String(shared.hint), /--server_address=0\.0\.0\.0:0 or --server_advertise/);
    } finally {
      await greeter.close();
    }
  });

  it("doctor and explain do not dial a loopback address of another machine", async () => {
    await using victim = await Victim.open();
    const there = { name: "go.micro.srv.there", address: "127.1", port: victim.port };
    await registerElsewhere(consul.address, there);
    const { code, detail } = await addresses();
    assert.equal(code, 7);
    assert.match(detail, /go\.micro\.srv\.there-elsewhere/);
    const explained = await micro(["explain", there.name, "Any.Thing", at]);
    assert.notEqual(explained.code, 0);
    assert.match(explained.stdout, /another machine registered this loopback address/);
    assert.equal(victim.connections, 0);
  });
});
