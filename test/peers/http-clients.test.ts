import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { needs } from "../support/needs.js";
import { start } from "../support/programs/process.js";
import { beside, digest, Stage, service } from "./stage.js";

const clients = [
  ["python3", "http-client.py", "kept"],
  ["python3", "http-client.py", "chunked"],
  ["python3", "http-client.py", "opened"],
  ["ruby", "http-client.rb", "kept"],
  ["ruby", "http-client.rb", "chunked"],
  ["ruby", "http-client.rb", "expecting"],
] as const;

type Step = readonly [method: string, path: string, body: unknown, status: number, text: RegExp];

const text = "käse ".repeat(20_000);
const seen = new RegExp(`"digest":"${digest(text)}"`);
const call = { service, method: "Peer.Echo", request: { text } };
const foo = { name: "foo", version: "1", nodes: [{ id: "foo-1", address: "127.0.0.1", port: 9 }] };
const proxied: readonly Step[] = [
  ["GET", "/python/a?b=c", "", 200, /"method": ?"GET", "path": "(\/python)?\/a\?b=c"/],
  ["POST", "/python/a", { text }, 200, /"method": "POST"/],
  ["PUT", "/ruby/a", { text }, 200, /"method":"PUT"/],
  ["DELETE", "/ruby/a", "", 200, /"method":"DELETE"/],
  ["POST", "/rpc", call, 200, seen],
  ["POST", "/rpc", { ...call, method: "Peer.None" }, 404, /"code":404/],
];
const steps: Readonly<Record<string, readonly Step[]>> = {
  sidecar: [
    ["GET", "/registry", "", 200, /go\.micro\.srv\.peer/],
    ["POST", "/registry?ttl=30s", foo, 200, /^/],
    ["GET", "/registry?service=foo", "", 200, /"port":9/],
    ["POST", `/${service}/Peer.Echo`, { text }, 200, seen],
    ["POST", "/rpc", call, 200, seen],
    ["POST", `/${service}/Peer.None`, {}, 404, /"code":404/],
    ["POST", "/broker?topic=news", { title: "käse" }, 200, /^/],
    ["DELETE", "/registry", { name: "foo", nodes: [{ id: "foo-1" }] }, 200, /^/],
    ["GET", "/registry?service=foo", "", 404, /"code":404/],
  ],
  gateway: [...proxied, ["POST", "/peer/echo", { text }, 200, seen]],
  dashboard: proxied,
};

describe("HTTP clients of standard libraries", needs("python3", "ruby"), () => {
  const stage = new Stage();
  before(async () => {
    await stage.open();
    await stage.behind("python", "python3", [beside("echo-app.py")]);
    await stage.behind("ruby", "ruby", [beside("echo-app.rb")]);
  });
  after(() => stage[Symbol.asyncDispose]());

  for (const [command, file, way] of clients)
    for (const [program, all] of Object.entries(steps))
      it(`use the ${program}: ${command}, ${way}`, async () => {
        const { address } = stage.program(program);
        await using running = start(command, [beside(file), way, address], { stdin: "pipe" });
        const sent = all.map(([method, path, body]) => [method, path, body && JSON.stringify(body)]);
        running.child.stdin?.end(JSON.stringify(sent));
        assert.equal(await running.closed(), 0, running.stderr);
        const answers: unknown[][] = JSON.parse(running.stdout);
        for (const [i, [method, path, , status, pattern]] of all.entries()) {
          const [code, said] = answers[i] ?? [];
          assert.equal(code, status, `${method} ${path}: ${said}`);
          assert.match(String(said), pattern, `${method} ${path}`);
        }
      });
});
