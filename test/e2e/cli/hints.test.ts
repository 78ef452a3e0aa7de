import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sidecar } from "../../../src/sidecar/index.js";
import { freePort } from "../../support/free-port.js";
import { micro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const name = "go.micro.srv.greeter";

describe("what the command line proposes after a failure", () => {
  let system: System;
  let ways: { direct: string; sidecar: string };
  let folder: string;
  const closing: { close(): Promise<void> }[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "micro-hints-"));
    system = await System.open();
    const greeter = system.service(name);
    greeter.handle("Say.Hello", {}, async (request) => request);
    greeter.stream("Say.Count", {}, async function* () {
      yield { at: 1 };
    });
    await greeter.start();
    const beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    closing.push(beside);
    ways = { direct: `--registry_address=${system.registry}`, sidecar: `--proxy_address=${beside.address}` };
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  for (const way of ["direct", "sidecar"] as const)
    it(`names the other command for a stream that is called and a call that is streamed (${way})`, async () => {
      for (const [command, method, other] of [
        ["query", "Say.Count", "stream"],
        ["bench", "Say.Count", "stream"],
        ["stream", "Say.Hello", "query"],
      ] as const)
        for (const service of [name, "greeter"]) {
          const { code, stderr } = await micro([command, service, method, ways[way]]);
          assert.equal(code, 3, stderr);
          assert.match(stderr, new RegExp(`^hint: {2}micro ${other} ${name} ${method}$`, "m"));
        }
    });

  it("says which server is down, and where", async () => {
    const at = `127.0.0.1:${await freePort()}`;
    const cases: readonly (readonly [string[], RegExp])[] = [
      [
        ["ls", "--registry=etcd", `--registry_address=${at}`],
        new RegExp(`start etcd at ${at}, .*--registry_address`),
      ],
      [["ls", `--registry_address=${at}`], new RegExp(`micro agent --agent_address ${at}`)],
      [
        ["publish", "t", "--broker=nats", `--broker_address=${at}`],
        new RegExp(`start nats at ${at}, .*--broker_address`),
      ],
      [
        ["publish", "t", "--broker=redis", `--broker_address=${at}`],
        new RegExp(`start redis at ${at}, .*--broker_address`),
      ],
    ];
    for (const [args, hint] of cases) {
      const { code, stderr } = await micro(args);
      assert.equal(code, 5, stderr);
      assert.match(stderr, hint);
      assert.equal(stderr.trim().split("\n").length, 2, stderr);
      if (args.length === 3) assert.doesNotMatch(stderr, /micro agent/);
    }
  });

  it("says that a server accepts connections and does not answer", async () => {
    const connected = new Set<Socket>();
    const mute = createServer((socket) => connected.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const at = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
    try {
      for (const [part, backend, ...command] of [
        ["registry", "consul", "ls"],
        ["registry", "etcd", "ls"],
        ["broker", "redis", "publish", "t", "{}", ways.direct],
        ["broker", "nats", "publish", "t", "{}", ways.direct],
      ]) {
        const { code, stderr } = await micro([...command, `--${part}=${backend}`, `--${part}_address=${at}`]);
        assert.equal(code, 5, stderr);
        assert.match(
          stderr,
          new RegExp(`something listens at ${at} .* say where ${backend} is: --${part}_address`),
        );
      }
    } finally {
      mute.close();
      for (const socket of connected) socket.destroy();
    }
  });

  it("recognises a misspelt flag of its own behind a method, whatever registry that asks", async () => {
    const none = `127.0.0.1:${await freePort()}`;
    for (const command of ["query", "stream", "explain", "bench"])
      for (const [typed, meant] of [
        [`--registry_adress=${system.registry}`, "registry_address"],
        [`--proxy-adress=${none}`, "proxy_address"],
      ]) {
        for (const registry of [none, system.registry]) {
          const env = { MICRO_REGISTRY_ADDRESS: registry };
          const { code, stderr } = await micro([command, name, "Say.Hello", typed ?? ""], { env });
          assert.equal(code, 2, stderr);
          assert.match(stderr, new RegExp(`did you mean --${meant}\\?`), `${command} ${typed}`);
        }
      }
  });

  it("gives every finding of doctor a fix that is about it", async () => {
    const broken = join(folder, "broken.pem");
    writeFileSync(broken, "no certificate");
    const none = `127.0.0.1:${await freePort()}`;
    const gone = { name: "go.micro.srv.gone", nodes: [{ id: "gone-1", address: "127.0.0.1", port: 1 }] };
    assert.equal((await micro(["register", "service", JSON.stringify(gone), ways.direct])).code, 0);
    const cases: readonly (readonly [string, string[], RegExp])[] = [
      ["tls", ["--tls_insecure"], /--tls_ca_file/],
      ["tls", [`--tls_ca_file=${broken}`], /--tls_ca_file/],
      ["tls", [`--tls_ca_file=${folder}/none.pem`], /./],
      ["registry", [`--registry_address=${none}`], /micro agent --agent_address/],
      ["registry", ["--registry=etcd", `--registry_address=${none}`], /start etcd at/],
      ["sidecar", [`--proxy_address=${none}`], /micro sidecar/],
      ["sidecar", [`--proxy_address=${system.registry}`], /--proxy_address HOST/],
      [
        "nodes",
        [ways.direct],
        /micro deregister service '\{"name":"go\.micro\.srv\.gone","nodes":\[\{"id":"gone-1"\}\]\}'/,
      ],
    ];
    for (const [id, args, hint] of cases) {
      const { code, stdout, stderr } = await micro(["doctor", "--json", ...args]);
      assert.equal(code, 7, stdout + stderr);
      const checks = JSON.parse(stdout).checks as { id: string; ok: boolean; hint?: string }[];
      const found = checks.find((each) => each.id === id);
      assert.equal(found?.ok, false, stdout);
      assert.match(found?.hint ?? "", hint, stdout);
      for (const each of checks) if (!each.ok) assert.ok(each.hint, stdout);
    }
  });
});
