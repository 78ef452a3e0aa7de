import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { relayedAnswer } from "./relay-headers.js";

/** Writes a backend's answer to the client as it comes, at the pace of the client. */
export class RelayAnswer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #done: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #onDrain = () => this.#controller?.resume();
  readonly #onClose = () => this.#left();
  #controller: Dispatcher.DispatchController | undefined;
  #started = false;

  constructor(response: ServerResponse, done: () => void, failed: (error: unknown) => void) {
    this.#response = response;
    this.#done = done;
    this.#failed = failed;
    response.on("drain", this.#onDrain);
    response.on("close", this.#onClose);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#response.destroyed) controller.abort(new Error("the client left"));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#started = true;
    const raw = controller.rawHeaders;
    const headers = relayedAnswer(Array.isArray(raw) ? raw : []);
    for (const [name, values] of headers) {
      const [only = ""] = values;
      this.#response.setHeader(name, values.length === 1 ? only : values);
    }
    this.#response.writeHead(status);
    this.#response.flushHeaders();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#release();
    this.#response.end();
    this.#done();
  }

  /** An answer that breaks off in its middle is cut off for the client too: it never looks whole. */
  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    if (this.#started) this.#response.destroy();
    if (this.#started || this.#response.destroyed) this.#done();
    else this.#failed(error);
  }

  #left(): void {
    if (!this.#response.writableFinished) this.#controller?.abort(new Error("the client left"));
  }

  #release(): void {
    this.#response.off("drain", this.#onDrain);
    this.#response.off("close", this.#onClose);
  }
}
