import {
  type FrameLimits,
  frameType,
  headSize,
  maxPayload,
  maxSkipped,
  readUint32,
  violation,
} from "./frames.js";

/** Receives frames. The payload is `bytes` from `start` to `end`. Its memory is not reused, so it may be kept. */
export interface FrameSink {
  frame(type: number, id: number, bytes: Buffer, start: number, end: number): void;
  /** A message was over the limit. Its bytes are skipped. */
  oversized(type: number, id: number): void;
}

/** Splits the bytes of a socket into frames. Memory never exceeds twice the bytes received of a frame. */
export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #sink: FrameSink;
  /** The start of an incomplete frame. */
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Bytes of an oversized message still to skip. */
  #skip = 0;

  constructor(limits: FrameLimits, sink: FrameSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** Takes received bytes. @throws {MicroError} 400 for an invalid type or length. */
  push(chunk: Buffer): void {
    let at = 0;
    if (this.#skip > 0) at = this.#skipBytes(chunk, 0);
    if (this.#length > 0) at = this.#complete(chunk, at);
    while (chunk.length - at >= headSize) {
      const size = this.#sizeOf(chunk, at);
      if (size < 0) at = this.#skipBytes(chunk, at + headSize);
      else if (chunk.length - at < size) break;
      else {
        this.#deliver(chunk, at, size);
        at += size;
      }
    }
    if (at < chunk.length) this.#hold(chunk, at, chunk.length);
  }

  /** Size of the frame that starts at `at`. -1 for one to skip. */
  #sizeOf(bytes: Buffer, at: number): number {
    const length = readUint32(bytes, at);
    const type = bytes[at + 4] ?? 0;
    const max = maxPayload(type, this.#limits);
    if (length <= max && max > 0) return headSize + length;
    if (max === 0) throw violation(`frame of unknown type ${type}`);
    const carriesMessage = type !== frameType.headers && max === maxPayload(frameType.call, this.#limits);
    if (!carriesMessage || length > maxSkipped) throw violation(`frame of type ${type} with ${length} bytes`);
    this.#skip = length;
    this.#sink.oversized(type, readUint32(bytes, at + 5));
    return -1;
  }

  #deliver(bytes: Buffer, at: number, size: number): void {
    this.#sink.frame(bytes[at + 4] ?? 0, readUint32(bytes, at + 5), bytes, at + headSize, at + size);
  }

  #skipBytes(chunk: Buffer, at: number): number {
    const skipped = Math.min(this.#skip, chunk.length - at);
    this.#skip -= skipped;
    return at + skipped;
  }

  /** Completes the held frame. Returns the position in `chunk` after it. */
  #complete(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#length < headSize) {
      const end = Math.min(chunk.length, at + headSize - this.#length);
      this.#hold(chunk, at, end);
      at = end;
      if (this.#length < headSize) return at;
    }
    const size = this.#sizeOf(this.#held, 0);
    if (size < 0) {
      this.#length = 0;
      return this.#skipBytes(chunk, at);
    }
    const end = Math.min(chunk.length, at + size - this.#length);
    this.#hold(chunk, at, end);
    if (this.#length < size) return end;
    const whole = this.#held;
    this.#held = Buffer.alloc(0);
    this.#length = 0;
    this.#deliver(whole, 0, size);
    return end;
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#length, 256));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#length, start, end);
    this.#length = needed;
  }
}
