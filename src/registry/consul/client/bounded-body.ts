import type { IncomingMessage } from "node:http";
import { Writable } from "node:stream";

/** Largest reply of Consul in bytes. Replies about every service, with names and tags, may be larger. */
export const maxReply = 32 * 1024 * 1024;
export const maxList = 128 * 1024 * 1024;
/** Most service names in one reply. */
export const maxNames = 1_000_000;

/**
 * Reads the body of a reply in place of the `consul` package, which has no size limit and never settles if a reply is
 * cut off. Calls `fail` once, when the body exceeds `limit` or the connection breaks.
 */
export class BoundedBody extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly limit: number;
  readonly #fail: () => void;
  #size = 0;
  /** True once the body has exceeded the limit. */
  exceeded = false;

  constructor(limit: number, fail: () => void) {
    super();
    this.limit = limit;
    this.#fail = fail;
    this.once("pipe", (reply: IncomingMessage) => reply.once("error", () => this.#fail()));
    this.on("error", () => this.#fail());
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#size += chunk.length;
    if (this.#size <= this.limit) this.#chunks.push(chunk);
    else if (!this.exceeded) {
      this.exceeded = true;
      this.#chunks.length = 0;
      this.#fail();
    }
    done();
  }
}
