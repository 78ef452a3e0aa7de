import type { Socket } from "node:net";
import { MicroError, nodeLost } from "../../../core/errors.js";
import { isCertificateRefused, tlsFailed } from "../../tls.js";
import { type Response, ResponseReader } from "./response-reader.js";

/** Receives the events of a socket: the current call, or a stream. */
export interface SocketListener {
  onResponse(response: Response): void;
  /** Called at most once, with the reason, as the last event. */
  onClosed(error: MicroError): void;
}

/** One HTTP socket to a peer: writes bytes, reads responses. */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #reader: ResponseReader;
  #listener: SocketListener | undefined;
  /** When it became idle, by the monotonic clock. */
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

  /** True between two responses: a peer that closes now cuts none short. */
  get between(): boolean {
    return this.#reader.between;
  }

  setListener(listener: SocketListener | undefined): void {
    this.#listener = listener;
  }

  /** Returns false when the peer reads too slowly: wait for `onDrain` before writing more. */
  write(buffers: readonly Buffer[]): boolean {
    let room = true;
    for (const buffer of buffers) room = this.#socket.write(buffer);
    return room;
  }

  /** Calls back once the written bytes have left the socket's buffer. */
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
    this.#listener = undefined;
    this.#closed = true;
    this.#socket.destroy();
  }

  /** Destroys the socket, and passes the reason to its listener. */
  abandon(error: MicroError): void {
    if (this.#closed) return;
    const listener = this.#listener;
    this.destroy();
    listener?.onClosed(error);
  }

  #onData(bytes: Buffer): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      this.abandon(MicroError.from(error, "go.micro.client"));
    }
  }

  #onResponse(response: Response): void {
    if (this.#listener) this.#listener.onResponse(response);
    else this.destroy();
  }

  #lost(what: string, cause?: unknown): MicroError {
    const detail = `connection to "${this.#address}": ${what}`;
    if (isCertificateRefused(cause)) return tlsFailed("go.micro.client", detail, cause);
    return nodeLost("go.micro.client", detail, { cause });
  }
}
