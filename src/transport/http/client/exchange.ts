import { type MicroError, timeout } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { CallLimits } from "../../transport.js";
import type { ClientSocket, Listening } from "./client-socket.js";
import { isSuccess, readReply } from "./reply.js";
import type { Response } from "./response-reader.js";

/** A call as it was asked for, and who waits for it. */
export interface Asked {
  readonly message: Message;
  readonly limits: CallLimits;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
}

/** Told once that a call is through, and whether its socket may take another. */
type OnSettled = (exchange: ClientExchange, reusable: boolean) => void;

/** One call on one socket. What comes first settles it: the response, the limits, or the loss of the socket. */
export class ClientExchange implements Listening {
  readonly socket: ClientSocket;
  /** Of the monotonic clock, in milliseconds. */
  readonly expires: number;
  readonly #asked: Asked;
  readonly #onSettled: OnSettled;
  readonly #onAbort: (() => void) | undefined;

  constructor(socket: ClientSocket, asked: Asked, onSettled: OnSettled) {
    const { signal, timeout = Number.POSITIVE_INFINITY, now = performance.now() } = asked.limits;
    this.socket = socket;
    this.expires = now + timeout;
    this.#asked = asked;
    this.#onSettled = onSettled;
    this.#onAbort = signal && (() => this.#fail(signal.reason));
    if (this.#onAbort) signal?.addEventListener("abort", this.#onAbort);
    socket.listen(this);
  }

  expire(address: string): void {
    this.#fail(late(address));
  }

  onResponse(response: Response): void {
    const { message, resolve, reject } = this.#asked;
    this.#settle(isSuccess(message, response) && this.socket.between);
    try {
      resolve(readReply(response));
    } catch (error) {
      reject(error);
    }
  }

  onClosed(error: MicroError): void {
    this.#fail(error);
  }

  #fail(reason: unknown): void {
    this.#settle(false);
    this.#asked.reject(reason);
  }

  #settle(reusable: boolean): void {
    if (this.#onAbort) this.#asked.limits.signal?.removeEventListener("abort", this.#onAbort);
    this.socket.listen(undefined);
    this.#onSettled(this, reusable);
  }
}

export function late(address: string): MicroError {
  return timeout("go.micro.client", `call "${address}": no response in time`, { executed: "unknown" });
}
