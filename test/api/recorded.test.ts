import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { raw } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { addEcho, addGreeter } from "../support/programs/api-echo.js";

interface Recording {
  readonly description: string;
  readonly request: { readonly text?: string; readonly hex?: string };
  readonly response: { readonly text?: string; readonly head?: string };
}

const folder = new URL("../fixtures/api/", import.meta.url);

/** Statuses that differ on purpose, where the original is wrong or a rule of this toolkit differs. */
const different: Readonly<Record<string, number>> = {
  "badform.json": 400, // what does not parse is a 400, by our table of errors
  "badquery.json": 400,
  "echo-badct.json": 400,
  "nostatus.json": 200, // the original closed the connection
  "one-part.json": 404, // nobody is there: 404 instead of 500
  "root.json": 404,
  "stats-off.json": 404,
  "unknown-service.json": 404,
  "unknown-method.json": 404,
  "origin.json": 403, // the original let any origin in
  "options.json": 403,
  "cors-bad.json": 403,
  "cors-options.json": 403,
};

/** Pages and packets: compared elsewhere, or not kept in the recording. */
const elsewhere = new Set(["wire-echo-get.json", "wire-echo-post.json", "wire-headers.json"]);

function statusAndBody(text: string): { status: number; body: string; type: string } {
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s, 2);
  const type = /\r\nContent-Type: ([^\r]*)/.exec(head)?.[1] ?? "";
  return { status: Number(head.slice(9, 12)), body, type };
}

/** Every member that was recorded is there; we send more headers. */
function contains(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected !== "object" || expected === null) {
    assert.equal(actual, expected, path);
    return;
  }
  for (const [name, value] of Object.entries(expected))
    contains((actual as Record<string, unknown>)?.[name], value, `${path}.${name}`);
}

describe("recorded exchanges with the original's gateway", () => {
  const gateways = new Gateways();
  let open: HttpServer;
  let other: HttpServer;

  async function echo(name: string, handler: string): Promise<void> {
    const service = gateways.service(name);
    addEcho(service, handler);
    await gateways.run(service);
  }

  before(async () => {
    for (const name of ["go.micro.api.echo", "go.micro.api.v1.echo", "com.example.echo"])
      await echo(name, "Echo");
    for (const name of ["go.micro.api.echo.deep", "go.micro.api.v1.echo.deep"]) await echo(name, "Deep");
    const greeter = gateways.service("go.micro.api.greeter");
    addGreeter(greeter);
    await gateways.run(greeter);
    const srv = gateways.service("go.micro.srv.greeter");
    srv.handle("Say.Hello", {}, async (request) => ({ msg: `Hello ${(request as { name: string }).name}` }));
    await gateways.run(srv);
    open = await gateways.open({ allowedHosts: ["127.0.0.1"] });
    other = await gateways.open({
      allowedHosts: ["127.0.0.1"],
      namespace: "com.example",
      cors: ["http://good.example"],
      stats: true,
    });
  });
  after(() => gateways[Symbol.asyncDispose]());

  const files = readdirSync(folder).filter((file) => !elsewhere.has(file));
  for (const file of files) {
    const recording = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Recording;
    it(`${file}: ${recording.description}`, async () => {
      const { text, hex } = recording.request;
      const bytes = hex === undefined ? Buffer.from(text ?? "") : Buffer.from(hex, "hex");
      const http = bytes.includes("Host: 127.0.0.1:8093") ? other : open;
      const answer = await raw(http.address, bytes, 10_000);
      const expected = statusAndBody(recording.response.text ?? recording.response.head ?? "");
      assert.equal(answer.status, different[file] ?? expected.status, answer.body);
      if (different[file] !== undefined || file === "stats-html.json") return;
      compareBody(file, answer.body, expected.body);
    });
  }

  it("covers every recording", () => {
    assert.equal(files.length, 43);
  });
});

function compareBody(file: string, actual: string, expected: string): void {
  if (expected.includes('"metadata":')) {
    const { metadata, request } = JSON.parse(expected);
    delete metadata["Content-Length"];
    delete metadata["User-Agent"];
    const got = JSON.parse(actual);
    if (file === "echo-binary.json") {
      assert.equal(got.request.raw, Buffer.from([0, 0xff, 0x80]).toString("base64"));
      delete request.body;
    }
    if (file === "echo-post-noct.json") {
      assert.equal(got.request.body, "f=1");
      delete request.header["Content-Type"];
    }
    contains(got.metadata, metadata, "metadata");
    contains(got.request, request, "request");
    return;
  }
  if (file === "stats-json.json") {
    contains(
      Object.keys(JSON.parse(actual)),
      ["started", "memory", "threads", "gc_pause", "counters"],
      "stats",
    );
    return;
  }
  if (file !== "echo-messy-path.json") assert.equal(actual, expected);
}
