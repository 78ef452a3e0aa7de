import type { ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Answer } from "./answer.js";
import { letRunOff } from "./refused-body.js";
import { relayedAnswer } from "./relay-headers.js";

/** Who waits for a backend's answer. */
export interface RelayClient {
  readonly method: string;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Where an answer is written that is streamed. */
  open(): ServerResponse;
  /** Told at the end: the answer, or nothing when it was written as it came. */
  done(answer: Answer | undefined): void;
  /** Told instead when there was no answer. */
  failed(error: unknown): void;
}

/** Bytes of a body that are gathered while one read is taken apart. */
const gathered = 64 * 1024;

/**
 * Hands a backend's answer to the client: whole where head and body came in one read, else as it comes, at the pace of the
 * client. A write of its own for the head costs 23 of 130 µs.
 */
export class RelayAnswer implements Dispatcher.DispatchHandler {
  readonly #client: RelayClient;
  readonly #onLeft = () => this.#controller?.abort(new Error("the client left"));
  readonly #onDrain = () => this.#controller?.resume();
  #controller: Dispatcher.DispatchController | undefined;
  #response: ServerResponse | undefined;
  #ended = false;
  #status = 0;
  #headers: string[] = [];
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(client: RelayClient) {
    this.#client = client;
    client.signal.addEventListener("abort", this.#onLeft);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#client.signal.aborted) this.#onLeft();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const raw = controller.rawHeaders;
    this.#status = status;
    this.#headers = relayedAnswer(Array.isArray(raw) ? raw : []);
    const bodiless = status === 204 || status === 304 || this.#client.method === "HEAD";
    if (bodiless) this.#open();
    else queueMicrotask(() => this.#ended || this.#open());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response) {
      if (!this.#response.write(chunk)) controller.pause();
      return;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > gathered) this.#open();
  }

  onResponseEnd(): void {
    const response = this.#response;
    this.#release();
    if (response) {
      letRunOff(response.req, response);
      response.end();
    }
    this.#client.done(response ? undefined : this.#whole());
  }

  /** An answer that breaks off in its middle is cut off for the client too: it never looks whole. */
  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const started = this.#status !== 0;
    if (started && !this.#client.signal.aborted) this.#open().destroy();
    this.#release();
    if (started || this.#client.signal.aborted) this.#client.done(undefined);
    else this.#client.failed(error);
  }

  #whole(): Answer {
    const headers = this.#headers.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== "content-length");
    const [only = Buffer.alloc(0), ...more] = this.#chunks;
    return {
      status: this.#status,
      headers,
      body: more.length === 0 ? only : Buffer.concat(this.#chunks, this.#size),
    };
  }

  /** Writes what there is, and what comes from now on. */
  #open(): ServerResponse {
    if (this.#response) return this.#response;
    const response = this.#client.open();
    this.#response = response;
    response.on("drain", this.#onDrain);
    const headers = this.#headers;
    for (let i = 0; i + 1 < headers.length; i += 2)
      response.appendHeader(headers[i] ?? "", headers[i + 1] ?? "");
    response.writeHead(this.#status);
    response.flushHeaders();
    let room = true;
    for (const chunk of this.#chunks) room = response.write(chunk);
    if (!room) this.#controller?.pause();
    this.#chunks = [];
    return response;
  }

  #release(): void {
    this.#ended = true;
    this.#client.signal.removeEventListener("abort", this.#onLeft);
    this.#response?.off("drain", this.#onDrain);
  }
}
