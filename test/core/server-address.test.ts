import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readServerAddress } from "../../src/core/server-address.js";

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

  it("is refused where a part of it would count for nothing, with what is right", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["h?foo=bar", /"h\?foo=bar": "foo" counts for nothing/],
      ["h/x", /the path "\/x" counts for nothing/],
      ["redis://u@h", /user and password count for nothing/],
      ["h#x", /"#x" counts for nothing/],
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
});
