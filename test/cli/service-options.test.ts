import assert from "node:assert/strict";
import { it } from "node:test";
import type { GlobalFlags } from "../../src/cli/flags/global-flags.js";
import { serviceOptions } from "../../src/cli/flags/service-options.js";
import {
  type Kind,
  type ServiceSettingName,
  serviceSettings,
  settings,
} from "../../src/core/settings/settings.js";
import { settingsOf } from "../../src/service/options.js";

/** A value of each kind, as oclif gives it. */
const samples: Partial<Record<Kind, unknown>> = {
  text: "sample",
  address: "127.0.0.1:9",
  host: "host.example",
  list: ["one", "two"],
  pairs: ["zone=a"],
  duration: 1234,
  count: 7,
};

/** What reaches a service as an open registry, a module or the content of files. */
function isOpened(name: ServiceSettingName): boolean {
  return /^(registry(_address)?|plugin|enable_tls|tls_.*)$/.test(name);
}

it("hands each setting that a flag gave to the service, under its own name", () => {
  for (const name of serviceSettings.filter((each) => !isOpened(each))) {
    const { kind } = settings[name];
    const flags = { [name]: samples[kind] } as unknown as GlobalFlags;
    const read = settingsOf(serviceOptions("greeter", flags, { registry: undefined }));
    const expected = kind === "pairs" ? { zone: "a" } : samples[kind];
    assert.deepEqual({ server_name: "greeter", ...read }, { server_name: "greeter", [name]: expected });
  }
});
