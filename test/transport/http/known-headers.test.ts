import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { emptyBody } from "../../../src/core/message.js";
import { KnownHeaders } from "../../../src/transport/http/server/known-headers.js";
import { readHeader } from "../../../src/transport/http/wire/header.js";

const saysHow = ["Content-Type", "Micro-Endpoint", "Micro-Method", "X-Micro-Service", "X-Micro-From-Service"];
const others = ["Micro-Id", "X-Micro-Id", "Timeout", "Traceparent", "User-Agent"];
const unseen = ["Host", "Content-Length", "connection", "__proto__", "constructor"];
const name = fc
  .constantFrom(...saysHow, ...others, ...unseen)
  .chain((each) => fc.constantFrom(each, each.toLowerCase()));
const value = fc.constantFrom("a", "b", "", Buffer.from("für").toString("latin1"));
const header = fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => pairs.flat());

describe("known headers", () => {
  it("reads each as if none had come before, and shares only what says the same of how to read a message", () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 120 }), fc.boolean(), (sent, twice) => {
        const known = new KnownHeaders();
        for (const raw of twice ? sent.flatMap((each) => [each, [...each]]) : sent) {
          const { header, base } = known.message(raw, emptyBody);
          assert.deepEqual({ ...header }, { ...readHeader(raw) });
          for (const name of base ? saysHow : []) assert.equal(header[name], base?.[name]);
        }
      }),
    );
  });

  it("gives the same object again, and the same base for another number, time limit or trace", () => {
    const known = new KnownHeaders();
    const raw = (id: string, method = "Say.Hello") => ["Micro-Method", method, "Micro-Id", id, "Host", id];
    const first = known.message(raw("1"), emptyBody);
    assert.equal(known.message(raw("1"), emptyBody).header, first.header);
    assert.equal(known.message(raw("2"), emptyBody).base, first.base);
    assert.equal(known.message(raw("2"), emptyBody).header["Micro-Id"], "2");
    assert.notEqual(known.message(raw("1", "Say.Bye"), emptyBody).base, first.base);
    assert.ok(Object.isFrozen(first.base));
  });

  it("keeps repeated headers among many unique ones, and still learns new ones", () => {
    const known = new KnownHeaders();
    const raw = (method: string) => ["Micro-Method", method];
    let again = 0;
    for (let i = 0; i < 1000; i++) {
      const { base } = known.message(raw(`Made.Up${i}`), emptyBody);
      if (base !== undefined && known.message(raw(`Made.Up${i}`), emptyBody).base === base) again++;
    }
    assert.ok(again > 16 && again < 50, `${again} were learned`);
  });
});
