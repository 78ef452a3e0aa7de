import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { raw } from "../support/bytes/raw-http.js";
import { freePort } from "../support/free-port.js";
import { Gateways } from "../support/gateway.js";

interface Recording {
  readonly request: { readonly text: string };
  readonly response: { readonly text: string };
}

const folder = new URL("../fixtures/api-proxy/", import.meta.url);

/** What we answer otherwise, on purpose. */
const different: Readonly<
  Record<string, { readonly status?: number; readonly body?: RegExp; readonly why: string }>
> = {
  "badname.json": { body: /"code":404/, why: "errors have a body: the error object" },
  "unknown.json": { body: /"code":404/, why: "errors have a body: the error object" },
  "root.json": { body: /"code":404/, why: "errors have a body: the error object" },
  "refused.json": { body: /"status":"/, why: "errors have a body: the error object" },
  "options.json": { status: 403, body: /"code":403/, why: "no origin is let in that is not listed" },
  "post.json": { why: "Host names the node, not what the client says; X-Forwarded-Host has the client's" },
  "websocket.json": { why: "an upgrade goes to the application, which did not upgrade" },
};

const said = "app says 200\n";

/** The application of the recordings: it says what it got when it is posted to. */
function application() {
  return createServer((request, response) => {
    const created = request.method === "POST";
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const echoed = `POST ${request.url}\nHost: ${request.headers.host}\n${Buffer.concat(chunks)}`;
      response.writeHead(created ? 201 : 200, {
        "Content-Type": "text/plain; charset=utf-8",
        "X-App": "1",
        "Content-Length": Buffer.byteLength(created ? echoed : said),
      });
      response.end(created ? echoed : said);
    });
  });
}

function read(text: string): { status: number; body: string } {
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s, 2);
  return { status: Number(head.slice(9, 12)), body };
}

describe("recorded exchanges with the original's proxy", () => {
  const names = readdirSync(folder).sort();

  it("are all replayed", () => assert.equal(names.length, 9));

  for (const name of names)
    it(`${name}${different[name] ? ` (changed: ${different[name].why})` : ""}`, async () => {
      const { request, response } = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Recording;
      await using gateways = new Gateways();
      const app = application().listen(0, "127.0.0.1");
      await once(app, "listening");
      const port = name === "refused.json" ? await freePort() : (app.address() as AddressInfo).port;
      const node = { id: "httpapp-1", address: "127.0.0.1", port, metadata: {} };
      const definition = {
        name: "go.micro.api.httpapp",
        version: "1",
        metadata: {},
        endpoints: [],
        nodes: [node],
      };
      await gateways.registry.register(definition);
      const greeter = gateways.service("go.micro.srv.greeter");
      greeter.handle("Say.Hello", {}, async (hello) => ({
        msg: `Hello ${(hello as { name: string }).name}`,
      }));
      await gateways.run(greeter);
      const http = await gateways.open({ handler: "proxy" });
      try {
        const bytes = request.text.replaceAll("127.0.0.1:8092", http.address);
        const ours = await raw(http.address, bytes);
        const theirs = read(response.text);
        assert.equal(ours.status, different[name]?.status ?? theirs.status);
        const body = different[name]?.body;
        if (body) assert.match(ours.body, body);
        else if (name === "post.json")
          assert.ok(ours.body.startsWith(`POST /httpapp/submit?x=1\nHost: 127.0.0.1:${port}\n`), ours.body);
        else assert.equal(ours.body, theirs.body);
      } finally {
        app.closeAllConnections();
        app.close();
      }
    });
});
