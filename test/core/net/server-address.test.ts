import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it } from "node:test";
import { readServerAddress } from "../../../src/core/net/server-address.js";

const form = { id: "go.micro.test", schemes: ["redis", "rediss"], port: 6379 };
const all = { ...form, path: true, login: true, parameters: ["at_least_once"] };

describe("the address of a server", () => {
  it("is a host, a host and a port, or a URL", () => {
    const read = (address: string) => {
      const { scheme, host, port, user, password, path } = readServerAddress(address, all);
      return [scheme, host, port, user, password, path];
    };
    const none = [undefined, undefined, ""];
    assert.deepEqual(read("h"), [undefined, "h", 6379, ...none]);
    assert.deepEqual(read("h:1"), [undefined, "h", 1, ...none]);
    assert.deepEqual(read("[::1]:1"), [undefined, "::1", 1, ...none]);
    assert.deepEqual(read("::1"), [undefined, "::1", 6379, ...none]);
    assert.deepEqual(read("REDIS://h/"), ["redis", "h", 6379, ...none]);
    assert.deepEqual(read("rediss://j:p%40s:s@[::1]:7/2/"), ["rediss", "::1", 7, "j", "p@s:s", "/2"]);
    assert.deepEqual(read("redis://:p@h"), ["redis", "h", 6379, undefined, "p", ""]);
    const { parameters } = readServerAddress("h:1?at_least_once=true", all);
    assert.deepEqual([...parameters], [["at_least_once", "true"]]);
  });

  it("is refused if a part of it would have no effect, with a correction", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["h?foo=bar", /"h\?foo=bar": "foo" has no effect/],
      ["h/x", /the path "\/x" has no effect/],
      ["redis://u@h", /user and password have no effect/],
      ["h#x", /"#x" has no effect/],
      ["http://h", /http:\/\/ is not redis:\/\/ or rediss:\/\//],
      [":8500", /it names no host; this machine is 127\.0\.0\.1:8500/],
      ["redis://", /names no host/],
      ["", /names no host/],
      ["a b", /not host:port or redis:\/\/host:port/],
      ["%zz", /not host:port/],
      ["h:port", /not host:port/],
      ["h:99999", /not host:port/],
    ];
    for (const [address, message] of cases)
      assert.throws(
        () => readServerAddress(address, form),
        { code: 400, reason: "BAD_CONFIG", message },
        address,
      );
  });

  it("says the parameter that was meant, and no password", () => {
    assert.throws(
      () => readServerAddress("redis://u:secret@h?at-least-once=true", all),
      (error: Error) => {
        assert.match(error.message, /"at-least-once" is not at_least_once: did you mean at_least_once\?/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    for (const address of ["u:secret@h:99999", "redis://u:secret@h:99999"])
      assert.throws(() => readServerAddress(address, all), /address "(redis:\/\/)?\*\*\*@h:99999"/, address);
    assert.throws(() => readServerAddress("redis://u:100%@h", all), { code: 400, message: /%25/ });
  });

  it("is refused without a character of its password, whatever that is", (context) => {
    const printable = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i));
    // this test makes 100,000 errors, and nobody reads their stacks
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    context.after(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    const random = () => Array.from({ length: 12 }, () => printable[randomInt(printable.length)]).join("");
    for (const login of ["u:p/w-secret?d", "u:p#w-secret", "u:1/w-secret", "u:1?w-secret=d", "u:w-secret"])
      for (const end of ["@h", ...(login.includes(":1") ? [] : [""]), "@h:99999", "@h?x=1", "@h/db"]) {
        const shown = refusal(`redis://${login}${end}`);
        assert.doesNotMatch(shown, /secret/, `${login}${end}`);
      }
    for (let i = 0; i < 3000; i++) {
      const password = random();
      for (const start of ["redis://u:", "u:", "redis://:"])
        for (const end of ["@h", "@h:99999", "@h:port", "@h?x=1", "@h/db#x", "@"]) {
          const shown = refusal(`${start}${password}${end}`);
          for (let at = 0; at + 3 <= password.length; at++) {
            const part = password.slice(at, at + 3);
            if (!fixed.includes(part)) assert.ok(!shown.includes(part), `${password}: ${shown}`);
          }
        }
    }
  });

  /** The text of every error, which must not contain a password. */
  const fixed = [
    ...["redis://***@h:99999", "redis://***@h:port", "redis://***@h?x=1", "redis://***@h/db#x", "***@"].map(
      refusal,
    ),
    ...["u:p/w@h", "u:%@h", "redis://***@h"].map(refusal),
  ].join("\n");
});

/** The error of an address, by all rules; empty for a good one. */
function refusal(address: string): string {
  return [form, all]
    .map((rules) => {
      try {
        readServerAddress(address, rules);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    })
    .join("\n");
}
