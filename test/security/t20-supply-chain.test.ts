import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  readonly packages: Readonly<Record<string, Locked>>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
const base = packages.filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional);

/** Versions below these have known faults, or were malware. */
const floors: Readonly<Record<string, string>> = {
  fastify: "5.12.3",
  "@fastify/reply-from": "12.6.2",
  "@fastify/http-proxy": "11.4.4",
  "@fastify/static": "10.1.3",
  ws: "8.21.0",
  undici: "7.29.1",
  chalk: "5.6.2",
  protobufjs: "7.5.5",
};
/** Command line tools of oclif bring an old chalk of their own, from before the one that was malware. */
const harmless = /^[1-4]\./;

const permissive =
  /^(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Python-2\.0)$/;

function below(version: string, floor: string): boolean {
  const order = new Intl.Collator("en", { numeric: true });
  return order.compare(version, floor) < 0;
}

describe("T20: what is installed", () => {
  it("is pinned with integrity", () => {
    const loose = packages.filter(([path, { integrity }]) => path.includes("node_modules/") && !integrity);
    assert.deepEqual(
      loose.map(([path]) => path),
      [],
    );
  });

  it("is above the floors of known faults", () => {
    const low = packages.filter(([path, { version = "" }]) => {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      const floor = floors[name];
      return floor !== undefined && below(version, floor) && !(name === "chalk" && harmless.test(version));
    });
    assert.deepEqual(
      low.map(([path, { version }]) => `${path} ${version}`),
      [],
    );
  });

  it("runs no install script, has a permissive licence, and is not too much", () => {
    assert.deepEqual(
      base.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
      [],
    );
    const others = base.filter(
      ([, { license = "" }]) =>
        !license
          .replace(/[()]/g, "")
          .split(/ OR | AND /)
          .some((each) => permissive.test(each)),
    );
    assert.deepEqual(
      others.map(([path, { license }]) => `${path} ${license}`),
      [],
    );
    assert.ok(base.length <= 190, `${base.length} packages`);
  });
});
