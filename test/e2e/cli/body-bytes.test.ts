import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { sidecar } from "../../../src/sidecar/index.js";
import { web } from "../../../src/web/index.js";
import { matchesSchema } from "../../support/json-schema.js";
import { micro, startMicro } from "../../support/programs/micro.js";
import { System } from "../../support/programs/system.js";
import { OldSidecar } from "../../support/servers/old-sidecar.js";

const token = "0123456789abcdef0123456789abcdef";
const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
const noText = Buffer.from([0x00, 0x01, 0xff, 0xfe, 0x0a]);
const json = '{"b":1.10,"a":0.12345678901234567890,"2":1e400,"1":9007199254740993}';
/** No UTF-8, text with a byte order mark, JSON with digits that a double does not hold, nothing. */
const bodies = {
  bytes: noText,
  png: Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
  text: Buffer.from("\uFEFFplain é\r\n"),
  json: Buffer.from(json),
  empty: Buffer.alloc(0),
};

/** What a line of `micro subscribe` stands for; the raw text of a JSON body. */
function bytesOf(line: string): Buffer {
  const { body, encoding } = JSON.parse(line) as { body: string; encoding: string };
  if (encoding !== "json") return Buffer.from(body, encoding as BufferEncoding);
  return Buffer.from(line.slice(line.indexOf('"body":') + 7, line.lastIndexOf(',"encoding"')));
}

describe("the bytes of a message", () => {
  let system: System;
  let folder: string;
  const closing: { close(): Promise<void> }[] = [];
  const ways: Record<string, string> = {};
  let beside: string;
  let dashboard: string;

  before(async () => {
    system = await System.open();
    folder = mkdtempSync(join(tmpdir(), "micro-bytes-"));
    const opened = await sidecar(system.service("go.micro.sidecar"), { address: "127.0.0.1:0" });
    const pages = await web(system.service("go.micro.web"), {
      ...{ address: "127.0.0.1:0", admin: true, token: { value: token } },
    });
    closing.push(opened, pages);
    beside = opened.url;
    dashboard = pages.url;
    ways.directly = `--registry_address=${system.registry}`;
    ways["through a sidecar"] = `--proxy_address=${opened.address}`;
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    for (const each of closing) await each.close();
    await system[Symbol.asyncDispose]();
  });

  for (const publishing of ["directly", "through a sidecar"])
    for (const subscribing of ["directly", "through a sidecar"])
      it(`leave micro subscribe ${subscribing} as they came to micro publish ${publishing}`, async () => {
        const topic = `bytes.${publishing[0]}.${subscribing[0]}`;
        const count = ["--count", String(Object.keys(bodies).length + 2)];
        await using subscriber = startMicro(["subscribe", topic, ...count, ways[subscribing] ?? ""]);
        await subscriber.output(/subscribed to/);
        for (const [name, body] of Object.entries(bodies)) {
          const file = join(folder, name);
          writeFileSync(file, body);
          const sources = name === "bytes" ? [["-"], [`@${file}`], ["--file", file]] : [["-"]];
          for (const words of sources) {
            const sent = await micro(["publish", topic, ...words, ways[publishing] ?? ""], { input: body });
            assert.equal(sent.code, 0, sent.stderr);
          }
        }
        assert.equal(await subscriber.closed(), 0);
        const lines = subscriber.stdout.trimEnd().split("\n");
        for (const line of lines) await matchesSchema(JSON.parse(line), "subscribe");
        const expected = [noText, noText, ...Object.values(bodies)];
        assert.deepEqual(lines.map(bytesOf).map(String), expected.map(String));
        assert.deepEqual(bytesOf(lines[0] ?? ""), noText);
      });

  it("come to pages of the dashboard, and leave them, as they are", async () => {
    const stop = new AbortController();
    const accept = { Authorization: headers.Authorization, Accept: "text/event-stream" };
    const feed = await fetch(`${dashboard}/topics?topic=paged`, { headers: accept, signal: stop.signal });
    const events = feed.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(seen)) seen += (await events?.read())?.value ?? assert.fail(seen);
    };
    await until(/event: subscribed/);
    const post = async (body: string) =>
      (await fetch(`${dashboard}/topics`, { method: "POST", headers, body })).status;
    assert.equal(await post(`{"topic":"paged","body":${json}}`), 204);
    for (const body of Object.values(bodies)) {
      const base64 = { topic: "paged", body: body.toString("base64"), encoding: "base64" };
      assert.equal(await post(JSON.stringify(base64)), 204);
    }
    assert.equal(await post('{"topic":"paged","body":"AA=A","encoding":"base64"}'), 400);
    await until(/(?:event: message\ndata: .*\n\n[\s\S]*){6}/);
    const data = [...seen.matchAll(/event: message\ndata: (.*)\n/g)].map(([, text = ""]) => JSON.parse(text));
    const received = data.map(({ body, encoding }) =>
      Buffer.from(body, encoding === "base64" ? "base64" : "utf8"),
    );
    assert.deepEqual(received, [Buffer.from(json), ...Object.values(bodies)]);
    stop.abort();
  });

  it("of a query in the dashboard go out as they were typed", async () => {
    const made = system.service("go.micro.srv.raw");
    const received: unknown[] = [];
    made.handle("Raw.Take", {}, async (request) => {
      received.push(request);
      return {};
    });
    await made.start();
    const body = `{"service":"go.micro.srv.raw","method":"Raw.Take","request":[1e400,9007199254740993]}`;
    assert.equal((await fetch(`${dashboard}/query`, { method: "POST", headers, body })).status, 200);
    assert.deepEqual(received, [[Number.POSITIVE_INFINITY, 9007199254740993n]]);
  });

  it("come over a framed socket in base64, and damaged base64 is refused", async () => {
    const socket = new WebSocket(`${beside.replace("http", "ws")}/broker`, "micro.broker.v1");
    const frames: Record<string, unknown>[] = [];
    socket.on("message", (data) => frames.push(JSON.parse(String(data))));
    const next = async (op: string) => {
      for (;;) {
        const found = frames.findIndex((frame) => frame.op === op);
        if (found >= 0) return frames.splice(found, 1)[0];
        await new Promise((resolve) => socket.once("message", resolve));
      }
    };
    await next("welcome");
    socket.send('{"op":"subscribe","topic":"framed"}');
    await next("subscribed");
    socket.send('{"op":"publish","topic":"framed","body":"AAH*/g==","encoding":"base64"}');
    assert.match(JSON.stringify(await next("error")), /body: not base64/);
    socket.send('{"op":"publish","topic":"framed","body":"AAH//g==","encoding":"base64"}');
    const { body, encoding } = (await next("message")) ?? {};
    assert.deepEqual([body, encoding], ["AAH//g==", "base64"]);
    socket.close();
  });

  it("reach a sidecar of 2016 too", async () => {
    await using old = await OldSidecar.open();
    const sent = await micro(["publish", "t", "-", `--proxy_address=${old.address}`], { input: noText });
    assert.equal(sent.code, 0, sent.stderr);
    assert.deepEqual(old.publishedBytes.at(-1), noText);
  });
});
