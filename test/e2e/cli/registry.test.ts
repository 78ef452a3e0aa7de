import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { agent } from "../../../src/agent/index.js";
import type { Service } from "../../../src/core/service.js";
import { openRegistry } from "../../../src/registry/index.js";
import type { Registry } from "../../../src/registry/registry.js";
import { freePort } from "../../support/free-port.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro } from "../../support/programs/micro.js";

const greeter: Service = {
  name: "go.micro.srv.greeter",
  version: "1.0.0",
  metadata: {},
  endpoints: [
    {
      name: "Say.Hello",
      request: {
        name: "Request",
        type: "Request",
        values: [{ name: "FullName", type: "string", values: [] }],
      },
      response: { name: "Response", type: "Response", values: [{ name: "msg", type: "string", values: [] }] },
      metadata: { stream: "false" },
    },
  ],
  nodes: [
    { id: "greeter-2", address: "10.0.0.2", port: 9202, metadata: { server: "rpc", broker: "http" } },
    { id: "greeter-1", address: "10.0.0.1", port: 9201, metadata: {} },
  ],
};

const hostile: Service = {
  ...greeter,
  name: "hostile",
  version: "1\u001b[2J\u202e",
  endpoints: [],
  // ids are looked at where they are registered; metadata and versions are anybody's
  nodes: [{ id: "node-1", address: "10.0.0.3", port: 1, metadata: { "k\u009b": "v\nw" } }],
};

const plain = `service  go.micro.srv.greeter

version 1.0.0

Id\tAddress\tPort\tMetadata
greeter-1\t10.0.0.1\t9201\t
greeter-2\t10.0.0.2\t9202\tbroker=http,server=rpc

Endpoint: Say.Hello
Metadata: stream=false

Request: {
\tfull_name string
}

Response: {
\tmsg string
}

`;

describe("the registry commands", () => {
  let server: Awaited<ReturnType<typeof agent>>;
  let registry: Registry;
  let at: string;

  before(async () => {
    server = await agent({ address: "127.0.0.1:0" });
    at = `--registry_address=${server.address}`;
    registry = await openRegistry("consul", { addresses: [server.address] });
    await registry.register(greeter);
    await registry.register({
      ...greeter,
      name: "go.micro.api",
      endpoints: [],
      nodes: [{ ...greeter.nodes[0], id: "api-1", address: "10.0.0.9", port: 80, metadata: {} }],
    });
  });

  after(async () => {
    await registry.close();
    await server.close();
  });

  it("list names, one per line, sorted", async () => {
    const { code, stdout, stderr } = await micro([at, "list", "services"]);
    assert.deepEqual([code, stdout, stderr], [0, "go.micro.api\ngo.micro.srv.greeter\n", ""]);
  });

  for (const words of [["services"], ["ls"], ["registry", "list", "services"]])
    it(`answer to micro ${words.join(" ")} too`, async () => {
      assert.equal((await micro([...words, at])).stdout, "go.micro.api\ngo.micro.srv.greeter\n");
    });

  it("filter names, and list details with --long", async () => {
    const { stdout } = await micro(["ls", at, "--filter", "*greeter", "--json", "--long"]);
    const listed = JSON.parse(stdout);
    await matchesSchema(listed, "list-services");
    const expected = {
      name: "go.micro.srv.greeter",
      versions: ["1.0.0"],
      nodes: 2,
      passing: 2,
      unchecked: 2,
      endpoints: ["Say.Hello"],
    };
    assert.deepEqual(listed, [expected]);
    assert.equal((await micro(["ls", at, "--filter", "nothing", "--json"])).stdout, "[]\n");
  });

  it("get a service in the text of the original, in a fixed order", async () => {
    const { code, stdout } = await micro(["get", "service", "go.micro.srv.greeter", at]);
    assert.deepEqual([code, stdout], [0, plain]);
  });

  it("get a service as JSON with the keys of the wire", async () => {
    const { stdout } = await micro(["describe", "go.micro.srv.greeter", at, "--json"]);
    const services = JSON.parse(stdout);
    await matchesSchema(services, "get-service");
    assert.deepEqual(services[0].endpoints[0].schema.request.properties, { full_name: { type: "string" } });
    assert.deepEqual(
      services[0].nodes.map(({ id }: { id: string }) => id),
      ["greeter-1", "greeter-2"],
    );
  });

  it("end with 3 and the nearest name for an unknown service, in text and JSON", async () => {
    const text = await micro(["get", "service", "go.micro.srv.greter", at]);
    assert.equal(text.code, 3);
    assert.equal(text.stdout, "");
    const place = `consul ${server.address}`;
    assert.equal(
      text.stderr,
      `error: service "go.micro.srv.greter" not found (${place}, 2 services)\nhint:  did you mean go.micro.srv.greeter?  micro list services\n`,
    );
    const json = await micro(["get", "service", "go.micro.srv.greter", at, "--json"]);
    assert.equal(json.code, 3);
    assert.equal(json.stderr, "");
    const failure = JSON.parse(json.stdout);
    await matchesSchema(failure, "error");
    assert.deepEqual(failure.error.candidates, ["go.micro.srv.greeter"]);
  });

  it("register and deregister every node of a definition, keys in any case", async () => {
    const definition =
      '{"Name":"foo","version":"bar","Nodes":[{"Id":"foo-1","address":"127.0.0.1","port":8080},{"id":"foo-2","address":"127.0.0.1","port":8081}],"extra":1}';
    const registered = await micro(["register", "service", definition, at]);
    assert.deepEqual(
      [registered.code, registered.stdout, registered.stderr],
      [0, "ok\n", "ignored: extra\n"],
    );
    const [service] = await registry.getService("foo");
    assert.deepEqual(
      service?.nodes.map(({ id }) => id),
      ["foo-1", "foo-2"],
    );
    const gone = await micro(["deregister", "service", "-", at, "--json"], { input: definition });
    await matchesSchema(JSON.parse(gone.stdout), "deregister-service");
    await assert.rejects(registry.getService("foo"), { code: 404 });
    assert.equal((await micro(["deregister", "service", definition, at])).stdout, "ok\n");
  });

  it("register with a time to live", async () => {
    const definition = '{"name":"short","nodes":[{"id":"short-1","address":"127.0.0.1","port":1}]}';
    const { stdout } = await micro(["register", "service", "--ttl", "30s", "--json", definition, at]);
    await matchesSchema(JSON.parse(stdout), "register-service");
    assert.deepEqual(JSON.parse(stdout).registered, {
      service: "short",
      version: "",
      nodes: ["short-1"],
      ttl: "30s",
    });
    await micro(["deregister", "service", definition, at]);
  });

  for (const [definition, code, pattern] of [
    ["{nope", "BAD_JSON", /bad JSON at position 1/],
    ['{"name":"x"}', "BAD_REQUEST", /at least one node/],
    ['{"name":"x","nodes":[{"id":"x-1","port":"80"}]}', "BAD_REQUEST", /port is not a port number/],
    ["[1]", "BAD_REQUEST", /not an object/],
  ] as const)
    it(`refuse the definition ${definition} before anything is sent, with 4`, async () => {
      const nowhere = `--registry_address=127.0.0.1:${await freePort()}`;
      const text = await micro(["register", "service", definition, nowhere]);
      assert.equal(text.code, 4);
      assert.match(text.stderr, pattern);
      const json = await micro(["register", "service", definition, nowhere, "--json"]);
      assert.deepEqual([json.code, JSON.parse(json.stdout).error.code], [4, code]);
    });

  it("show hostile names harmlessly in every column", async () => {
    await registry.register(hostile);
    for (const args of [
      ["ls", "--long"],
      ["get", "service", hostile.name],
    ]) {
      const { stdout } = await micro([...args, at]);
      assert.match(stdout, /\\x1b/);
      assert.doesNotMatch(stdout, /[^\P{Cc}\n\t]|\u202e/u);
    }
    const json = await micro(["get", "service", hostile.name, at, "--json"]);
    assert.equal(JSON.parse(json.stdout)[0].version, hostile.version);
    assert.doesNotMatch(json.stdout, /[^\P{Cc}\n]|\u202e/u);
  });

  it("say within a second that no registry answers, how to start one, and end with 5", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const nowhere = `--registry_address=${address}`;
    const hint = new RegExp(
      `^error: .*unreachable.*\\nhint: {2}start one: micro agent --agent_address ${address}\\n$`,
    );
    for (const args of [["list", "services"], ["get", "service", "x"], ["watch"]]) {
      const { code, stderr } = await micro([...args, nowhere]);
      assert.equal(code, 5, stderr);
      assert.match(stderr, hint);
    }
    const json = await micro(["list", "services", nowhere, "--json"]);
    assert.deepEqual([json.code, JSON.parse(json.stdout).error.code], [5, "REGISTRY_UNREACHABLE"]);
  });
});
