import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { z } from "zod";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { Gateways } from "../support/gateway.js";
import { needs } from "../support/needs.js";
import { addGreeter } from "../support/programs/api-echo.js";
import { start } from "../support/programs/process.js";

const docs = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");

/** Each block of commands, with what the block right behind it says that the last of them prints. */
const blocks = [...docs.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
  ([, commands = "", output]) => ({ commands, output }),
);

async function runServices(gateways: Gateways): Promise<void> {
  const greeter = gateways.service("go.micro.api.greeter");
  addGreeter(greeter);
  const srv = gateways.service("go.micro.srv.greeter");
  srv.handle("Say.Hello", {}, async (request) => ({ msg: `Hello ${(request as { name: string }).name}` }));
  const users = gateways.service("go.micro.srv.users");
  const metadata = { path: "/users/{id}", method: "GET", handler: "rpc" };
  const request = z.object({ id: z.int() });
  users.handle("Users.Get", { request, metadata }, async ({ id }) => ({ id, name: `user ${id}` }));
  const counted = { request: z.object({ to: z.int() }), metadata: { path: "/count", handler: "rpc" } };
  users.stream("Users.Count", counted, async function* (requests) {
    for await (const { to } of requests) {
      for (let at = 1; at <= to; at++) yield { at };
      return;
    }
  });
  for (const made of [greeter, srv, users]) await gateways.run(made);
}

describe("docs/api.md", needs("curl"), () => {
  it("has commands that print what it says", async () => {
    assert.ok(blocks.length >= 5);
    await using gateways = new Gateways();
    const shop = createServer((request, response) => response.end(`${request.method} ${request.url}\n`));
    shop.listen(0, "127.0.0.1");
    await once(shop, "listening");
    const { port } = shop.address() as AddressInfo;
    const node = { id: "shop-1", address: "127.0.0.1", port, metadata: { handler: "proxy" } };
    const name = "go.micro.api.shop";
    await gateways.registry.register({ name, version: "1", metadata: {}, endpoints: [], nodes: [node] });
    await runServices(gateways);
    const http = await gateways.open();
    const ready = async (path: string) =>
      (await raw(http.address, rawRequest("GET", path, [`Host: ${http.address}`]))).status === 200;
    for (let i = 0; i < 500 && !((await ready("/users/7")) && (await ready("/shop/x"))); i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const { commands, output } of blocks) {
      await using shell = start("sh", ["-e", "-c", commands.replaceAll("127.0.0.1:8080", http.address)]);
      const [code] = await once(shell.child, "close");
      assert.equal(code, 0, commands + shell.stderr);
      assert.ok(shell.stdout.trimEnd().endsWith((output ?? "").trimEnd()), `${commands}${shell.stdout}`);
    }
    shop.closeAllConnections();
    shop.close();
  });
});
