import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { api } from "../../../src/api/index.js";
import { web } from "../../../src/web/index.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const name = "go.micro.srv.greeter";

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "micro-wrong-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe("the command line, used wrongly", () => {
  let system: System;
  let direct: string;
  const closing: { close(): Promise<void> }[] = [];
  const wrong: Record<string, string> = {};

  async function server(listener: RequestListener): Promise<string> {
    const made = createServer(listener);
    made.listen(0, "127.0.0.1");
    await once(made, "listening");
    closing.push({
      close: async () => {
        made.closeAllConnections();
        made.close();
      },
    });
    return `127.0.0.1:${(made.address() as AddressInfo).port}`;
  }

  before(async () => {
    system = await System.open();
    const greeter = system.service(name, { version: "1.2.0" });
    greeter.handle("Say.Hello", {}, async (request) => request);
    greeter.handle("Say.Left", {}, async (_, { deadline }) => ({ left: deadline.left() }));
    await greeter.start();
    direct = `--registry_address=${system.registry}`;
    const gateway = await api(system.service("go.micro.api"), { address: "127.0.0.1:0" });
    const dashboard = await web(system.service("go.micro.web"), { address: "127.0.0.1:0" });
    closing.push(gateway, dashboard);
    wrong.gateway = gateway.address;
    wrong.dashboard = dashboard.address;
    wrong.registry = system.registry;
    wrong["web server"] = await server((request, response) =>
      response
        .writeHead(request.method === "GET" ? 404 : 501, { "content-type": "text/html" })
        .end("<h1>no</h1>"),
    );
    wrong["server with one page"] = await server((_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>hello</title>"),
    );
    for (const text of ["[]", "null", "{}"])
      wrong[`server that answers ${text}`] = await server((_, response) =>
        response.writeHead(200, { "content-type": "application/json" }).end(text),
      );
    wrong["redirecting server"] = await server((_, response) =>
      response.writeHead(301, { location: "/ui/" }).end(),
    );
  });

  after(async () => {
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  for (const kind of [
    "gateway",
    "dashboard",
    "registry",
    "web server",
    "server with one page",
    "redirecting server",
    "server that answers []",
    "server that answers null",
    "server that answers {}",
  ])
    it(`says that a ${kind} at --proxy_address is no sidecar, and ends with 5`, async () => {
      const proxy = `--proxy_address=${wrong[kind]}`;
      const definition = '{"name":"a","nodes":[{"id":"a-1","address":"10.0.0.1","port":1}]}';
      const called = kind === "gateway" ? [] : [["query", "a.b", "Say.Hello"]];
      for (const args of [["ls"], ["get", "service", "a"], ["register", "service", definition], ...called]) {
        const { code, stderr, stdout } = await micro([...args, proxy]);
        assert.deepEqual([code, stdout], [5, ""], `${args.join(" ")}: ${stderr}`);
        assert.match(stderr, /is not a sidecar/);
      }
      const json = JSON.parse((await micro(["ls", proxy, "--json"])).stdout);
      assert.equal(json.error.code, "SIDECAR_UNREACHABLE");
      const doctor = JSON.parse((await micro(["doctor", proxy, "--json"])).stdout);
      assert.equal(doctor.checks.find(({ id }: { id: string }) => id === "sidecar").ok, false);
    });

  it("gives a call the time of --timeout, unless --client_request_timeout says another", async () => {
    const left = async (...flags: string[]) =>
      JSON.parse((await micro(["query", name, "Say.Left", direct, "--json", ...flags])).stdout)
        .left as number;
    const whole = await left("--timeout", "40s");
    assert.ok(whole > 10_000 && whole <= 40_000, `${whole} ms`);
    const own = await left("--timeout", "40s", "--client_request_timeout", "9s");
    assert.ok(own > 5_000 && own <= 9_000, `${own} ms`);
    const usual = await left();
    assert.ok(usual <= 5_000, `${usual} ms`);
  });

  it("refuses a duration before now with 2, before anything else", async () => {
    for (const flag of ["--timeout=-1s", "--client_request_timeout=-5ms", "--ttl=-1s"]) {
      const command = flag.startsWith("--ttl") ? ["register", "service", "{}"] : ["query", name, "Say.Hello"];
      const { code, stderr } = await micro([...command, flag, direct]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /not a duration/);
    }
  });

  it("answers --json without a whole command with an error in JSON, with 2", async () => {
    for (const args of [
      ["--json"],
      ["list", "--json"],
      ["--json", "registry", "get"],
      ["context", "--json=true"],
    ]) {
      const { code, stdout, stderr } = await micro(args);
      assert.deepEqual([code, stderr], [2, ""], args.join(" "));
      const { error } = JSON.parse(stdout);
      assert.deepEqual([error.code, error.exitCode], ["USAGE", 2]);
      assert.match(error.hint, /^micro .*--help$/);
    }
    assert.deepEqual((await micro(["list"])).code, 0);
  });

  it("refuses a key that is given twice in micro.json or config.json, with its line and 2", async () => {
    using folder = temporary();
    mkdirSync(join(folder.path, "micro"));
    const env = { XDG_CONFIG_HOME: folder.path };
    const run = () => micro(["list", "services", direct], { cwd: folder.path, env });
    writeFileSync(
      join(folder.path, "micro/config.json"),
      '{"contexts":{\n"a":{"proxy_address":"b"},\n"a":{}}}',
    );
    const config = await run();
    assert.deepEqual([config.code, config.stdout], [2, ""], config.stderr);
    assert.match(config.stderr, /config\.json: line 3 gives "a" a second time/);
    writeFileSync(
      join(folder.path, "micro/config.json"),
      '{"contexts":{"a":{"plain":true},"b":{"plain":true}}}',
    );
    writeFileSync(join(folder.path, "micro.json"), '{"plain":true,\n\n"pl\\u0061in":false}');
    const project = await run();
    assert.deepEqual([project.code, project.stdout], [2, ""], project.stderr);
    assert.match(project.stderr, /micro\.json: line 3 gives "plain" a second time/);
    writeFileSync(join(folder.path, "micro.json"), '{"server_metadata":{"a":"\\"a\\":{"},"plain":true}');
    assert.equal((await run()).code, 0);
  });

  it("names the setting that a wrong name in an untrusted micro.json may stand for", async () => {
    using folder = temporary();
    writeFileSync(join(folder.path, "micro.json"), '{"registry_adress":"127.0.0.1:1","token_file":"x"}');
    const { code, stderr } = await micro(["list", "services", direct], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /is not trusted, without registry_adress \(did you mean registry_address\?\), token_file: /,
    );
  });

  it("refuses a duration of 0 that would leave no time, with 2", async () => {
    for (const args of [
      ...["--timeout", "--client_request_timeout"].map((flag) => ["query", name, "Say.Hello", flag, "0"]),
      ["register", "service", "{}", "--ttl", "0s"],
      ["health", name, "--watch", "--interval", "0"],
      ["stats", name, "--watch", "--interval", "0"],
      ["stream", name, "Say.Hello", "--idle_timeout", "0"],
      ["api", "--proxy_idle_timeout", "0", "--api_address=127.0.0.1:0"],
      ["web", "--proxy_upload_timeout", "0", "--web_address=127.0.0.1:0"],
      ...["--healthcheck_interval", "--healthcheck_timeout"].map((flag) => [
        ...[
          "sidecar",
          "--healthcheck_url=http://127.0.0.1:1/",
          "--server_name=app",
          "--server_address=127.0.0.1:1",
        ],
        ...[flag, "0"],
      ]),
    ]) {
      const { code, stderr } = await micro([...args, direct]);
      assert.equal(code, 2, `${args}: ${stderr}`);
      assert.match(stderr, /"0s?": not a duration above 0/);
    }
  });

  it("says that the time of a call ran out, with 6, where it was too short for anything", async () => {
    for (const time of ["1ns", "1us", "1ms"]) {
      const { code, stderr } = await micro([
        "query",
        name,
        "Say.Hello",
        direct,
        "--client_request_timeout",
        time,
      ]);
      assert.equal(code, 6, `${time}: ${stderr}`);
      assert.doesNotMatch(stderr, /no answer of the registry/);
    }
  });

  it("takes durations of years", async () => {
    for (const flag of ["--timeout", "--client_request_timeout", "--client_pool_ttl"]) {
      const { code, stdout, stderr } = await micro([
        "query",
        name,
        "Say.Hello",
        "{}",
        direct,
        flag,
        "999999h",
      ]);
      assert.deepEqual([code, stdout, stderr], [0, "{}\n", ""], flag);
    }
    const ran = await micro(["health", name, direct, "--wait", "--wait_timeout", "999999h"]);
    assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  });

  it("refuses a flag that measures nothing or is no number, in words of its own, with 2", async () => {
    const bench = ["bench", name, "Say.Hello", direct];
    for (const args of [
      ...["0", "-1", "x"].map((value) => [...bench, "-c", value]),
      [...bench, "-n", "0"],
      [...bench, "-d", "0s"],
      [...bench, "--rate=0"],
      ["--timeout", "-5s", "ls", direct],
    ]) {
      const { code, stderr, stdout } = await micro(args);
      assert.deepEqual([code, stdout], [2, ""], `${args}: ${stderr}`);
      assert.match(stderr, /^error: flag --\w+ "[^"]*": not a .*\n$/);
    }
  });

  it("refuses an empty name of a service with 2, and finds none that has steps of a path in it", async () => {
    const commands: readonly (readonly [before: string[], after: string[]])[] = [
      [["get", "service"], []],
      [["health"], []],
      [["stats"], []],
      [["watch"], []],
      [["gen", "client"], []],
      [["query"], ["Say.Hello"]],
      [["stream"], ["Say.Hello"]],
      [["bench"], ["Say.Hello"]],
      [["explain"], ["Say.Hello"]],
    ];
    for (const [before, after] of commands) {
      const { code, stderr } = await micro([...before, "", ...after, direct]);
      assert.equal(code, 2, `${before}: ${stderr}`);
      if (!/^(get|query)$/.test(before[0] ?? "")) continue;
      for (const odd of ["..", ".", "a/b", "../agent/self", "a//b", "/"]) {
        const ran = await micro([...before, odd, ...after, direct]);
        assert.equal(ran.code, 3, `${before} ${odd}: ${ran.stderr}`);
        assert.match(ran.stderr, /^error: .*not found/);
        assert.doesNotMatch(ran.stderr, /Moved|href|unreachable/);
      }
    }
  });

  it("passes over a byte order mark in micro.json and config.json", async () => {
    using folder = temporary();
    mkdirSync(join(folder.path, "micro"));
    const mark = "\uFEFF";
    writeFileSync(join(folder.path, "micro/config.json"), `${mark}{"contexts":{}}`);
    writeFileSync(
      join(folder.path, "micro.json"),
      `${mark}${JSON.stringify({ registry_address: system.registry })}`,
    );
    const env = { XDG_CONFIG_HOME: folder.path };
    const { code, stdout, stderr } = await micro(["list", "services"], { cwd: folder.path, env });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /go\.micro\.srv\.greeter/);
  });

  it("names the address in micro.json that is no text, with 2", async () => {
    for (const value of [7, true, [7]]) {
      using folder = temporary();
      writeFileSync(join(folder.path, "micro.json"), JSON.stringify({ registry_address: value }));
      const { code, stderr } = await micro(["list", "services"], { cwd: folder.path });
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /registry_address in .*micro\.json: (7 is a number|true is a boolean), not a string/,
      );
    }
  });

  it("says at once that no folder can be made where HOME is /proc", async () => {
    const env = { HOME: "/proc", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "" };
    const { code, stderr } = await micro(["context", "add", "a", direct], { env });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^error: E[A-Z]+.*\/proc/);
    const ran = await micro(["cli"], { env, input: "list services --registry=memory\n" });
    assert.equal(ran.code, 0, ran.stderr);
  });

  it("names the method that lacks its type, with 2", async () => {
    for (const service of [name, "greeter"]) {
      const { code, stderr } = await micro(["query", service, "Hello", direct]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /"Hello" is not a method: write Type\.Method\nhint: {2}did you mean Say\.Hello\?/);
    }
  });

  it("sends lists, texts and null as they are, and prints what comes back", async () => {
    for (const request of ["[1,2.50]", '"text"', "7", "false"]) {
      const { stdout, stderr } = await micro(["query", name, "Say.Hello", request, direct, "--json"]);
      assert.equal(JSON.stringify(JSON.parse(stdout)), JSON.stringify(JSON.parse(request)), stderr);
    }
  });

  it("passes over a byte order mark at standard input", async () => {
    const input = '\uFEFF{"a":1}';
    const { stdout, stderr } = await micro(["query", name, "Say.Hello", "-", direct, "--json"], { input });
    assert.equal(stdout, '{"a":1}\n', stderr);
  });

  it("lists the versions of services under --json", async () => {
    const { stdout } = await micro(["list", "services", direct, "--json"]);
    const listed = JSON.parse(stdout) as { name: string; versions: string[] | null }[];
    await matchesSchema(listed, "list-services");
    assert.deepEqual(
      listed.find((each) => each.name === name),
      { name, versions: ["1.2.0"] },
    );
  });

  it("takes the last label of a service in get service", async () => {
    const { code, stdout, stderr } = await micro(["get", "service", "greeter", direct]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^service {2}go\.micro\.srv\.greeter\n/);
  });

  it("does not propose a name that is registered and cannot be called", async () => {
    const node = { id: "sick-1", address: "127.0.0.1", port: 1 };
    const body = JSON.stringify({
      ID: node.id,
      Name: "sick",
      Address: node.address,
      Port: 1,
      Check: { TTL: "10m" },
    });
    await fetch(`http://${system.registry}/v1/agent/service/register`, { method: "PUT", body });
    const { code, stderr } = await micro(["query", "sick", "Say.Hello", direct]);
    assert.equal(code, 3, stderr);
    assert.doesNotMatch(stderr, /did you mean sick/);
  });

  it("refuses topics that cannot be carried, shown harmlessly, and publishes an empty body for ''", async () => {
    for (const args of [
      ["subscribe", "evil\u001b[2J", direct],
      ["publish", "evil\u001b[2J", "{}", direct],
    ]) {
      const { code, stdout, stderr } = await micro(args);
      assert.deepEqual([code, stdout], [4, ""], stderr);
      assert.match(stderr, /^error: (subscribe|publish) "evil\\u001b\[2J": a name is not empty/);
    }
    const { stdout } = await micro(["publish", "empty", "", direct, "--json"]);
    assert.equal(JSON.parse(stdout).published.bytes, 0);
  });

  it("keeps the quotes of JSON in micro cli", async () => {
    const input = `query ${name} Say.Hello {"name":"John D"} ${direct}\n`;
    const { code, stdout, stderr } = await micro(["cli"], { input });
    assert.deepEqual([code, stdout], [0, '{\n\t"name": "John D"\n}\n'], stderr);
  });
});
