import { type MicroError, timeout } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import type { CallLimits } from "../../transport.js";
import type { ClientSocket, SocketListener } from "./client-socket.js";
import { isSuccess, readReply } from "./reply.js";
import type { Response } from "./response-reader.js";

/** A call to send, with the callbacks of its promise. */
export interface HttpCall {
  readonly message: Message;
  readonly limits: CallLimits;
  readonly resolve: (reply: Message) => void;
  readonly reject: (reason: unknown) => void;
}

/** Called once when a call has settled, with whether its socket can be reused. */
type OnSettled = (exchange: ClientExchange, reusable: boolean) => void;

/** One call on one socket. The first of these settles it: the response, the timeout, an abort, or a closed socket. */
export class ClientExchange implements SocketListener {
  readonly socket: ClientSocket;
  /** Deadline, by the monotonic clock. */
  readonly expires: number;
  readonly #call: HttpCall;
  readonly #onSettled: OnSettled;
  readonly #onAbort: (() => void) | undefined;

  constructor(socket: ClientSocket, call: HttpCall, onSettled: OnSettled) {
    const { signal, timeout = Number.POSITIVE_INFINITY, now = performance.now() } = call.limits;
    this.socket = socket;
    this.expires = now + timeout;
    this.#call = call;
    this.#onSettled = onSettled;
    this.#onAbort = signal && (() => this.#fail(signal.reason));
    if (this.#onAbort) signal?.addEventListener("abort", this.#onAbort);
    socket.setListener(this);
  }

  expire(address: string): void {
    this.#fail(late(address));
  }

  onResponse(response: Response): void {
    const { message, resolve, reject } = this.#call;
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
    this.#call.reject(reason);
  }

  #settle(reusable: boolean): void {
    if (this.#onAbort) this.#call.limits.signal?.removeEventListener("abort", this.#onAbort);
    this.socket.setListener(undefined);
    this.#onSettled(this, reusable);
  }
}

export function late(address: string): MicroError {
  return timeout("go.micro.client", `call "${address}": no response in time`, { executed: "unknown" });
}
