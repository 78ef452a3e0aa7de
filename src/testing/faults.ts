import type { Socket } from "node:net";
import { sleep } from "../core/clock.js";

/** What can go wrong between two programs. */
export type Fault =
  | { readonly kind: "none" }
  /** Every piece arrives `ms` milliseconds late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Nothing arrives, and nothing is closed. */
  | { readonly kind: "hang" }
  /** That one side has closed, the other is not told. */
  | { readonly kind: "halfOpen" }
  /** Connections are reset, new ones at once. */
  | { readonly kind: "reset" }
  /** Replies arrive `bytes` at a time, every `ms` milliseconds. */
  | { readonly kind: "trickle"; readonly bytes: number; readonly ms: number }
  /** After `bytes` of replies the connection is closed in the middle. */
  | { readonly kind: "truncate"; readonly bytes: number }
  /** In replies every `every`th byte is another one. */
  | { readonly kind: "corrupt"; readonly every: number }
  /** Nothing listens. */
  | { readonly kind: "refuse" };

/** Writes the chunks of one direction as the fault has it; faults of replies spare requests. */
export function disturbance(to: Socket, reply: boolean): (chunk: Buffer, fault: Fault) => Promise<void> {
  /** Bytes passed since the fault began. */
  let passed = 0;
  return async (chunk, fault) => {
    if (fault.kind === "none") passed = 0;
    if (fault.kind === "delay") await sleep(fault.ms);
    if (!reply) return write(to, chunk);
    const from = passed;
    passed += chunk.length;
    if (fault.kind === "trickle") return trickle(to, chunk, fault);
    if (fault.kind === "corrupt") return write(to, corrupted(chunk, from, fault.every));
    if (fault.kind !== "truncate") return write(to, chunk);
    write(to, chunk.subarray(0, Math.max(0, fault.bytes - from)));
    if (passed >= fault.bytes) to.destroySoon();
  };
}

function write(to: Socket, chunk: Buffer): void {
  if (to.writable && chunk.length > 0) to.write(chunk);
}

async function trickle(
  to: Socket,
  chunk: Buffer,
  { bytes, ms }: { bytes: number; ms: number },
): Promise<void> {
  for (let at = 0; at < chunk.length && to.writable; at += bytes) {
    write(to, chunk.subarray(at, at + bytes));
    await sleep(ms);
  }
}

function corrupted(chunk: Buffer, from: number, every: number): Buffer {
  const bytes = Buffer.from(chunk);
  for (let at = every - 1 - (from % every); at < bytes.length; at += every)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return bytes;
}
