import {
  type FrameLimits,
  frameType,
  headSize,
  maxPayload,
  maxSkipped,
  readUint32,
  violation,
} from "./frames.js";

/** What takes the frames; a payload is `bytes` from `start` to `end`, valid during the call, its memory is not reused. */
export interface FrameSink {
  frame(type: number, id: number, bytes: Buffer, start: number, end: number): void;
  /** A message was larger than the limit: its bytes were passed over. */
  oversized(type: number, id: number): void;
}

/** Cuts what a socket delivers into frames. Memory never exceeds twice what the peer really sent of one frame. */
export class FrameReader {
  readonly #limits: FrameLimits;
  readonly #sink: FrameSink;
  /** The beginning of a frame whose end has not come yet. */
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Bytes of an oversized message still to pass over. */
  #skip = 0;

  constructor(limits: FrameLimits, sink: FrameSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** @throws {MicroError} 400 for a type or length that the protocol does not have. */
  push(chunk: Buffer): void {
    let at = 0;
    if (this.#skip > 0) at = this.#passOver(chunk, 0);
    if (this.#length > 0) at = this.#complete(chunk, at);
    while (chunk.length - at >= headSize) {
      const size = this.#sizeOf(chunk, at);
      if (size < 0) at = this.#passOver(chunk, at + headSize);
      else if (chunk.length - at < size) break;
      else {
        this.#deliver(chunk, at, size);
        at += size;
      }
    }
    if (at < chunk.length) this.#hold(chunk, at, chunk.length);
  }

  /** Bytes of the frame that begins at `at`, or -1 for one to pass over. */
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

  #passOver(chunk: Buffer, at: number): number {
    const passed = Math.min(this.#skip, chunk.length - at);
    this.#skip -= passed;
    return at + passed;
  }

  /** Adds to the frame that is held until it is whole. */
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
      return this.#passOver(chunk, at);
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
