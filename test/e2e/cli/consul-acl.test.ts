import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../../../src/testing/eventually.js";
import { freePort } from "../../support/free-port.js";
import { needs } from "../../support/needs.js";
import { micro } from "../../support/programs/micro.js";
import { type Running, start } from "../../support/programs/process.js";

const token = "0b1f2a34-5678-4abc-9def-0123456789ab";

interface Guarded {
  readonly address: string;
  readonly running: Running;
  /** Asks its API with the master token. */
  send(method: string, path: string, body: object): Promise<Record<string, string>>;
}

/** A Consul that shows nothing without a token. */
async function startGuarded(): Promise<Guarded> {
  const [http, lan, wan, server] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = `ports { http = ${http} dns = -1 grpc = -1 https = -1 serf_lan = ${lan} serf_wan = ${wan} server = ${server} }`;
  const acl = `acl { enabled = true default_policy = "deny" tokens { master = "${token}" agent = "${token}" } }`;
  const args = ["agent", "-dev", "-bind=127.0.0.1", "-client=127.0.0.1", "-log-level=err"];
  const hcl = `${ports} ${acl} disable_update_check = true`;
  const running = start("consul", [...args, `-hcl=${hcl}`]);
  const address = `127.0.0.1:${http}`;
  await eventually(async () => {
    const headers = { "X-Consul-Token": token };
    const answer = await fetch(`http://${address}/v1/catalog/services`, { headers });
    assert.match(await answer.text(), /"consul"/);
  }, 30_000);
  const send: Guarded["send"] = async (method, path, body) => {
    const headers = { "X-Consul-Token": token };
    const answer = await fetch(`http://${address}/v1/${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200);
    return (await answer.json()) as Record<string, string>;
  };
  return { address, running, send };
}

describe("a Consul with access control", needs("consul"), () => {
  let guarded: Guarded;
  let flag: string;

  before(async () => {
    guarded = await startGuarded();
    flag = `--registry_address=${guarded.address}`;
  });

  after(() => guarded.running[Symbol.asyncDispose]());

  it("is no empty registry for a command without a token: it ends with 8", async () => {
    for (const args of [["ls"], ["get", "service", "a"], ["query", "a.b", "Say.Hello"]]) {
      const { code, stdout, stderr } = await micro([...args, flag]);
      assert.deepEqual([code, stdout], [8, ""], `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /consul at 127\.0\.0\.1:\d+ does not allow it/);
    }
    const json = JSON.parse((await micro(["ls", flag, "--json"])).stdout);
    assert.equal(json.error.code, "FORBIDDEN");
  });

  it("is empty for a token that sees none of its services yet, and refuses a wrong token", async () => {
    const rules = 'service "shop" { policy = "write" } node_prefix "" { policy = "read" }';
    const made = await guarded.send("PUT", "acl/policy", { Name: "shop", Rules: rules });
    const { SecretID: narrow } = await guarded.send("PUT", "acl/token", { Policies: [{ ID: made.ID }] });
    const env = { CONSUL_HTTP_TOKEN: narrow };
    const { code, stdout, stderr } = await micro(["ls", flag], { env });
    assert.deepEqual([code, stdout], [0, ""], stderr);
    const absent = await micro(["get", "service", "shop", flag], { env });
    assert.match(absent.stderr, /"shop" not found/);
    const wrong = { CONSUL_HTTP_TOKEN: "11111111-2222-4333-8444-555555555555" };
    assert.equal((await micro(["ls", flag], { env: wrong })).code, 8);
  });

  it("shows its services to a command with a token", async () => {
    const { code, stdout, stderr } = await micro(["ls", flag], { env: { MICRO_TOKEN: token } });
    assert.deepEqual([code, stdout], [0, "consul\n"], stderr);
    const one = await micro(["get", "service", "consul", flag], { env: { MICRO_TOKEN: token } });
    assert.doesNotMatch(one.stderr, /did you mean consul/);
  });
});
