import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { badRequest, MicroError } from "../../src/core/errors.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { MemoryRegistry } from "../../src/registry/memory/memory.js";
import { type MicroService, service } from "../../src/service/index.js";
import { ask } from "../support/ask.js";
import { openSidecar, ownService } from "./open-sidecar.js";

/** What is otherwise than in the original, and why; `status` where that changed too. */
const changed: Readonly<
  Record<string, { readonly status?: number; readonly or?: number; readonly why: string }>
> = {
  "broker-post": { status: 200, why: "POST publishes" },
  "broker-upgrade-badversion": { why: "the words of the WebSocket library" },
  "health-nocar": { status: 200, why: "without an application it says how the sidecar itself is" },
  "health-ok": { why: "the body says what the sidecar lacks" },
  "health-refused": { why: "the words of the HTTP client" },
  "registry-delete-nonodes": { status: 400, why: "the client's mistake" },
  "registry-options": { status: 403, why: "no page of another origin may ask unless it is listed" },
  "registry-origin": { status: 403, why: "no page of another origin may ask unless it is listed" },
  "rpc-options": { status: 403, why: "no page of another origin may ask unless it is listed" },
  "registry-post-badjson": { status: 400, why: "the client's mistake" },
  "registry-post-badport": { status: 400, why: "the client's mistake" },
  "registry-post-empty": { status: 400, why: "the client's mistake" },
  "registry-post-form": { status: 200, why: "JSON is read whatever its content type says" },
  "registry-post-nonodes": { status: 400, why: "the client's mistake" },
  "registry-post-null": { status: 400, why: "the original closed the connection" },
  "registry-post-ttl-bad": { status: 400, why: "a ttl works" },
  "registry-put": { status: 405, why: "the original did nothing and said 200" },
  "rpc-array-request": { status: 400, why: "our service checks its schema" },
  "rpc-badjson": { why: "the words of the JSON decoder" },
  "rpc-badstring": { why: "the words of the JSON decoder" },
  "rpc-empty": { why: "the words of the JSON decoder" },
  "rpc-error-panic": { why: "our service hides what it did not mean to say" },
  "rpc-form-address": { why: "our service says how busy it is" },
  "rpc-form-badjson": { why: "the words of the JSON decoder" },
  "rpc-form-norequest": { why: "the words of the JSON decoder" },
  "rpc-illformed-method": { status: 404, why: "our service has no such method" },
  "rpc-json-address": { status: 404, why: "an address must be a node of the service, which must be there" },
  "rpc-json-address-refused": {
    status: 404,
    why: "an address must be a node of the service, which must be there",
  },
  "rpc-meta": { why: "headers of the Go HTTP client" },
  "rpc-meta-timeout": { or: 504, why: "a Timeout of 1 ms counts, and may run out" },
  "rpc-stream-method": { status: 404, why: "our service tells at once that the method streams" },
  "rpc-timeout": { status: 504, why: "a 408 makes browsers call again; the body keeps it" },
  "rpc-unknown-method": { status: 404, why: "our service says 404" },
  "rpc-unknown-service": { status: 404, why: "an unknown service is not found" },
  "rpc-wrongtype": { status: 400, why: "our service checks its schema" },
};

/** Replayed elsewhere, or about the registry's traffic. */
const elsewhere = ["app-registration-consul", "ws-limit", "ws-ping", "ws-pubsub", "ws-queue"];

/** Those that need what another left behind, in this order; the others in that of their names. */
const inOrder = [
  "registry-post",
  "registry-delete",
  "registry-delete-unknown",
  "registry-post-gocase",
  "registry-get-cased",
  "registry-post-nover",
  "registry-get-nover",
  "app-registered",
  "app-deregistered",
  "registry-list",
  "registry-get",
];

const quick = { broker: "memory", drainDelay: 0, argv: [], env: {} };
const folder = new URL("../fixtures/sidecar/", import.meta.url);

interface Exchange {
  readonly request: string;
  /** Empty when the original closed the connection. */
  readonly response: string;
}

/** The greeter of the recording is read beside ours, which runs: it gets a name of its own. */
function read(name: string): Exchange {
  const text = readFileSync(new URL(`${name}.json`, folder), "utf8");
  const own = name === "registry-get" ? text.replaceAll("go.micro.srv.greeter", "recorded.greeter") : text;
  const { request, response, connections } = JSON.parse(own);
  if (request) return { request: textOf(request), response: textOf(response) };
  const [sent, answered] = connections[0].messages;
  return { request: textOf(sent), response: answered.dir === "s2c" ? textOf(answered) : "" };
}

function textOf({ text, hex }: { text?: string; hex?: string }): string {
  return text ?? Buffer.from(hex ?? "", "hex").toString();
}

describe("what clients of the original sidecar were recorded to send", () => {
  const registry = new MemoryRegistry();
  const services = [greeter(registry), wire(registry)];
  let health = 200;
  const app = createServer((_, response) => response.writeHead(health).end());
  let plain: HttpServer;
  let beside: HttpServer;
  let same = 0;

  before(async () => {
    await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
    const { port } = app.address() as AddressInfo;
    for (const one of services) await one.start();
    plain = await openSidecar({ timeout: 500 }, ownService({ registry }));
    const healthcheckUrl = `http://127.0.0.1:${port}/health`;
    const options = { name: "beside.app", address: `127.0.0.1:${port}`, healthcheckUrl };
    beside = await openSidecar({ app: options }, ownService({ registry }));
  });
  after(async () => {
    await Promise.all([plain.close(), beside.close(), ...services.map((one) => one.close())]);
    app.closeAllConnections();
    app.close();
  });

  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
  const rest = names.filter((name) => !inOrder.includes(name) && !elsewhere.includes(name)).sort();
  const all = [...inOrder, ...rest];
  for (const name of all) {
    const why = changed[name]?.why;
    it(`${name}${why ? ` (changed: ${why})` : ""}`, async () => {
      const { request, response } = read(name);
      if (name === "registry-get" || name.startsWith("app-")) await seed(plain, response);
      const refused = name === "health-refused";
      if (refused) app.closeAllConnections();
      if (refused) await new Promise((resolve) => app.close(resolve));
      health = name.startsWith("health-") ? statusOf(response) : 200;
      const target = name.startsWith("health-") && name !== "health-nocar" ? beside : plain;
      const ours = await exchange(target.address, request);
      const status = statusOf(ours);
      if (status !== changed[name]?.or) assert.equal(status, changed[name]?.status ?? statusOf(response));
      if (why) return;
      same++;
      // a machine under load makes a service say so, which is no difference
      if (!ours.endsWith('{"status":"degraded"}')) assert.deepEqual(contentOf(ours), contentOf(response));
    });
  }

  it(`answers ${all.length - Object.keys(changed).length} of ${all.length} as the original did, the others as named`, () => {
    assert.equal(same, all.length - Object.keys(changed).length);
  });
});

/** Registers what the original had found, so that its reading is compared; an entry that was gone is gone. */
async function seed(server: HttpServer, response: string): Promise<void> {
  const content = contentOf(response);
  if (!Array.isArray(content)) return forget(server);
  for (const found of content) assert.equal((await ask(server.url, "POST", "/registry", found)).code, 200);
}

/** Deregisters the application that the recording before had found. */
async function forget(server: HttpServer): Promise<void> {
  const { json } = await ask(server.url, "GET", "/registry?service=foo.app");
  for (const version of Array.isArray(json) ? json : [])
    await ask(server.url, "DELETE", "/registry", version);
}

function statusOf(response: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1] ?? 0);
}

/** JSON as its value (a list of services by name only), an error's text or our object of it as that text. */
function contentOf(response: string) {
  const body = response.slice(response.indexOf("\r\n\r\n") + 4).trim();
  const accept = /Sec-WebSocket-Accept: (.*)\r\n/i.exec(response)?.[1];
  if (accept) return { accept, protocol: /Sec-WebSocket-Protocol/i.test(response) };
  const error = statusOf(response) >= 400;
  if (!/content-type: application\/json/i.test(response)) return error ? { detail: plainWords(body) } : body;
  const value = JSON.parse(body);
  if (error) return { detail: plainWords(value.detail) };
  if (Array.isArray(value) && value.length > 1) return value.map((one) => Object.keys(one).sort().join())[0];
  return value;
}

/** Refusals of the edge and of unknown paths have words of their own. */
function plainWords(detail: string): string {
  return /no such route|page not found/.test(detail)
    ? "404"
    : /cross-origin|Forbidden/.test(detail)
      ? "403"
      : detail;
}

/** Sends the bytes as they were recorded, to another address, and reads one answer. */
function exchange(address: string, request: string): Promise<string> {
  const [host = "", port] = address.split(":");
  const bytes = request.replaceAll(/127\.0\.0\.1:80\d1/g, address);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), host, () => socket.write(bytes));
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${request}`)));
    socket.setEncoding("utf8").on("data", (data) => {
      text += data;
      if (isWhole(text)) socket.destroy();
    });
    socket.once("error", reject).once("close", () => resolve(text));
  });
}

function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return Buffer.byteLength(text.slice(head + 4)) >= length;
}

function greeter(registry: MemoryRegistry): MicroService {
  const own = service({ name: "go.micro.srv.greeter", registry, ...quick });
  const types = {
    request: z.object({ name: z.string().default("") }).nullish(),
    response: z.object({ msg: z.string() }),
  };
  own.handle("Say.Hello", types, async (request) => ({ msg: `Hello ${request?.name ?? ""}` }));
  return own;
}

function wire(registry: MemoryRegistry): MicroService {
  const name = "go.micro.srv.wire";
  const own = service({ name, registry, ...quick });
  const fails = (method: string, error: Error) =>
    own.handle(method, {}, async () => {
      throw error;
    });
  fails("Say.BadRequest", badRequest(`${name}.Say.BadRequest`, "name is required"));
  fails("Say.Custom", new MicroError(name, 418, "short & stout <teapot>"));
  fails("Say.Plain", new MicroError("", 0, "plain failure"));
  fails("Say.Panic", new Error("panic"));
  own.handle("Say.Hello", { request: z.object({ name: z.string() }) }, async () => ({}));
  own.handle("Say.Meta", {}, async () => ({}));
  own.handle(
    "Say.Sleep",
    {},
    (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
  );
  const items = [
    { id: "a", deeper: null },
    { id: "b", deeper: null },
  ];
  own.handle("Nested.Call", {}, async (request) => {
    assert.equal((request as { big_id: bigint }).big_id, 9007199254740993n);
    return { items, total: 2 };
  });
  own.stream("Streamer.Count", {}, async function* () {});
  return own;
}
