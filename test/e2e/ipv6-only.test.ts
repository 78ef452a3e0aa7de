import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { needs, needsNetwork } from "../support/needs.js";
import { start } from "../support/programs/process.js";

/** No network has it: `lo` is the only interface, and loses its IPv4 address. */
const onlyIPv6 = "ip link set lo up && ip addr del 127.0.0.1/8 dev lo";
const options = needs("curl").skip ? needs("curl") : needsNetwork(onlyIPv6);
const greeter = "go.micro.srv.greeter";
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs shell text where there is only IPv6, with `micro`, `begin NAME PROGRAM…` and `until_says NAME TEXT`. */
async function onIpv6(script: string): Promise<string> {
  const prelude = `
    set -e; ${onlyIPv6}
    folder=$(mktemp -d); export XDG_CONFIG_HOME=/nonexistent MICRO_NO_INPUT=1
    trap 'kill $(jobs -p) 2>/dev/null; wait; rm -r $folder' EXIT
    micro() { "${process.execPath}" bin/run.js "$@"; }
    # the program itself is the job: a function in the background would be a shell around it, which alone were killed
    begin() { name=$1; shift; [ "$1" != micro ] || { shift; set -- "${process.execPath}" bin/run.js "$@"; }; "$@" >$folder/$name 2>&1 & }
    until_says() { for i in $(seq 600); do grep -q "$2" $folder/$1 && return; sleep 0.1; done; cat $folder/$1; return 1; }
  `;
  await using running = start("unshare", ["-n", "bash", "-c", prelude + script], { cwd: root });
  const code = await running.closed();
  assert.equal(code, 0, running.stdout + running.stderr);
  return running.stdout;
}

describe("a machine without IPv4", options, () => {
  it("runs every program by default, and they find and call each other", async () => {
    const said = await onIpv6(`
      begin agent micro agent; until_says agent 8500
      begin srv "${process.execPath}" --import tsx examples/greeter/srv.ts; until_says srv serving
      begin api micro api; begin sidecar micro sidecar; begin web micro web
      until_says api 8080; until_says sidecar 8081; until_says web 8082
      micro list services
      micro query ${greeter} Say.Hello '{"name":"directly"}'
      micro query --proxy_address '[::1]:8081' ${greeter} Say.Hello '{"name":"through the sidecar"}'
      curl -sgf 'http://[::1]:8080/rpc' -H 'Content-Type: application/json' \\
        -d '{"service":"${greeter}","method":"Say.Hello","request":{"name":"through the gateway"}}'
      curl -sgf -H 'Accept: application/json' 'http://[::1]:8082/registry?service=${greeter}'
      micro health ${greeter}; micro stats ${greeter}
    `);
    for (const way of ["directly", "through the sidecar", "through the gateway"])
      assert.match(said, new RegExp(`Hello ${way}`));
    for (const program of ["api", "sidecar", "web"])
      assert.match(said, new RegExp(`^go.micro.${program}$`, "m"));
    assert.match(said, /"address":"::1"/);
    assert.match(said, /\t\[::1\]:\d+\t\tok\n/);
  });

  it("runs the greeter by micro dev, with messages over the http broker", async () => {
    const said = await onIpv6(`
      begin dev micro dev --example greeter; until_says dev "micro list services"
      curl -sgf 'http://[::1]:8080/greeter/say/hello?name=John'
      curl -sgf 'http://[::1]:8082/greeter/?name=Mary'
      begin heard micro subscribe news --count 1; until_says heard "subscribed to news"
      micro publish news '{"text":"without IPv4"}'; until_says heard "without IPv4"; cat $folder/heard
      micro doctor
    `);
    assert.match(said, /"message":"Hello John"/);
    assert.match(said, /<h1>Hello Mary/);
    assert.match(said, /without IPv4/);
    assert.match(said, /api \[::1\]:8080 in use/);
  });

  it("advertises an address that other machines reach, of services and of their subscriptions", async () => {
    const said = await onIpv6(`
      ip link add out type veth peer name in; ip link set in up; ip link set out up
      ip -6 addr add 2001:db8::7/64 dev out nodad
      begin agent micro agent; until_says agent 8500
      begin srv "${process.execPath}" --import tsx examples/greeter/srv.ts --server_address :0; until_says srv serving
      begin heard micro subscribe news --count 1 --broker_address :0; until_says heard "subscribed to news"
      micro get service topic:news
      micro publish news '{"text":"heard"}'; until_says heard '"heard"'
      micro query ${greeter} Say.Hello '{"name":"from outside"}'; micro health ${greeter}
    `);
    assert.match(said, /2001:db8::7[\s\S]*Hello from outside/);
    assert.match(said, /\t\[2001:db8::7\]:\d+\t\tok\n/);
  });

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
