import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/free-port.js";
import { needs } from "../support/needs.js";
import { start } from "../support/programs/process.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Pages whose commands run beside the code that they are about. */
const elsewhere = ["sidecar.md", "api.md"];
/** The set-up commands, which have already run before this test. */
const setUp = /^(npm|npx|scripts\/)/;

const pages = [
  "README.md",
  ...readdirSync(`${root}docs`)
    .filter((page) => page.endsWith(".md") && !elsewhere.includes(page))
    .map((page) => `docs/${page}`),
];

function blocksOf(page: string): string[] {
  const text = readFileSync(root + page, "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .map(([, block = ""]) =>
      block
        .split("\n")
        .filter((line) => !setUp.test(line))
        .join("\n"),
    )
    .filter((block) => block.trim() !== "");
}

/** `micro dev --example greeter` on free ports, and a folder with `micro` in it. */
async function system() {
  const bin = mkdtempSync(join(tmpdir(), "micro-docs-"));
  writeFileSync(join(bin, "micro"), `#!/bin/sh\nexec "${process.execPath}" "${root}bin/run.js" "$@"\n`, {
    mode: 0o755,
  });
  const ports = {
    registry: await freePort(),
    api: await freePort(),
    sidecar: await freePort(),
    web: await freePort(),
  };
  const at = (name: keyof typeof ports) => `127.0.0.1:${ports[name]}`;
  const args = [
    `--registry_address=${at("registry")}`,
    `--api_address=${at("api")}`,
    `--sidecar_address=${at("sidecar")}`,
    `--web_address=${at("web")}`,
  ];
  const dev = start(process.execPath, [
    `${root}bin/run.js`,
    "dev",
    "--example",
    "greeter",
    "--json",
    ...args,
  ]);
  await dev.output(/"event":"ready"/);
  const usual = { 8500: ports.registry, 8080: ports.api, 8081: ports.sidecar, 8082: ports.web };
  const run = (block: string) => {
    const script = block.replace(
      /\b(localhost|127\.0\.0\.1):(8500|8080|8081|8082)\b/g,
      (_, _host, usualPort) => {
        return `127.0.0.1:${usual[Number(usualPort) as keyof typeof usual]}`;
      },
    );
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      MICRO_REGISTRY_ADDRESS: at("registry"),
      XDG_CONFIG_HOME: bin,
    };
    return start("bash", ["-euo", "pipefail", "-c", script], { cwd: bin, env });
  };
  return {
    run,
    async [Symbol.asyncDispose]() {
      await dev.kill("SIGTERM");
      rmSync(bin, { recursive: true });
    },
  };
}

describe("the commands in the documentation", needs("curl"), () => {
  it("run as they are written, one block after the other", { timeout: 240_000 }, async (t) => {
    await using micro = await system();
    for (const page of pages)
      for (const block of blocksOf(page))
        await t.test(`${page}: ${block.trim().split("\n", 1)[0]}`, { timeout: 30_000 }, async () => {
          await using shell = micro.run(block);
          assert.equal(await shell.exited(), 0, `${block}\n${shell.stdout}${shell.stderr}`);
        });
  });
});
