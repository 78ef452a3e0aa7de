import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAddress } from "../../../src/core/net/address.js";
import { eventually } from "../../../src/testing/eventually.js";
import { Backend } from "../../support/backend.js";
import { askRaw } from "../../support/bytes/raw-answer.js";
import { CapturedLog } from "../../support/captured-log.js";
import { Dashboards } from "../../support/dashboard.js";
import { Gateways } from "../../support/gateway.js";
import { handshake } from "../../support/listeners.js";

const levels = ["warn", "error", "fatal"] as const;

describe("clients that leave during an upload", () => {
  for (const program of ["api", "web"] as const)
    for (const how of ["resets", "closes"] as const)
      it(`are not logged as errors: ${program}, one that ${how}`, async () => {
        const said: string[] = [];
        const write = (level: string) => (members: object, text: string) =>
          said.push(`${level} ${text} ${String((members as { err?: { stack: string } }).err?.stack)}`);
        const log = {
          debug() {},
          info() {},
          ...Object.fromEntries(levels.map((l) => [l, write(l)])),
        } as never;
        await using owner = program === "api" ? new Gateways() : new Dashboards();
        const http = await (owner instanceof Gateways
          ? owner.open({ handler: "proxy", log })
          : owner.open({ log }));
        await using backend = await Backend.http(
          owner.registry,
          `go.micro.${program}.app`,
          (request, response) => {
            request.resume().on("error", () => {});
            request.once("end", () => response.end("whole"));
          },
        );
        // some leave before their request is on its way, some after
        for (let i = 0; i < 40; i++) {
          const client = connect(parseAddress(http.address)).on("error", () => {});
          const head = ["POST /app/x HTTP/1.1", `Host: ${http.address}`, "Content-Length: 1000000"];
          client.write(`${head.join("\r\n")}\r\n\r\nabc`);
          await sleep(i / 4);
          if (how === "resets") client.resetAndDestroy();
          else client.destroy();
        }
        const get = `GET /app/x HTTP/1.1\r\nHost: ${http.address}\r\n\r\n`;
        assert.equal((await askRaw(http.address, get)).status, 200);
        await eventually(() => assert.ok(backend.connections <= 1, "connections are left"));
        assert.deepEqual(said, []);
      });
});

describe("a peer that breaks the protocol of a WebSocket", () => {
  it("is logged as a one-line warning, without a stack", async () => {
    const told = new CapturedLog();
    await using owner = new Dashboards();
    const http = await owner.open({ log: told });
    const socket = connect(parseAddress(http.address)).on("error", () => {});
    const head = ["GET /events HTTP/1.1", `Host: ${http.address}`, ...handshake];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    await once(socket, "data", { signal: AbortSignal.timeout(10_000) });
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await eventually(() => assert.equal(told.warnings.length, 1));
    const [{ message, what = "", err } = { message: "" }] = told.warnings;
    assert.deepEqual([message, err, told.errors], ["WebSocket closed: not its protocol", undefined, []]);
    assert.match(what, /^Invalid WebSocket frame: /);
    socket.destroy();
  });
});
