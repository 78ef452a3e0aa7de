import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "../../../src/testing/eventually.js";
import { raw, rawRequest } from "../../support/bytes/raw-http.js";
import { freePort } from "../../support/free-port.js";
import { FullFile } from "../../support/full-file.js";
import { System } from "../../support/programs/system.js";

const micro = [process.execPath, fileURLToPath(new URL("../../../bin/run.js", import.meta.url))];
const memory = ["--registry=memory", "--broker=memory"];

describe("the installed command where its output goes to a full disk", () => {
  for (const program of ["api", "sidecar", "web", "dev", "agent"])
    for (const json of [[], ["--json"]])
      it(`serves on: micro ${program} ${json}`, async () => {
        const address = `127.0.0.1:${await freePort()}`;
        const others = ["--api_address=:0", "--sidecar_address=127.0.0.1:0", "--web_address=127.0.0.1:0"];
        const flags = program === "agent" ? [] : memory;
        const more = program === "dev" ? [...others.slice(1), `--api_address=${address}`] : [];
        const own = program === "dev" ? [] : [`--${program}_address=${address}`];
        using file = new FullFile();
        await using running = file.start([1, 2], [...micro, program, ...own, ...flags, ...more, ...json]);
        await eventually(async () => assert.equal(await live(address), 200));
        running.child.kill("SIGHUP");
        assert.equal(await running.closed(), 0);
      });

  it("goes on where standard error takes nothing: micro subscribe", async () => {
    await using system = await System.open();
    using file = new FullFile();
    const flags = [`--registry_address=${system.registry}`, "--count=1"];
    await using running = file.start([2], [...micro, "subscribe", "events", ...flags]);
    const { registry, client } = system.service("go.micro.srv.publisher");
    await eventually(async () =>
      assert.equal((await registry.getService("topic:events"))[0]?.nodes.length, 1),
    );
    await client.publish("events", { name: "John" });
    assert.equal(await running.closed(), 0);
    assert.match(running.stdout, /John/);
  });
});

describe("a signal that asks the installed command to end", () => {
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const)
    it(`ends a command at once: ${signal}`, async () => {
      await using system = await System.open();
      const flags = [`--registry_address=${system.registry}`];
      using file = new FullFile();
      await using running = file.start([], [...micro, "subscribe", "events", ...flags]);
      await running.output(/subscribed/);
      running.child.kill(signal);
      assert.equal(await running.closed(), code);
    });
});

async function live(address: string): Promise<number> {
  return (await raw(address, rawRequest("GET", "/health/live", [`Host: ${address}`]))).status;
}
