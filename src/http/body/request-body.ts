import { Readable } from "node:stream";

/**
 * The body of `request` as a stream of its own, for a client library that destroys the stream it was given: an answer
 * that comes before the whole body must not take the request and its socket along. Nothing is read before it is asked for.
 */
export class RequestBody extends Readable {
  readonly #request: Readable;
  readonly #onData = (chunk: Buffer) => {
    if (!this.push(chunk)) this.#request.pause();
  };
  readonly #onEnd = () => void this.push(null);
  readonly #onError = (error: Error) => this.destroy(error);
  readonly #onClose = () => {
    if (!this.#request.readableEnded) this.destroy(new Error("the request was cut off"));
  };
  #attached = false;

  constructor(request: Readable) {
    super({ highWaterMark: 64 * 1024 });
    this.#request = request;
    // a client that leaves before anybody reads is no unexpected error
    this.on("error", () => {});
  }

  override _read(): void {
    if (!this.#attached) this.#attach();
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const request = this.#request;
    if (this.#attached) request.pause();
    request.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose);
    // an error that comes later has nobody else to hear it
    if (this.#attached) request.off("error", this.#onError).on("error", () => {});
    done(error);
  }

  #attach(): void {
    this.#attached = true;
    const request = this.#request;
    if (request.destroyed) this.#onClose();
    request.on("data", this.#onData).on("end", this.#onEnd);
    request.on("error", this.#onError).on("close", this.#onClose);
  }
}
