import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { needs, needsNetwork } from "../support/needs.js";
import { start } from "../support/programs/process.js";

const veth = "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Runs shell text where there is no network at all, with `micro`, `begin NAME PROGRAM…`, `until_says NAME TEXT`,
 * `ended PID`, and `net_up ADDRESS`.
 */
async function withoutNetwork(script: string): Promise<string> {
  const prelude = `
    set -e; folder=$(mktemp -d)
    export XDG_CONFIG_HOME=/nonexistent MICRO_NO_INPUT=1 MICRO_REGISTRY=mdns MICRO_LOG_LEVEL=info
    export MICRO_SERVER_ADDRESS=0.0.0.0:0 MICRO_REGISTER_INTERVAL=1s MICRO_DRAIN_DELAY=0s
    trap 'kill $(jobs -p) 2>/dev/null || :; wait || :; rm -r $folder' EXIT
    micro() { timeout 30 "${process.execPath}" bin/run.js "$@"; }
    greeter() { exec "${process.execPath}" --import tsx test/support/programs/greeter-node.ts "$@"; }
    begin() { name=$1; shift; "$@" >$folder/$name 2>&1 & echo $! >$folder/$name.pid; }
    until_says() { for i in $(seq 300); do grep -q "$2" $folder/$1 && return; sleep 0.1; done; cat $folder/$1; return 1; }
    ended() { for i in $(seq 200); do kill -0 $1 2>/dev/null || return 0; sleep 0.1; done; echo "$1 does not end"; return 1; }
    net_up() { ip link set lo up; ${veth}; ip addr add $1/24 dev v0; }
  `;
  await using running = start("unshare", ["-n", "bash", "-c", prelude + script], { cwd: root });
  const code = await running.closed();
  assert.equal(code, 0, running.stdout + running.stderr);
  return running.stdout + running.stderr;
}

/** Servers of registries, each where the service looks for it. */
const servers = {
  mdns: "",
  consul: "begin server consul agent -dev -bind 127.0.0.1 -log-level err",
  etcd: "begin server etcd --data-dir $folder/etcd",
};

describe("mDNS on a machine whose network comes and goes", {
  ...needsNetwork(veth),
  concurrency: true,
}, () => {
  it("says that there is no network, and exits with 5", async () => {
    const said = await withoutNetwork(`
      for command in "list services" "get service absent" "health absent" "call absent A.B {}"; do
        code=0; micro $command || code=$?; echo "$command: exit $code"
      done
      code=0; micro register service '{"name":"n","nodes":[{"id":"n-1","address":"10.1.1.1","port":1}]}' || code=$?
      echo "register: exit $code"
    `);
    assert.equal(said.match(/: exit 5$/gm)?.length, 5, said);
    assert.match(said, /no network interface with an IPv4 address/);
    assert.doesNotMatch(said, /start one/);
  });

  it("lets a service obey SIGTERM without a network", async () => {
    await withoutNetwork(`
      begin greeter greeter; until_says greeter 'registering failed'; until_says greeter serving
      pid=$(cat $folder/greeter.pid); kill -TERM $pid; ended $pid; wait $pid
    `);
  });

  it("speaks on the interface that --registry_address names, and takes nothing else there", async () => {
    const said = await withoutNetwork(`
      net_up 10.9.0.1; ip addr add 10.9.1.1/24 dev v1
      begin greeter greeter --registry_address 10.9.0.1; until_says greeter 'registered'
      micro list services --registry_address 10.9.0.1 | grep -x go.micro.srv.greeter
      code=0; micro list services --registry_address 10.9.0.1:5353 || code=$?; echo "exit $code"
    `);
    assert.match(said, /takes the IPv4 address of a network interface, without a port/);
    assert.match(said, /^exit 2$/m);
  });

  it("registers when the network comes up, and anew when its address changes or its interface is another", async () => {
    await withoutNetwork(`
      begin greeter greeter; until_says greeter 'registering failed'; until_says greeter serving
      begin watch micro watch --timeout 100s
      net_up 10.9.0.1
      until_says greeter 'at 10.9.0.1:'; until_says watch go.micro.srv.greeter
      micro list services | grep -x go.micro.srv.greeter
      ip addr del 10.9.0.1/24 dev v0; ip addr add 10.9.1.1/24 dev v0
      until_says greeter 'at 10.9.1.1:'; micro get service go.micro.srv.greeter | grep -w 10.9.1.1
      ip link del v0; net_up 10.9.2.1
      until_says greeter 'at 10.9.2.1:'; micro get service go.micro.srv.greeter | grep -w 10.9.2.1
      pid=$(cat $folder/greeter.pid); kill -TERM $pid; ended $pid; wait $pid
    `);
  });
});

describe("the address of a machine whose network comes and goes", {
  ...needsNetwork(veth),
  concurrency: true,
}, () => {
  it("is not replaced by loopback while the interface is down, and holds when it is up again", async () => {
    const said = await withoutNetwork(`
      begin watch micro watch --timeout 100s; net_up 10.9.0.1
      begin greeter greeter; until_says greeter 'at 10.9.0.1:'; until_says watch go.micro.srv.greeter
      ip link set v0 down; sleep 3; ip link set v0 up
      until_says greeter 'announcing and querying again'; sleep 2
      micro get service go.micro.srv.greeter | grep -w 10.9.0.1; cat $folder/greeter
    `);
    assert.doesNotMatch(said, /at 127\.0\.0\.1:/);
  });

  for (const [registry, server] of Object.entries(servers))
    it(`is another one for ${registry} as soon as the machine has another one`, {
      ...(server === "" ? {} : needs(registry)),
    }, async () => {
      await withoutNetwork(`
        export MICRO_REGISTRY=${registry} MICRO_REGISTER_TTL=600s MICRO_REGISTER_INTERVAL=200s
        net_up 10.9.0.1; ${server}
        begin greeter greeter; until_says greeter 'at 10.9.0.1:'
        ip addr del 10.9.0.1/24 dev v0; ip addr add 10.9.1.1/24 dev v0
        until_says greeter 'at 10.9.1.1:'; micro get service go.micro.srv.greeter | grep -w 10.9.1.1
      `);
    });

  it("is announced at once when a service that started without a network gets one", async () => {
    await withoutNetwork(`
      export MICRO_REGISTER_TTL=600s MICRO_REGISTER_INTERVAL=200s
      ip link set lo up; begin greeter greeter; until_says greeter 'at 127.0.0.1:'
      net_up 10.9.0.1; until_says greeter 'at 10.9.0.1:'
      micro get service go.micro.srv.greeter | grep -w 10.9.0.1
    `);
  });
});
