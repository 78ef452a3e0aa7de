import { Readable } from "node:stream";

/**
 * The body of `request` as a separate stream, for a client library that destroys the stream it gets: a response that
 * comes before the end of the body must not destroy the request and its socket. Reads nothing until it is read itself.
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
    // A client may disconnect before anything is read: that must not be an uncaught error.
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
    // A later error would have no other listener.
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
