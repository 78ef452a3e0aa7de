import type { Socket } from "node:net";
import { sleep } from "../../core/time/clock.js";

/** What can go wrong between two programs: the fault of a `FaultProxy`, told apart by `kind`. */
export type Fault = NoFault | Delay | Hang | HalfOpen | Reset | Trickle | Truncate | Corrupt | Refuse;

/** Everything works. */
export interface NoFault {
  /** Tells the fault apart. */
  readonly kind: "none";
}

/** Data arrives late. */
export interface Delay {
  /** Tells the fault apart. */
  readonly kind: "delay";
  /** Milliseconds that every chunk is late. */
  readonly ms: number;
}

/** No data arrives, and nothing is closed. */
export interface Hang {
  /** Tells the fault apart. */
  readonly kind: "hang";
}

/** When one side closes, the other is not told. */
export interface HalfOpen {
  /** Tells the fault apart. */
  readonly kind: "halfOpen";
}

/** Open connections are reset, and new ones as soon as they open. */
export interface Reset {
  /** Tells the fault apart. */
  readonly kind: "reset";
}

/** Replies arrive in small pieces. */
export interface Trickle {
  /** Tells the fault apart. */
  readonly kind: "trickle";
  /** Size of a piece. */
  readonly bytes: number;
  /** Milliseconds between two pieces. */
  readonly ms: number;
}

/** Connections close in the middle of a reply. */
export interface Truncate {
  /** Tells the fault apart. */
  readonly kind: "truncate";
  /** Number of bytes of replies to let through. */
  readonly bytes: number;
}

/** Bytes of replies are changed. */
export interface Corrupt {
  /** Tells the fault apart. */
  readonly kind: "corrupt";
  /** Every how many bytes one is changed. */
  readonly every: number;
}

/** Nothing listens: connections are refused. */
export interface Refuse {
  /** Tells the fault apart. */
  readonly kind: "refuse";
}

/** Returns a function that writes chunks of one direction with a fault. Some faults affect replies only. */
export function disturbance(to: Socket, reply: boolean): (chunk: Buffer, fault: Fault) => Promise<void> {
  /** Bytes passed since the fault started. */
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
