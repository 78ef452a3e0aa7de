import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Parser } from "@oclif/core";
import { pairs } from "../../src/cli/flags/flag-kinds.js";
import { globalFlags } from "../../src/cli/flags/global-flags.js";
import { environment, resolveFlags, tokens } from "../../src/cli/flags/precedence.js";
import { flagShapes } from "../../src/cli/invocation.js";
import {
  type Kind,
  type ServiceSettingName,
  serviceSettings,
  settings,
} from "../../src/core/settings/settings.js";
import { readSettings } from "../../src/service/read-settings.js";

/** Texts of each kind, good ones and wrong ones. */
const samples: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  text: ["a", "a,b"],
  address: ["127.0.0.1:0", "[::1]:80", "127.0.0.1", "x:y"],
  host: ["a.example", "a.example:80", "a:b:c:x"],
  list: ["a:1", "a:1, b:2,"],
  pairs: ["a=1", "a=1,b=2", "a", "a=1,b"],
  duration: ["5", "1m30s", "0s", "-1s", "soon"],
  count: ["0", "7", "9999999999", "-1", "x"],
  boolean: ["true", "yes", "off", "maybe"],
};

const refused = Symbol("refused");
const shapes = flagShapes(globalFlags);

/** What a service makes of a variable. */
function ofService(name: ServiceSettingName, text: string): unknown {
  try {
    return readSettings({ argv: [], env: { [`MICRO_${name.toUpperCase()}`]: text }, code: {} })[name];
  } catch {
    return refused;
  }
}

/** What a command makes of it. */
async function ofCommand(name: ServiceSettingName, text: string): Promise<unknown> {
  try {
    const settled = resolveFlags([], shapes, [
      environment({ [`MICRO_${name.toUpperCase()}`]: text }, undefined),
    ]);
    const argv = tokens(settled, [], shapes);
    const { flags } = await Parser.parse(argv, { flags: globalFlags, strict: true });
    const value: unknown = flags[name];
    if (settings[name].kind === "boolean") return value === true;
    return settings[name].kind === "pairs" ? pairs(name, value as string[]) : value;
  } catch {
    return refused;
  }
}

describe("the settings of a service", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "micro-settings-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What a service reads from a `micro.json`. */
  function fromFile(content: string) {
    writeFileSync(join(folder, "micro.json"), content);
    return readSettings({ argv: [], env: {}, code: {}, folder, main: join(folder, "micro.json") });
  }

  for (const name of serviceSettings)
    it(`reads MICRO_${name.toUpperCase()} as commands do`, async () => {
      for (const text of samples[settings[name].kind] ?? [])
        assert.deepEqual(await ofCommand(name, text), ofService(name, text), text);
    });

  it("takes one pair from each flag, with the commas in it", () => {
    const argv = ["--server_metadata=zones=a,b", "--server_metadata", "dc=eu"];
    const { server_metadata } = readSettings({ argv, env: {}, code: {} });
    assert.deepEqual(server_metadata, { zones: "a,b", dc: "eu" });
  });

  it("counts the last of a flag that is given twice, and joins lists", () => {
    const argv = [
      "--register_ttl=1s",
      "--register_ttl=2s",
      "--registry_address=a:1",
      "--registry_address=b:2",
    ];
    const { register_ttl, registry_address } = readSettings({ argv, env: {}, code: {} });
    assert.deepEqual([register_ttl, registry_address], [2000, ["a:1", "b:2"]]);
  });

  it("reads micro.json as commands do: a byte order mark, names with dashes, commas in objects, nothing in empty texts", () => {
    const content = {
      "register-ttl": "5s",
      server_metadata: { zones: "a,b" },
      registry: "",
      client_retries: 3,
    };
    assert.deepEqual(fromFile(`\uFEFF${JSON.stringify(content)}`), {
      register_ttl: 5000,
      server_metadata: { zones: "a,b" },
      client_retries: 3,
    });
  });

  for (const [content, detail] of [
    ['{"registry_address":8500}', /registry_address: 8500 is a number/],
    ['{"registry":{"a":1}}', /registry: not a string or a number/],
    ["[]", /not a JSON object/],
    ["{nope", /micro\.json: /],
  ] as const)
    it(`refuses a micro.json of ${content}, as commands do`, () => {
      assert.throws(
        () => fromFile(content),
        (error: { detail?: string; reason?: string }) => {
          assert.match(error.detail ?? "", detail);
          return error.reason === "BAD_CONFIG";
        },
      );
    });
});
