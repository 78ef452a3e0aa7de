import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort } from "../../support/free-port.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro } from "../../support/programs/micro.js";
import { OldSidecar } from "../../support/servers/old-sidecar.js";

describe("the commands through a sidecar of 2016", () => {
  let sidecar: OldSidecar;
  /** The body of the last call. */
  const called = () => sidecar.asked.findLast(({ url }) => url === "/rpc")?.body;
  let through: string;

  before(async () => {
    sidecar = await OldSidecar.open();
    through = `--proxy_address=${sidecar.address}`;
  });

  after(() => sidecar[Symbol.asyncDispose]());

  it("list services, also with a scheme in the address, or by the variable", async () => {
    const { stdout } = await micro([through, "list", "services"]);
    assert.match(stdout, /^consul\ngo\.micro\.api\n/);
    assert.equal((await micro([`--proxy_address=http://${sidecar.address}/`, "ls"])).stdout, stdout);
    const env = { MICRO_PROXY_ADDRESS: sidecar.address };
    assert.equal((await micro(["ls"], { env })).stdout, stdout);
  });

  it("get a service, and end with 3 for one that is missing", async () => {
    const { stdout } = await micro([through, "get", "service", "go.micro.srv.greeter"]);
    assert.match(stdout, /go\.micro\.srv\.greeter-g1\t127\.0\.0\.1\t9201\tbroker=http,registry=consul/);
    assert.match(stdout, /Request: \{\n\tname string\n\}/);
    const missing = await micro([through, "get", "service", "nope"]);
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /service "nope" not found \(sidecar/);
  });

  it("register and deregister", async () => {
    const definition = '{"name":"side.app","nodes":[{"id":"side.app-1","address":"10.0.0.1","port":1}]}';
    assert.equal((await micro([through, "register", "service", definition])).stdout, "ok\n");
    assert.equal((await micro([through, "deregister", "service", definition])).stdout, "ok\n");
    const methods = sidecar.asked.slice(-2).map(({ method, url }) => `${method} ${url}`);
    assert.deepEqual(methods, ["POST /registry", "DELETE /registry"]);
  });

  it("query, the request going out as it was typed", async () => {
    const request = '{"name": "John", "big": 9007199254740993, "decimal": 1.10}';
    const { code, stdout } = await micro([through, "query", "go.micro.srv.greeter", "Say.Hello", request]);
    assert.deepEqual([code, stdout], [0, '{\n\t"msg": "Hello John"\n}\n']);
    assert.ok(called()?.includes(`"request":${request}`));
    const json = await micro([through, "query", "greeter", "Say.Hello", "--json", "--meta"]);
    await matchesSchema(JSON.parse(json.stdout), "query-meta");
    assert.deepEqual(JSON.parse(json.stdout).response, { msg: "Hello John" });
  });

  it("query with a method alone, which is looked for in every service", async () => {
    const { stdout } = await micro([through, "query", "Say.Hello", '{"name":"John"}']);
    assert.equal(stdout, '{\n\t"msg": "Hello John"\n}\n');
  });

  it("query with fields typed by the registry, Go names in snake case", async () => {
    await micro([
      through,
      "query",
      "go.micro.srv.greeter",
      "Say.Hello",
      "--name",
      "John",
      "-F",
      'extra:={"a":1}',
    ]);
    assert.ok(called()?.includes('"request":{"name":"John","extra":{"a":1}}'));
    const unknown = await micro([through, "query", "go.micro.srv.greeter", "Say.Hello", "--nam", "John"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /unknown flag --nam \(fields: name\)\nhint: {2}did you mean --name\?/);
  });

  for (const [method, exit, code, pattern] of [
    [
      "Say.BadRequest",
      4,
      "BAD_REQUEST",
      /go\.micro\.srv\.greeter Say\.BadRequest: 400 Bad Request: name is required/,
    ],
    ["Say.Plain", 1, "REMOTE_ERROR", /500 Internal Server Error: error during request: plain failure/],
    ["Say.Sleep", 6, "TIMEOUT", /408 Request Timeout: context deadline exceeded/],
    ["Say.Nope", 3, "METHOD_NOT_FOUND", /has no method "Say\.Nope"/],
  ] as const)
    it(`end with ${exit} when ${method} fails, in text and JSON`, async () => {
      const text = await micro([through, "query", "go.micro.srv.greeter", method]);
      assert.equal(text.code, exit, text.stderr);
      assert.match(text.stderr, pattern);
      const json = await micro([through, "query", "go.micro.srv.greeter", method, "--json"]);
      assert.equal(json.code, exit);
      const failure = JSON.parse(json.stdout);
      await matchesSchema(failure, "error");
      assert.equal(failure.error.code, code);
      assert.equal(failure.error.service, "go.micro.srv.greeter");
    });

  it("end with 3 and the nearest name for an unknown service", async () => {
    const { code, stderr } = await micro([through, "query", "go.micro.srv.greter", "Say.Hello"]);
    assert.equal(code, 3);
    assert.match(stderr, /did you mean go\.micro\.srv\.greeter\?/);
  });

  it("show the nodes that do not answer, and end with 7", async () => {
    const { code, stdout } = await micro([through, "health", "go.micro.srv.greeter"]);
    assert.equal(code, 7);
    assert.match(
      stdout,
      /^service {2}go\.micro\.srv\.greeter\n\nversion 1\.0\.0\n\nnode\t\taddress:port\t\tstatus\n/,
    );
    assert.match(stdout, /go\.micro\.srv\.greeter-g1\t\t127\.0\.0\.1:9201\t\t.*connection refused\n$/);
    const json = await micro([through, "health", "go.micro.srv.greeter", "--json"]);
    assert.equal(json.code, 7);
    await matchesSchema(JSON.parse(json.stdout), "health");
    const stats = await micro([through, "stats", "go.micro.srv.greeter"]);
    assert.equal(stats.code, 5);
    assert.match(stats.stdout, /g1\t\t127\.0\.0\.1:9201\t\t\t\t\t0\t\n/);
  });

  it("publish over a WebSocket, where publishing by POST is not known", async () => {
    const { code, stdout } = await micro([through, "publish", "events", '{"id":1}']);
    assert.deepEqual([code, stdout], [0, "ok\n"]);
    assert.deepEqual(sidecar.published, ['{"id":1}']);
  });

  it("end with 5 when no sidecar answers, never asking the registry", async () => {
    const nowhere = `--proxy_address=127.0.0.1:${await freePort()}`;
    for (const args of [["ls"], ["query", "a", "Say.Hello"], ["health", "a"], ["publish", "t", "x"]]) {
      const { code, stderr } = await micro([...args, nowhere]);
      assert.equal(code, 5, stderr);
      assert.match(
        stderr,
        /sidecar at 127\.0\.0\.1:\d+ is unreachable: ECONNREFUSED\nhint: {2}start one: micro sidecar/,
      );
    }
  });
});
