import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { counted, handshake, openListeners, type Reached } from "../../support/listeners.js";
import { needs } from "../../support/needs.js";

describe("a request target in absolute form", () => {
  it("is treated as its path, by every program, also for upgrades", async () => {
    await using listeners = await openListeners();
    for (const [name, { address }] of listeners.all) {
      const url = `http://${address}/health/live?x=1`;
      const { status } = await raw(address, rawRequest("GET", url, [`Host: ${address}`]));
      assert.equal(status, 200, name);
    }
    const reached = { count: 0 };
    await using http = await counted(reached);
    const ask = rawRequest("GET", `http://${http.address}/counted`, [`Host: ${http.address}`, ...handshake]);
    assert.equal((await raw(http.address, ask)).status, 101);
  });

  it("sets the host that is checked, whatever Host says", async () => {
    const reached: Reached = { count: 0 };
    await using http = await counted(reached);
    const { address } = http;
    const status = async (url: string, host: string) =>
      (await raw(address, rawRequest("GET", url, [`Host: ${host}`]))).status;
    assert.equal(await status("http://evil.test/counted", address), 421);
    assert.equal(await status(`http://${address}@evil.test/counted`, address), 400);
    assert.equal(await status("http:///counted", address), 400);
    assert.equal(await status(`http://${address}/a/../counted`, address), 301);
    assert.equal(await status(`ftp://${address}/counted`, address), 400);
    assert.equal(reached.count, 0);
    assert.equal(await status(`HTTP://${address}/counted`, "evil.test"), 200);
    assert.equal(await status(`http://${address}?x`, address), 404);
  });

  it("must still come with one Host", async () => {
    await using http = await counted({ count: 0 });
    const url = `http://${http.address}/counted`;
    for (const headers of [[], [`Host: ${http.address}`, `Host: ${http.address}`]])
      assert.equal((await raw(http.address, rawRequest("GET", url, headers))).status, 400);
  });

  it("is what curl sends to a proxy", needs("curl"), async () => {
    await using http = await counted({ count: 0 });
    const url = `http://${http.address}/counted`;
    const { stdout } = await curl("--proxy", http.url, "--noproxy", "", url);
    assert.equal(stdout, '{"reached":true}');
  });
});

async function curl(...args: readonly string[]): Promise<{ stdout: string }> {
  return promisify(execFile)("curl", ["-fsS", "--max-time", "10", ...args]);
}
