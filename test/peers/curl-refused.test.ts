import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { curl } from "../support/bytes/curl.js";
import { needs } from "../support/needs.js";
import { Stage } from "./stage.js";

/** Longer than what a request may have before its body. */
const long = "a".repeat(20_000);
const body = "-H Content-Type:application/json --data-binary @LARGE URL/rpc";

/** What curl is told, its exit code, and what it prints. `SECURE` and `PLAIN` are the program with TLS and without. */
const everywhere = {
  "headers over the limit": [`-H X-A:${long} URL/health/live`, 0, /"code":431/],
  "a URL over the limit": [`URL/health/live?${long.slice(0, 10_000)}`, 0, /"code":414/],
  "a Host of somebody else": ["-H Host:evil.test URL/health/live", 0, /"code":421/],
  TRACE: ["-X TRACE URL/health/live", 0, /"code":405/],
  "a body over the limit, which Expect announces": [body, 0, /"code":413/],
  "a body over the limit, sent at once": [`-H Expect: ${body}`, 0, /"code":413/],
  "a body over the limit, whose length nobody tells": [
    `-H Transfer-Encoding:chunked ${body}`,
    0,
    /"code":413/,
  ],
} as const;
const plain = {
  "a tunnel to elsewhere": ["--noproxy: -p -x PLAIN http://example.test/", 56, /response 405/],
  "HTTP/2 without TLS, unasked": ["--http2-prior-knowledge PLAIN/health/live", 52, /Empty reply/],
  "TLS where there is none": ["PLAINS/health/live", 35, /SSL/],
} as const;

describe("curl is refused", needs("curl"), () => {
  const folder = mkdtempSync(join(tmpdir(), "micro-curl-"));
  const large = join(folder, "large");
  const stage = new Stage();
  before(async () => {
    await stage.open();
    writeFileSync(large, JSON.stringify({ text: "x".repeat(6_000_000) }));
  });
  after(async () => {
    await stage[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  async function check(url: string, [args, code, pattern]: readonly [string, number, RegExp]) {
    const words = args.split(" ").flatMap((word) => (word === "--noproxy:" ? ["--noproxy", ""] : [word]));
    const named = words.map((word) =>
      word
        .replace("PLAINS", url.replace("http:", "https:"))
        .replace("LARGE", large)
        .replace(/URL|PLAIN/, url),
    );
    const answer = await curl(...named);
    assert.match(answer.out, pattern, url);
    assert.equal(answer.code, code, answer.out);
    assert.equal((await curl(`${url}/health/live`)).out, '{"status":"ok"}');
  }

  for (const [title, one] of Object.entries(everywhere))
    it(title, async () => {
      for (const { url } of stage.programs.values()) await check(url, one);
    });
  for (const [title, one] of Object.entries(plain))
    it(title, async () => {
      for (const name of ["gateway", "dashboard", "sidecar"]) await check(stage.program(name).url, one);
    });
});
