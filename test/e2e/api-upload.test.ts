import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, it } from "node:test";
import { agent } from "../../src/agent/index.js";
import { openRegistry } from "../../src/registry/index.js";
import { raw, rawRequest } from "../support/bytes/raw-http.js";
import { freePort } from "../support/free-port.js";
import { startMicro } from "../support/programs/micro.js";

const size = 1024 ** 3;
const chunk = Buffer.alloc(256 * 1024, "0123456789abcdef");

function* chunks(): Iterable<Buffer> {
  for (let sent = 0; sent < size; sent += chunk.length) yield chunk;
}

/** Megabytes of memory that a process holds. */
function memoryOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1024;
}

describe("an upload of 1 GB through the gateway", () => {
  it("arrives whole, and the gateway's memory stays flat", async () => {
    const backend = createServer(async (asked, response) => {
      let received = 0;
      for await (const part of asked) {
        received += part.length;
      }
      response.end(String(received));
    }).listen(0, "127.0.0.1");
    await once(backend, "listening");
    const { port } = backend.address() as AddressInfo;
    await using central = await agent({ address: "127.0.0.1:0" });
    await using registry = await openRegistry("consul", { addresses: [central.address] });
    const node = { id: "files-1", address: "127.0.0.1", port, metadata: {} };
    const name = "go.micro.api.files";
    await registry.register({ name, version: "1.0.0", metadata: {}, endpoints: [], nodes: [node] });
    const address = `127.0.0.1:${await freePort()}`;
    const flags = ["--api_address", address, "--registry_address", central.address, "--api_handler", "proxy"];
    await using micro = startMicro(["api", ...flags]);
    const warm = async () => (await raw(address, rawRequest("GET", "/files/x", [`Host: ${address}`]))).status;
    for (let i = 0; i < 300 && (await warm().catch(() => 0)) !== 200; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));

    const before = memoryOf(micro.pid);
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, memoryOf(micro.pid));
    }, 50);
    const upload = request(`http://${address}/files/big`, {
      method: "POST",
      headers: { "Content-Length": size },
    });
    const answered = once(upload, "response");
    await pipeline(Readable.from(chunks()), upload);
    const [response] = await answered;
    let body = "";
    for await (const text of response.setEncoding("utf8")) body += text;
    clearInterval(timer);
    assert.equal(body, String(size));
    assert.ok(most - before < 128, `${Math.round(before)} MB before, ${Math.round(most)} MB at most`);
    backend.closeAllConnections();
    backend.close();
  });
});
