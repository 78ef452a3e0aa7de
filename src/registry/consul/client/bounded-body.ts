import type { IncomingMessage } from "node:http";
import { Writable } from "node:stream";

/** Bytes that a reply of Consul may have; one about every service, with their names and tags, more. */
export const maxReply = 32 * 1024 * 1024;
export const maxList = 128 * 1024 * 1024;
/** Names of services in one reply. */
export const maxNames = 1_000_000;

/**
 * Takes the body of a reply in place of the client, which has no limit and never settles when a reply is cut.
 * `fail` is called once, when the body is over `limit` or its connection breaks.
 */
export class BoundedBody extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly limit: number;
  readonly #fail: () => void;
  #size = 0;
  /** The body was over the limit. */
  overflown = false;

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
    else if (!this.overflown) {
      this.overflown = true;
      this.#chunks.length = 0;
      this.#fail();
    }
    done();
  }
}
