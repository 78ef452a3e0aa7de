import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLine } from "../../src/web/routes/command-line.js";

describe("a line of the terminal page", () => {
  it("is split into words like in a shell, with plain output", () => {
    const words = readLine(
      `micro query go.micro.srv.greeter Say.Hello '{"name": "John"}' --metadata "X-A=b c"`,
      false,
    );
    assert.deepEqual(words, [
      "query",
      "--plain",
      "--no_input",
      "go.micro.srv.greeter",
      "Say.Hello",
      '{"name": "John"}',
      "--metadata",
      "X-A=b c",
    ]);
  });

  const refused = {
    "an unknown command": "agent",
    "a command that listens": "web --web_address :80",
    "a change without admin": 'deregister service {"name":"x"}',
    "an address": "list services --registry_address=10.0.0.1",
    "an address in kebab case": "list services --registry-address 10.0.0.1",
    "a short flag": "query a.b C.D -f /etc/passwd",
    "a file": "query a.b C.D @/etc/passwd",
    "standard input": "query a.b C.D -",
    "a quoted file": 'query a.b C.D "@/etc/passwd"',
    "the end of flags": "list services -- --registry_address=10.0.0.1",
    "a file as a field": "query a.b C.D --field=@/etc/passwd",
    "a plugin": "list services --plugin ./evil.js",
    "what is no text": 7,
  };
  for (const [what, line] of Object.entries(refused))
    it(`is refused with ${what}`, () => {
      assert.throws(() => readLine(line, false), { code: 400 });
    });

  it("may change state with admin", () => {
    assert.equal(readLine("publish topic {}", true)[0], "publish");
  });
});
