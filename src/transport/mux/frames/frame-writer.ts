import { type Executed, MicroError, type Reason, tooLarge } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import {
  type FrameLimits,
  frameType,
  headSize,
  maxControl,
  maxSet,
  messageHeadSize,
  writeUint16,
  writeUint32,
} from "./frames.js";
import { HeaderBlock, tooManyEntries } from "./header-block.js";
import { repeats, SentSets } from "./header-sets.js";
import type { WriteBatcher } from "./write-batcher.js";

/** Values of `executed`, by their code in an error frame. */
export const executedCodes = ["no", "yes", "unknown"] as const;

/** Writes frames to a batcher. */
export class FrameWriter {
  readonly #batcher: WriteBatcher;
  readonly #limits: FrameLimits;
  readonly #sets = new SentSets();
  readonly #block = new HeaderBlock();
  #lastBase: Metadata | undefined;
  #lastSet = 0;
  readonly #defineSet = (index: number, entries: Metadata) => this.#define(index, entries);

  constructor(batcher: WriteBatcher, limits: FrameLimits) {
    this.#batcher = batcher;
    this.#limits = limits;
  }

  /**
   * Writes a frame that carries a message.
   * @returns The size of the frame.
   * @throws {MicroError} 413 over a limit, 400 for an invalid header. Nothing was sent.
   */
  message(type: number, id: number, timeout: number, message: Message): number {
    const { body, more } = message;
    if (body.length > this.#limits.maxBody) throw oversized("body", body.length, this.#limits.maxBody);
    const base = more && message.base ? message.base : message.header;
    const set = base === this.#lastBase ? this.#lastSet : this.#sets.find(base, this.#defineSet);
    const block = this.#collect(base, set, more);
    const batcher = this.#batcher;
    batcher.reserve(headSize + messageHeadSize + block.bound);
    const start = batcher.at;
    const { slab } = batcher;
    const textAt = start + headSize + messageHeadSize;
    const blockSize = block.write(slab, textAt);
    if (blockSize > this.#limits.maxHeader) throw oversized("header", blockSize, this.#limits.maxHeader);
    writeHead(slab, start, messageHeadSize + blockSize + body.length, type, id);
    writeUint16(slab, set, start + headSize);
    writeUint32(slab, timeout, start + headSize + 2);
    writeUint16(slab, blockSize, start + headSize + 6);
    batcher.at = textAt + blockSize;
    batcher.append(body);
    batcher.messageDone();
    return headSize + messageHeadSize + blockSize + body.length;
  }

  /** Collects the entries that are not in the set. Skips a repeated base that is completely in its set. */
  #collect(base: Metadata, set: number, more: Metadata | undefined): HeaderBlock {
    const block = this.#block;
    block.clear();
    if (base !== this.#lastBase) {
      this.#add(base, set !== 0);
      if (block.size === 0) {
        this.#lastBase = base;
        this.#lastSet = set;
      }
    }
    if (more) this.#add(more, false);
    if (tooManyEntries(block.size)) throw oversized("header entries", block.size, 255);
    return block;
  }

  #add(entries: Metadata, inSet: boolean): void {
    const block = this.#block;
    for (const name in entries) {
      if (inSet && repeats(name)) continue;
      block.add(name, entries[name] ?? "");
      if (block.chars > this.#limits.maxHeader)
        throw oversized("header", block.chars, this.#limits.maxHeader);
    }
  }

  #define(index: number, entries: Metadata): void {
    const block = this.#block;
    block.clear();
    for (const name in entries) block.add(name, entries[name] ?? "");
    const batcher = this.#batcher;
    batcher.reserve(headSize + block.bound);
    const start = batcher.at;
    const size = block.write(batcher.slab, start + headSize);
    if (size > maxSet) throw oversized("header", size, maxSet);
    writeHead(batcher.slab, start, size, frameType.headers, index);
    this.#lastBase = undefined;
    batcher.at = start + headSize + size;
  }

  /** Writes an error frame, which refuses a call or breaks a stream. */
  error(id: number, error: MicroError): void {
    const detail = Buffer.from(error.detail).subarray(0, maxControl - 3);
    this.#plain(frameType.error, id, 3 + detail.length);
    const { slab, at } = this.#batcher;
    writeUint16(slab, error.code, at);
    slab[at + 2] = Math.max(0, executedCodes.indexOf(error.executed ?? "unknown"));
    slab.set(detail, at + 3);
    this.#batcher.at += 3 + detail.length;
  }

  end(id: number): void {
    this.#plain(frameType.end, id, 0);
  }

  cancel(id: number): void {
    this.#plain(frameType.cancel, id, 0);
  }

  /** Grants the peer `bytes` of credit. Id 0 stands for the connection. */
  window(id: number, bytes: number): void {
    this.#plain(frameType.window, id, 4);
    writeUint32(this.#batcher.slab, bytes, this.#batcher.at);
    this.#batcher.at += 4;
  }

  ping(): void {
    this.#plain(frameType.ping, 0, 0);
  }

  pong(): void {
    this.#plain(frameType.pong, 0, 0);
  }

  /** Tells the peer that ids above `last` were not and will not be executed, and why. */
  goaway(last: number, reason: string): void {
    const text = Buffer.from(reason).subarray(0, maxControl);
    this.#plain(frameType.goaway, last, text.length);
    this.#batcher.slab.set(text, this.#batcher.at);
    this.#batcher.at += text.length;
  }

  #plain(type: number, id: number, length: number): void {
    this.#batcher.reserve(headSize + length);
    writeHead(this.#batcher.slab, this.#batcher.at, length, type, id);
    this.#batcher.at += headSize;
  }
}

function writeHead(bytes: Buffer, at: number, length: number, type: number, id: number): void {
  writeUint32(bytes, length, at);
  bytes[at + 4] = type;
  writeUint32(bytes, id, at + 5);
}

function oversized(what: string, size: number, limit: number): MicroError {
  return tooLarge("go.micro.transport", `write message: ${what} of ${size} is over ${limit}`, {
    executed: "no",
  });
}

/** Reads an error frame. */
export function readError(bytes: Buffer, start: number, end: number): MicroError {
  const code = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
  const executed = executedCodes[bytes[start + 2] ?? 2] ?? "unknown";
  const detail = bytes.toString("utf8", Math.min(start + 3, end), end);
  return new MicroError("go.micro.transport", code, detail, { executed, reason: reasonOf(code, executed) });
}

/** The reason of an error frame. A 503 "not executed" means overload: a draining server sends `goaway` instead. */
function reasonOf(code: number, executed: Executed): Reason {
  if (code === 413) return "TOO_LARGE";
  if (code === 503 && executed === "no") return "OVERLOADED";
  if (code === 503) return "NODE_UNREACHABLE";
  return code === 400 ? "BAD_REQUEST" : "STREAM_BROKEN";
}
