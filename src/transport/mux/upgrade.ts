import type { Socket } from "node:net";
import type { Abortable } from "../../core/closeable.js";
import { type MicroError, unavailable } from "../../core/errors.js";
import { systemClock } from "../../core/time/clock.js";
import { isCertificateRefused, tlsFailed } from "../tls.js";

/** The token in the `Upgrade` header. */
export const protocol = "micro-mux";

/** Maximum size of the response to an upgrade request, in bytes. */
const maxAnswer = 8 * 1024;

export interface UpgradeOptions extends Abortable {
  /** Milliseconds to wait for the response. Default 1000. */
  readonly timeout?: number;
}

/** Accepts an upgrade request: from here on the socket carries frames. */
export function acceptUpgrade(socket: Socket): void {
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
}

/**
 * Requests the upgrade on `socket`. Resolves with the bytes that followed the 101 response. Undefined, with the socket
 * closed, if the peer answered anything else: then use HTTP.
 * @throws {MicroError} 503, not executed, if it did not answer.
 */
export function requestUpgrade(
  socket: Socket,
  address: string,
  options: UpgradeOptions = {},
): Promise<Buffer | undefined> {
  const { signal, timeout = 1000 } = options;
  const reading = new AnswerReader(socket, address);
  const late = () => reading.fail(unanswered(address, `none within ${timeout} ms`));
  const timer = systemClock.schedule(timeout, late);
  const onAbort = () => reading.fail(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  return reading.answer.finally(() => {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  });
}

/** Reads the head of one HTTP response. */
class AnswerReader {
  readonly answer: Promise<Buffer | undefined>;
  readonly #socket: Socket;
  #resolve: (rest: Buffer | undefined) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #bytes = Buffer.alloc(0);
  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onClose: (error?: unknown) => void;

  constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#onClose = (error) => this.fail(lost(address, error));
    for (const event of ["end", "close", "error"]) socket.on(event, this.#onClose);
    socket.on("data", this.#onData);
  }

  fail(reason: unknown): void {
    this.#leave();
    this.#reject(reason);
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0 && this.#bytes.length <= maxAnswer) return;
    if (end >= 0 && isAccepted(this.#bytes.toString("latin1", 0, end))) {
      this.#detach();
      this.#socket.pause();
      this.#resolve(this.#bytes.subarray(end + 4));
      return;
    }
    this.#leave();
    this.#resolve(undefined);
  }

  #detach(): void {
    for (const event of ["end", "close", "error"]) this.#socket.off(event, this.#onClose);
    this.#socket.off("data", this.#onData);
  }

  #leave(): void {
    this.#detach();
    this.#socket.on("error", () => {});
    this.#socket.destroy();
  }
}

function isAccepted(head: string): boolean {
  const lines = head.toLowerCase().split("\r\n");
  return lines[0]?.startsWith("http/1.1 101 ") === true && lines.includes(`upgrade: ${protocol}`);
}

/** `error` is set for the `error` event of the socket only. */
function lost(address: string, error: unknown): MicroError {
  if (isCertificateRefused(error))
    return tlsFailed("go.micro.transport", `upgrade "${address}": ${error.message}`, error);
  return unanswered(address, "the connection was closed");
}

function unanswered(address: string, why: string): MicroError {
  return unavailable("go.micro.transport", `upgrade "${address}": no answer: ${why}`, { executed: "no" });
}
