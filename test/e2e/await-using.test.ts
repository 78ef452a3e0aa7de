import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../support/programs/process.js";

const script = fileURLToPath(new URL("../../scripts/check-await-using.js", import.meta.url));

const source = `
declare const open: () => Promise<AsyncDisposable & { work(): Promise<number>; now(): number }>;
export async function using1() { await using part = await open(); return part.work(); }
export async function using2(deep: boolean) { await using part = await open(); if (deep) { return part.work(); } return 1; }
export async function tried() { const part = await open(); try { return part.work(); } finally { part.now(); } }
export async function chosen(a: boolean) { await using part = await open(); return a ? part.work() : 1; }
export async function awaited() { await using part = await open(); return await part.work(); }
export async function value() { await using part = await open(); return part.now(); }
export async function inner() { await using part = await open(); const ask = () => { return part.work(); }; await ask(); }
export async function before() { { await using part = await open(); part.now(); } return open(); }
export async function caught() { const part = await open(); try { part.now(); } finally { part.now(); } return part.work(); }
export async function optional() { await using part = await open().catch(() => undefined); return part?.work(); }
export async function both(a: boolean) { await using part = await open(); return a && part.work(); }
export async function looped() { for await (await using part of [open()]) { return part.work(); } return 1; }
export async function switched(a: number) { switch (a) { case 1: await using part = await open(); return part.work(); default: return 1; } }
export async function maybe(a: boolean) { await using part = await open(); return a && part.now(); }
`;

describe("the check of what is returned out of await using", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "micro-await-"));
    writeFileSync(join(folder, "cases.ts"), source);
  });

  after(() => rmSync(folder, { recursive: true }));

  it("finds a promise that is returned while what it needs is disposed of, and nothing else", async () => {
    await using running = start(process.execPath, [script, folder]);
    assert.equal(await running.closed(), 1, running.stderr);
    const lines = [...running.stderr.matchAll(/cases\.ts:(\d+): return/g)].map(([, line]) => Number(line));
    assert.deepEqual(lines, [3, 4, 5, 6, 12, 13, 14, 15], running.stderr);
  });
});
