import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { parseService } from "../../src/registry/wire/parse.js";
import type { WebServer } from "../../src/web/index.js";
import { raw } from "../support/bytes/raw-http.js";
import { Dashboards } from "../support/dashboard.js";

interface Recording {
  readonly description: string;
  readonly request?: { readonly text?: string };
  readonly response?: { readonly text?: string; readonly head?: string };
}

const folder = new URL("../fixtures/web/", import.meta.url);

/** Statuses that differ on purpose, where the original is wrong or a rule of this toolkit differs. */
const different: Readonly<Record<string, number>> = {
  "options.json": 403, // the original let any origin in
  "stats.json": 200, // the dashboard's own page is always there
};

/** Escapes of a path stay as they were sent; the original decoded a slash. */
const ours: Readonly<Record<string, (body: string) => string>> = {
  "proxy-post-encoded.json": (body) => body.replace("POST /a/b/c%20d", "POST /a%2Fb/c%20d"),
};

/** Compared in tests of their own. */
const elsewhere = new Set(["proxy-refused.json", "rpc-address.json", "ws-proxy.json", "ws-proxy-hops.json"]);

function read(file: string): Recording {
  return JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Recording;
}

function bodyOf({ response }: Recording): string {
  return response?.text?.split(/\r\n\r\n(.*)/s, 2)[1] ?? "";
}

/** The web app of the recordings: it says what it was sent. */
async function app(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method === "GET") {
    response.setHeader("X-App", "1");
    response.setHeader("Content-Length", "13");
    response.end("app says 200\n");
    return;
  }
  const lines = [`${request.method} ${request.url}`];
  for (let i = 0; i < request.rawHeaders.length; i += 2)
    lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
  const body = `${lines.join("\n")}\n\nBODY ${Buffer.concat(chunks)}`;
  response.writeHead(201, { "Set-Cookie": "a=b", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

/** What the app was sent, but for the order of headers and what the clients of each language add. */
function essence(body: string): unknown {
  if (!body.startsWith("POST ")) return body;
  const [head = "", sent = ""] = body.split("\n\n", 2);
  const [line, ...headers] = head.split("\n");
  // those from x-forwarded on are ours: an app learns its public address, and the trace that the request begins
  const added =
    /^(user-agent|accept-encoding|connection|host|x-forwarded-(host|proto|prefix)|x-request-id|traceparent):/i;
  return {
    line,
    sent,
    headers: headers
      .filter((header) => !added.test(header))
      .map((h) => h.toLowerCase())
      .sort(),
  };
}

describe("recorded exchanges with the original's web", () => {
  const dashboards = new Dashboards();
  let backend: Server;
  let http: WebServer;

  before(async () => {
    backend = createServer((request, response) => void app(request, response)).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as AddressInfo;
    const greeter = dashboards.service("go.micro.srv.greeter");
    greeter.handle("Say.Hello", {}, async (request) => ({
      msg: `Hello ${(request as { name: string }).name}`,
    }));
    await greeter.start();
    const node = { id: "httpapp-1", address: "127.0.0.1", port, metadata: {} };
    await dashboards.registry.register({
      name: "go.micro.web.httpapp",
      version: "1.0.0",
      metadata: {},
      endpoints: [],
      nodes: [node],
    });
    http = await dashboards.open();
  });

  after(async () => {
    await dashboards[Symbol.asyncDispose]();
    backend.close();
  });

  const listing = /^(registry-json|query-json|registry-service-json)/;
  const files = readdirSync(folder).filter((file) => !elsewhere.has(file) && !listing.test(file));
  for (const file of files.sort()) {
    const recording = read(file);
    it(`${file}: ${recording.description}`, async () => {
      const text = recording.request?.text ?? "";
      const answer = await raw(http.address, text.replaceAll("127.0.0.1:8082", http.address));
      const recorded = recording.response?.text ?? recording.response?.head ?? "";
      const wanted =
        different[file] ?? (file === "registry-accept.json" ? 200 : Number(recorded.slice(9, 12)));
      assert.equal(answer.status, wanted, answer.body);
      if (different[file] !== undefined || recording.response?.text === undefined) return;
      const expected = ours[file]?.(bodyOf(recording)) ?? bodyOf(recording);
      assert.deepEqual(essence(answer.body), essence(expected));
    });
  }
});

describe("recorded listings of the original's web", () => {
  for (const file of ["registry-json.json", "query-json.json", "registry-service-json.json"]) {
    const recording = read(file);
    it(`${file}: ${recording.description}`, async () => {
      await using dashboards = new Dashboards();
      const { services } = JSON.parse(bodyOf(recording)) as { services: { nodes: unknown[] | null }[] };
      const node = { id: "n-1", address: "127.0.0.1", port: 1, metadata: {} };
      for (const service of services)
        await dashboards.registry.register(
          parseService(JSON.stringify({ ...service, nodes: service.nodes ?? [node] })),
        );
      const http = await dashboards.open();
      const text = recording.request?.text ?? "";
      const answer = await raw(http.address, text.replaceAll("127.0.0.1:8082", http.address));
      assert.match(answer.head, /content-type: application\/json\r?$/im);
      assert.deepEqual(JSON.parse(answer.body), JSON.parse(bodyOf(recording)));
    });
  }
});
