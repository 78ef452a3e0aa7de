import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { missing, optionalPackages } from "../../src/core/optional-packages.js";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Record<
  string,
  Record<string, string> | undefined
>;

describe("optional packages", () => {
  it("have the ranges of package.json", () => {
    const etcd3 = manifest.peerDependencies?.etcd3 ?? manifest.devDependencies?.etcd3;
    assert.deepEqual({ ...optionalPackages }, { ...manifest.optionalDependencies, etcd3 });
  });

  it("are named with their install command when missing", async () => {
    const absent = Object.assign(new Error("Cannot find package 'ioredis' imported from /app/x.js"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    await assert.rejects(Promise.reject(absent).catch(missing("ioredis")), {
      reason: "BACKEND_MISSING",
      message: /not installed: npm install "ioredis@\^6\.0\.0"$/,
    });
  });

  it("do not hide their own errors", async () => {
    const broken = Object.assign(new Error("Cannot find package 'other' imported from x.js"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    await assert.rejects(Promise.reject(broken).catch(missing("ioredis")), broken);
  });
});
