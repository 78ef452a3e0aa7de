import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { badRequest, forbidden } from "../../../src/core/errors.js";
import { sidecar } from "../../../src/sidecar/index.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro, startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";

const name = "go.micro.srv.greeter";

describe("the calls of the command line", () => {
  let system: System;
  let direct: string;
  let through: string;
  let beside: Awaited<ReturnType<typeof sidecar>>;

  before(async () => {
    system = await System.open();
    const greeter = system.service(name);
    const hello = { request: z.object({ name: z.string() }), response: z.object({ msg: z.string() }) };
    greeter.handle("Say.Hello", hello, async (request) => ({ msg: `Hello ${request.name}` }));
    greeter.handle("Say.Big", {}, async () => ({ big: 9007199254740993n, small: 1 }));
    greeter.handle("Say.Escape", {}, async () => ({ text: "\u001b[2J\u202e" }));
    greeter.handle("Say.Bad", {}, async () => {
      throw badRequest(name, "name is required");
    });
    greeter.handle("Say.Forbidden", {}, async () => {
      throw forbidden(name, "not you");
    });
    greeter.handle("Say.Broken", {}, async () => {
      throw new Error("secret");
    });
    greeter.handle("Say.Slow", {}, async (_, { signal }) => {
      await once(signal, "abort");
      return {};
    });
    greeter.stream("Count.Up", {}, async function* (requests) {
      for await (const request of requests) {
        const { count } = request as { count: number };
        for (let i = 1; i <= count; i++) yield { count: i };
        return;
      }
    });
    greeter.stream("Count.Echo", {}, async function* (requests) {
      for await (const request of requests) yield request;
    });
    await greeter.start();
    direct = `--registry_address=${system.registry}`;
    beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    through = `--proxy_address=${beside.address}`;
  });

  after(async () => {
    await beside.close();
    await system[Symbol.asyncDispose]();
  });

  for (const [way, where] of [
    ["directly", () => direct],
    ["through a sidecar", () => through],
  ] as const) {
    it(`query ${way}: by service, by its last label, by method alone, with fields and from standard input`, async () => {
      const expected = '{\n\t"msg": "Hello John"\n}\n';
      const body = '{"name":"John"}';
      for (const words of [
        [name, "Say.Hello", body],
        ["greeter", "Say.Hello", body],
        ["Say.Hello", body],
        ["Say.Hello", "--name", "John"],
        ["greeter", "Say.Hello", "-F", "name=John"],
        ["greeter", "Say.Hello", '{"name":', '"John"}'],
      ]) {
        const { code, stdout, stderr } = await micro(["query", ...words, where()]);
        assert.deepEqual([code, stdout], [0, expected], `${words.join(" ")}: ${stderr}`);
      }
      const piped = await micro(["query", name, "Say.Hello", "-", where()], { input: body });
      assert.equal(piped.stdout, expected);
    });

    it(`query ${way}: numbers of 64 bits digit for digit, and escapes made harmless`, async () => {
      const big = await micro(["query", name, "Say.Big", where(), "--json"]);
      assert.match(big.stdout, /"big":9007199254740993,"small":1/);
      const { stdout } = await micro(["query", name, "Say.Escape", where()]);
      assert.match(stdout, /\\u001b\[2J\\u202e/);
      assert.equal(JSON.parse(stdout).text, "\u001b[2J\u202e");
    });

    for (const [method, exit, code] of [
      ["Say.Bad", 4, "BAD_REQUEST"],
      ["Say.Forbidden", 8, "FORBIDDEN"],
      ["Say.Broken", 1, "REMOTE_ERROR"],
      ["Say.Nope", 3, "METHOD_NOT_FOUND"],
    ] as const)
      it(`query ${way}: ends with ${exit} when ${method} fails, in text and JSON`, async () => {
        const text = await micro(["query", name, method, where()]);
        assert.deepEqual([text.code, text.stdout], [exit, ""], text.stderr);
        assert.match(text.stderr, /^error: /);
        assert.ok(text.stderr.trimEnd().split("\n").length <= 3);
        const json = await micro(["query", name, method, where(), "--json"]);
        const failure = JSON.parse(json.stdout);
        await matchesSchema(failure, "error");
        assert.deepEqual([json.code, failure.error.code, failure.error.exitCode], [exit, code, exit]);
      });

    it(`query ${way}: ends with 6 when nothing comes in time`, async () => {
      const timeout = "--client_request_timeout=300ms";
      const { code, stderr } = await micro(["query", name, "Say.Slow", where(), timeout]);
      assert.equal(code, 6, stderr);
      const whole = await micro(["query", name, "Say.Slow", where(), "--timeout", "500ms"]);
      assert.equal(whole.code, 6, whole.stderr);
      assert.match(whole.stderr, /not done within 500ms/);
    });

    it(`stream ${way}: a line for each message, ending well with the stream`, async () => {
      const { code, stdout, stderr } = await micro(["stream", name, "Count.Up", '{"count":3}', where()]);
      assert.deepEqual([code, stdout], [0, '{"count":1}\n{"count":2}\n{"count":3}\n'], stderr);
      const two = await micro(["stream", "Count.Up", '{"count":1000}', "--count", "2", where()]);
      assert.deepEqual([two.code, two.stdout], [0, '{"count":1}\n{"count":2}\n'], two.stderr);
    });

    it(`health and stats ${way}`, async () => {
      const health = await micro(["health", name, where()]);
      assert.equal(health.code, 0, health.stderr);
      assert.match(
        health.stdout,
        /\nnode\t\taddress:port\t\tstatus\ngo\.micro\.srv\.greeter-[-\w]+\t\t127\.0\.0\.1:\d+\t\tok\n$/,
      );
      const json = await micro(["health", name, where(), "--json"]);
      await matchesSchema(JSON.parse(json.stdout), "health");
      const stats = await micro(["stats", name, where(), "--json"]);
      await matchesSchema(JSON.parse(stats.stdout), "stats");
      const text = await micro(["stats", name, where()]);
      assert.match(
        text.stdout,
        /\tstarted\tuptime\tmemory\tthreads\tgc\n.*\t\t\w{3} \d+ \d\d:\d\d:\d\d\t[\dhms]+\t[\d.]+mb\t\d+\t[\d.]+(ns|µs|ms|s)\n$/,
      );
    });

    it(`publish and subscribe ${way}`, async () => {
      await using subscriber = startMicro(["subscribe", `news.${way[0]}`, "--count", "2", where()]);
      await subscriber.output(/subscribed to/);
      const body = '{"big":9007199254740993}';
      const published = await micro([
        "publish",
        `news.${way[0]}`,
        body,
        "--header",
        "X-Id=7",
        where(),
        "--json",
      ]);
      await matchesSchema(JSON.parse(published.stdout), "publish");
      await micro(["publish", `news.${way[0]}`, "plain text", where()]);
      assert.equal(await subscriber.closed(), 0);
      const lines = subscriber.stdout.trimEnd().split("\n");
      for (const line of lines) await matchesSchema(JSON.parse(line), "subscribe");
      assert.match(lines[0] ?? "", /"body":\{"big":9007199254740993\},"encoding":"json"/);
      assert.match(lines[1] ?? "", /"body":"plain text","encoding":"utf8"/);
    });

    it(`explain ${way}, and end with the code of the step that breaks`, async () => {
      const { code, stdout } = await micro(["explain", name, "Say.Hello", '{"name":"J"}', where(), "--json"]);
      assert.equal(code, 0, stdout);
      await matchesSchema(JSON.parse(stdout), "explain");
      const broken = await micro(["explain", name, "Say.Nope", where()]);
      assert.equal(broken.code, 3, broken.stdout);
      assert.match(broken.stdout, /fail {2}method/);
      assert.equal((await micro(["explain", name, "Say.Bad", where()])).code, 4);
    });

    it(`watch ${way}: what is there first`, async () => {
      await using watching = startMicro(["watch", name, where(), "--json"]);
      await watching.output(/"action":"create","service":"go\.micro\.srv\.greeter"/);
      watching.child.kill("SIGINT");
      assert.equal(await watching.closed(), 130);
      const lines = watching.stdout.trimEnd().split("\n");
      await matchesSchema(JSON.parse(lines[0] ?? ""), "watch");
      assert.equal(JSON.parse(lines.at(-1) ?? "").error.code, "CANCELLED");
    });
  }

  it("send every line of standard input as a message of a stream", async () => {
    const args = ["stream", name, "Count.Echo", "--input", "--count", "2", direct];
    const { code, stdout, stderr } = await micro(args, { input: '{"a":1}\n{"a":2}\n' });
    assert.deepEqual([code, stdout], [0, '{"a":1}\n{"a":2}\n'], stderr);
  });

  it("refuse a request that is no JSON object, with 4 and the position, before anything is sent", async () => {
    const { code, stderr } = await micro([
      "query",
      name,
      "Say.Hello",
      '{"name":',
      "--registry_address=127.0.0.1:1",
    ]);
    assert.equal(code, 4);
    assert.match(stderr, /bad JSON at position 8/);
  });

  it("name the nearest service and method", async () => {
    const service = await micro(["query", "go.micro.srv.greter", "Say.Hello", direct]);
    assert.equal(service.code, 3);
    assert.match(service.stderr, /did you mean go\.micro\.srv\.greeter\?/);
    const method = await micro(["query", name, "Say.Helo", direct]);
    assert.equal(method.code, 3);
    assert.match(method.stderr, /did you mean Say\.Hello\?/);
    const alone = await micro(["query", "Say.Helo", direct]);
    assert.equal(alone.code, 3);
    assert.match(alone.stderr, /did you mean Say\.Hello\?/);
  });

  it("show a node that hangs within two seconds while the others show, and end with 7", async () => {
    const hanging = createServer(() => {});
    hanging.listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const { port } = hanging.address() as AddressInfo;
    const node = `{"name":"${name}","version":"1.0.0","nodes":[{"id":"hanging","address":"127.0.0.1","port":${port}}]}`;
    await micro(["register", "service", node, direct]);
    try {
      const { code, stdout } = await micro(["health", name, direct, "--json"]);
      assert.equal(code, 7);
      const { nodes } = JSON.parse(stdout);
      const states = nodes.map(
        ({ id, healthy }: { id: string; healthy: boolean }) => `${id === "hanging"} ${healthy}`,
      );
      assert.deepEqual(states.sort(), ["false true", "true false"]);
      assert.equal((await micro(["health", name, "--any", direct])).code, 0);
      const stats = await micro(["stats", name, direct]);
      assert.equal(stats.code, 0, stats.stderr);
      assert.match(stats.stdout, /hanging\t\t127\.0\.0\.1:\d+\t\t\t\t\t0\t\n/);
    } finally {
      await micro(["deregister", "service", node, direct]);
      hanging.close();
    }
  });

  it("generate a client, the same bytes each time", async () => {
    const { mkdtempSync, rmSync, readFileSync } = await import("node:fs");
    const folder = mkdtempSync("/tmp/micro-gen-");
    try {
      const made = await micro(["gen", "client", name, "-o", "out", direct, "--json"], { cwd: folder });
      const result = JSON.parse(made.stdout);
      await matchesSchema(result, "gen-client");
      const again = await micro(["gen", "client", name, "-o", "out", "--force", direct, "--json"], {
        cwd: folder,
      });
      assert.equal(JSON.parse(again.stdout).hash, result.hash);
      const source = readFileSync(`${folder}/${result.files[0]}`, "utf8");
      assert.match(
        source,
        /sayHello\(request: SayHelloRequest, options\?: CallOptions\): Promise<SayHelloResponse>/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("complete services and methods of the live registry", async () => {
    const services = await micro(["__complete", "--", direct, "query", "go"]);
    assert.match(services.stdout, /^go\.micro\.srv\.greeter$/m);
    const methods = await micro(["__complete", "--", "query", name, "Say.H"], {
      env: { MICRO_REGISTRY_ADDRESS: system.registry },
    });
    assert.equal(methods.stdout, "Say.Hello\n");
    const nowhere = await micro(["__complete", "--", "--registry_address=127.0.0.1:1", "query", ""]);
    assert.deepEqual([nowhere.code, nowhere.stdout, nowhere.stderr], [0, "", ""]);
  });
});
