import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CliError } from "../../src/cli/errors.js";
import { type CommandFlags, flagShapes, readInvocation } from "../../src/cli/invocation.js";

const globals = flagShapes({
  registry: { type: "option" },
  registry_address: { type: "option", multiple: true },
  proxy_address: { type: "option" },
  server_name: { type: "option" },
  json: { type: "boolean" },
  no_color: { type: "boolean" },
  enable_tls: { type: "boolean" },
  quiet: { type: "boolean", char: "q" },
});

const commands: CommandFlags = new Map([
  ["list:services", new Map([...globals, ...flagShapes({ long: { type: "boolean", char: "l" } })])],
  ["sidecar", new Map([...globals, ...flagShapes({ self_server_name: { type: "option" } })])],
  [
    "query",
    new Map([
      ...globals,
      ...flagShapes({
        field: { type: "option", multiple: true, char: "F" },
        loose_field: { type: "option", multiple: true },
      }),
    ]),
  ],
]);

function read(...argv: string[]) {
  const { id, isTopic, flags, words } = readInvocation(argv, globals, commands);
  return { id, isTopic, words, flags: flags.map(({ name, value }) => `${name}=${value}`) };
}

function failure(code: string, pattern: RegExp) {
  return (error: unknown) =>
    error instanceof CliError &&
    error.code === code &&
    pattern.test(`${error.message} ${error.details.hint}`);
}

describe("the reading of a command line", () => {
  for (const spelling of [
    ["--registry_address=a:1", "list", "services"],
    ["--registry_address", "a:1", "list", "services"],
    ["--registry-address=a:1", "list", "services"],
    ["-registry_address=a:1", "list", "services"],
    ["list", "services", "--registry_address", "a:1"],
    ["list", "services", "-registry-address", "a:1"],
  ])
    it(`takes a global flag as in ${spelling.join(" ")}`, () => {
      const expected = { id: "list:services", isTopic: false, words: [], flags: ["registry_address=a:1"] };
      assert.deepEqual(read(...spelling), expected);
    });

  it("puts a flag before the command ahead of one after it, which then wins", () => {
    const { flags } = read("--registry=consul", "list", "services", "--registry=mdns");
    assert.deepEqual(flags, ["registry=consul", "registry=mdns"]);
  });

  for (const [spelling, value] of [
    ["--enable_tls", "true"],
    ["--enable_tls=true", "true"],
    ["--enable_tls=1", "true"],
    ["--enable_tls=false", "false"],
    ["--enable-tls=0", "false"],
    ["--no_enable_tls", "false"],
    ["--no-enable-tls", "false"],
  ])
    it(`reads the boolean ${spelling} as ${value}`, () => {
      assert.deepEqual(read("list", "services", String(spelling)).flags, [`enable_tls=${value}`]);
    });

  it("knows a flag whose name begins with no_", () => {
    assert.deepEqual(read("--no-color", "list", "services").flags, ["no_color=true"]);
  });

  it("takes no value that stands alone for a boolean", () => {
    assert.deepEqual(read("list", "services", "--json", "true").words, ["true"]);
  });

  it("leaves everything behind -- as it is", () => {
    const { words } = read("query", "a", "Say.Hello", "--", "--json", "-x");
    assert.deepEqual(words, ["a", "Say.Hello", "--json", "-x"]);
  });

  it("takes a lone dash, a negative number and a brace for words", () => {
    const { words } = read("query", "a", "Say.Hello", "-", "-5", "-{");
    assert.deepEqual(words, ["a", "Say.Hello", "-", "-5", "-{"]);
  });

  it("takes short flags with the value apart or attached", () => {
    const { flags } = read("query", "-F", "a=1", "-Fb=2", "-q");
    assert.deepEqual(flags, ["field=a=1", "field=b=2", "quiet=true"]);
  });

  it("keeps the flags of the sidecar's own node apart from those of its app", () => {
    const { flags } = read("--server_name=own", "sidecar", "--server_name=app");
    assert.deepEqual(flags, ["self_server_name=own", "server_name=app"]);
  });

  it("makes an unknown flag after a method a field, and nothing else", () => {
    assert.deepEqual(read("query", "a", "Say.Hello", "--name", "John").flags, ["loose_field=name=John"]);
    assert.deepEqual(read("query", "Say.Hello", "--name=John").flags, ["loose_field=name=John"]);
    assert.throws(() => read("query", "--name", "John"), failure("UNKNOWN_FLAG", /--name/));
  });

  it("names the nearest flag for an unknown one, before and after the command", () => {
    assert.throws(() => read("--regstry=x", "list", "services"), failure("UNKNOWN_FLAG", /--registry\?/));
    assert.throws(() => read("list", "services", "--jsn"), failure("UNKNOWN_FLAG", /--json\?/));
  });

  it("refuses a typographic dash and says what to type", () => {
    assert.throws(() => read("list", "services", "—json"), failure("USAGE", /--json/));
    assert.throws(() => read("–json", "list", "services"), failure("USAGE", /--json/));
  });

  it("refuses a flag without its value and a boolean with another text", () => {
    assert.throws(() => read("list", "services", "--registry"), failure("USAGE", /needs a value/));
    assert.throws(() => read("list", "services", "--json=maybe"), failure("BAD_FLAG_VALUE", /true or false/));
  });

  it("tells a topic from a command and from neither", () => {
    assert.deepEqual([read("list").id, read("list").isTopic], ["list", true]);
    assert.equal(read().id, undefined);
    assert.throws(() => read("lst", "services"), failure("UNKNOWN_COMMAND", /list services/));
    assert.throws(() => read("list", "nodes"), failure("UNKNOWN_COMMAND", /list nodes/));
  });
});
