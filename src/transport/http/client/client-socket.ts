import type { Socket } from "node:net";
import { MicroError, nodeLost } from "../../../core/errors.js";
import { isCertificateRefused, tlsFailed } from "../../tls.js";
import { type Response, ResponseReader } from "./response-reader.js";

/** Who listens to a socket: one call at a time, or one stream. */
export interface Listening {
  onResponse(response: Response): void;
  /** Told once, with the reason; nothing comes after it. */
  onClosed(error: MicroError): void;
}

/** One connection to a peer of the Go wire: bytes out, responses in. */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #reader: ResponseReader;
  #listening: Listening | undefined;
  /** When it became idle, in milliseconds of `performance.now()`. */
  idleSince = 0;
  #closed = false;

  constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    this.#reader = new ResponseReader((response) => this.#onResponse(response));
    socket.on("data", (bytes: Buffer) => this.#onData(bytes));
    socket.on("end", () => this.abandon(this.#lost("closed by the peer")));
    socket.on("error", (error) => this.abandon(this.#lost(error.message, error)));
    socket.on("close", () => this.abandon(this.#lost("closed")));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True where a response ends: a peer that closes here cut nothing. */
  get between(): boolean {
    return this.#reader.between;
  }

  listen(listening: Listening | undefined): void {
    this.#listening = listening;
  }

  /** False when the peer is slower than we are: wait for `drained`. */
  write(buffers: readonly Buffer[]): boolean {
    let room = true;
    for (const buffer of buffers) room = this.#socket.write(buffer);
    return room;
  }

  /** Calls back once the peer has taken what was written. */
  onDrain(drained: () => void): void {
    this.#socket.once("drain", drained);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#listening = undefined;
    this.#closed = true;
    this.#socket.destroy();
  }

  /** Destroys it, and tells whoever listens why. */
  abandon(error: MicroError): void {
    if (this.#closed) return;
    const listening = this.#listening;
    this.destroy();
    listening?.onClosed(error);
  }

  #onData(bytes: Buffer): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.abandon(MicroError.from(error, "go.micro.client"));
    }
  }

  #onResponse(response: Response): void {
    if (this.#listening) this.#listening.onResponse(response);
    else this.destroy();
  }

  #lost(what: string, cause?: unknown): MicroError {
    const detail = `connection to "${this.#address}": ${what}`;
    if (isCertificateRefused(cause)) return tlsFailed("go.micro.client", detail, cause);
    return nodeLost("go.micro.client", detail, { cause });
  }
}
