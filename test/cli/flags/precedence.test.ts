import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CliError } from "../../../src/cli/errors.js";
import { environment, type FallbackSource, resolveFlags, tokens } from "../../../src/cli/flags/precedence.js";
import { flagShapes } from "../../../src/cli/invocation.js";

const shapes = flagShapes({
  registry: { type: "option" },
  registry_address: { type: "option", multiple: true },
  server_metadata: { type: "option", multiple: true },
  enable_tls: { type: "boolean" },
  content_type: { type: "option" },
});

function source(values: Record<string, unknown>, name = "file"): FallbackSource {
  return { nameOf: (flag) => `${flag} in ${name}`, get: (flag) => values[flag] };
}

function resolved(
  env: NodeJS.ProcessEnv,
  typed: { name: string; value: string }[] = [],
  ...more: FallbackSource[]
) {
  return resolveFlags(typed, shapes, [environment(env, "list:services"), ...more]);
}

describe("the settings of a command", () => {
  it("reads MICRO_X_Y for --x_y, and a flag wins over it", () => {
    const expected = [{ name: "registry", value: "mdns", origin: "MICRO_REGISTRY" }];
    assert.deepEqual(resolved({ MICRO_REGISTRY: "mdns" }), expected);
    const [flag] = resolved({ MICRO_REGISTRY: "mdns" }, [{ name: "registry", value: "etcd" }]);
    assert.equal(flag?.value, "etcd");
  });

  it("asks the sources in order, an empty value counting as none", () => {
    const file = source({ registry: "etcd" });
    const context = source({ registry: "memory" }, "context");
    assert.equal(resolved({ MICRO_REGISTRY: "" }, [], file, context)[0]?.value, "etcd");
    assert.equal(resolved({}, [], source({}), context)[0]?.origin, "registry in context");
  });

  it("splits the variable of a list on commas, and takes lists and maps of a file as they are", () => {
    const values = (flags: { value: string }[]) => flags.map(({ value }) => value);
    assert.deepEqual(values(resolved({ MICRO_REGISTRY_ADDRESS: "a:1,b:2" })), ["a:1", "b:2"]);
    assert.deepEqual(values(resolved({}, [], source({ registry_address: ["a:1", "b:2"] }))), ["a:1", "b:2"]);
    assert.deepEqual(values(resolved({}, [], source({ server_metadata: { dc: "eu" } }))), ["dc=eu"]);
  });

  for (const text of ["true", "1", "yes", "y", "on", "TRUE"])
    it(`reads the boolean variable ${text} as true`, () => {
      assert.equal(resolved({ MICRO_ENABLE_TLS: text })[0]?.value, "true");
    });

  for (const text of ["false", "0", "no", "n", "off"])
    it(`reads the boolean variable ${text} as false`, () => {
      assert.equal(resolved({ MICRO_ENABLE_TLS: text })[0]?.value, "false");
    });

  it("refuses any other text for a boolean, naming the variable", () => {
    const wrong = (error: unknown) =>
      error instanceof CliError && /MICRO_ENABLE_TLS: "t"/.test(error.message);
    assert.throws(() => resolved({ MICRO_ENABLE_TLS: "t" }), wrong);
  });

  it("leaves MICRO_CONTENT_TYPE=json, which switches JSON on, alone", () => {
    assert.deepEqual(resolved({ MICRO_CONTENT_TYPE: "json" }), []);
    assert.equal(resolved({ MICRO_CONTENT_TYPE: "text/plain" })[0]?.value, "text/plain");
  });

  it("gives MICRO_SERVER_NAME to the sidecar's own node", () => {
    const names = flagShapes({ server_name: { type: "option" }, self_server_name: { type: "option" } });
    const flags = resolveFlags([], names, [environment({ MICRO_SERVER_NAME: "own" }, "sidecar")]);
    assert.deepEqual(flags, [{ name: "self_server_name", value: "own", origin: "MICRO_SERVER_NAME" }]);
  });

  it("hands the last of several single values on, and all of a list", () => {
    const flags = [
      { name: "registry", value: "consul", origin: "" },
      { name: "registry", value: "mdns", origin: "" },
      { name: "registry_address", value: "a", origin: "" },
      { name: "registry_address", value: "b", origin: "" },
      { name: "enable_tls", value: "true", origin: "" },
      { name: "enable_tls", value: "false", origin: "" },
    ];
    const expected = ["--registry=mdns", "--registry_address=a", "--registry_address=b", "--", "-x"];
    assert.deepEqual(tokens(flags, ["-x"], shapes), expected);
  });
});
