import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SidecarHttp } from "../../src/cli/sidecar/http.js";
import { openStream } from "../../src/cli/sidecar/stream.js";
import type { HttpServer } from "../../src/http/listener/listener.js";
import { sidecar } from "../../src/sidecar/index.js";
import { System } from "../support/programs/system.js";

describe("a stream through a sidecar", () => {
  let system: System;
  let beside: HttpServer;
  before(async () => {
    system = await System.open();
    const short = system.service("short");
    short.stream("Say.Once", {}, async function* () {
      yield { at: 1 };
    });
    await short.start();
    beside = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
  });
  after(async () => {
    await beside.close();
    await system[Symbol.asyncDispose]();
  });

  it("that the service has ended in order takes what is still sent, and its end", async () => {
    const http = new SidecarHttp({ address: beside.address });
    for (let round = 0; round < 5; round++) {
      await using stream = await openStream<{ at: number }>(http, "short", "Say.Once", {});
      const seen: number[] = [];
      for await (const { at } of stream) seen.push(Number(at));
      await stream.send({ late: true });
      await stream.end();
      assert.deepEqual(seen, [1]);
    }
    http.close();
  });
});
