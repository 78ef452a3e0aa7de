import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../support/process.js";

/** Whether this test may make a network of its own, without IPv4. */
function mayMakeNetworks(): { skip: string | false } {
  const made = spawnSync("unshare", [
    "-n",
    "sh",
    "-c",
    "ip link set lo up && ip addr del 127.0.0.1/8 dev lo",
  ]);
  return { skip: made.status === 0 ? false : "needs root, unshare and ip: a network namespace without IPv4" };
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs shell text where there is only IPv6, with `micro`, `begin NAME PROGRAM…` and `until_says NAME TEXT`. */
async function onIpv6(script: string): Promise<string> {
  const prelude = `
    set -e; ip link set lo up; ip addr del 127.0.0.1/8 dev lo
    folder=$(mktemp -d); export XDG_CONFIG_HOME=/nonexistent MICRO_NO_INPUT=1
    trap 'kill $(jobs -p) 2>/dev/null; wait; rm -r $folder' EXIT
    micro() { "${process.execPath}" bin/run.js "$@"; }
    begin() { name=$1; shift; "$@" >$folder/$name 2>&1 & }
    until_says() { for i in $(seq 300); do grep -q "$2" $folder/$1 && return; sleep 0.1; done; cat $folder/$1; return 1; }
  `;
  await using running = start("unshare", ["-n", "bash", "-c", prelude + script], { cwd: root });
  const code = await running.closed();
  assert.equal(code, 0, running.stdout + running.stderr);
  return running.stdout;
}

describe("a machine without IPv4", mayMakeNetworks(), () => {
  it("reaches a registry by every spelling of its address", async () => {
    const spellings = ["[::1]:8501", "http://[::1]:8501", "[0:0:0:0:0:0:0:1]:8501", "http://[::1]:8501/"];
    const said = await onIpv6(`
      begin agent micro agent --agent_address '[::1]:8501'; until_says agent 8501
      begin bare micro agent --agent_address '[::1]:8500'; until_says bare 8500
      one='{"name":"here","version":"1","nodes":[{"id":"here-1","address":"::1","port":1}]}'
      micro register service "$one" --registry_address '[::1]:8501'; micro register service "$one" --registry_address ::1
      ${spellings.map((address) => `micro list services --registry_address '${address}'`).join("\n")}
      ${spellings.map((address) => `CONSUL_HTTP_ADDR='${address}' micro list services`).join("\n")}
      micro list services --registry_address ::1; CONSUL_HTTP_ADDR=::1 micro list services
      CONSUL_HTTP_ADDR='[::1]' micro list services
    `);
    assert.equal(said.match(/^here$/gm)?.length, 2 * spellings.length + 3, said);
  });
});
