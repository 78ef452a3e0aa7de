import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { readAtMost } from "../../core/async/read-at-most.js";
import { MicroError, unavailable } from "../../core/errors.js";
import { watchSocket } from "../../http/stream/websocket.js";
import { isUnknownRoute } from "./answer.js";
import type { SidecarHttp } from "./http.js";

const id = "go.micro.client";
/** Largest message in bytes. */
const limit = 4 * 1024 * 1024;
/** Time limit of the handshake in milliseconds. */
const handshakeTimeout = 5000;
/** Number of unread messages at which reading pauses. */
const highWater = 64;

/** A WebSocket to a sidecar. Send with `send`, iterate to receive. A broken connection is an error. */
export class SidecarSocket implements AsyncIterable<string>, AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #unread: string[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: unknown;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#unread.push(data.toString());
      if (this.#unread.length >= highWater) socket.pause();
      this.#wake?.();
    });
    socket.on("close", (code, reason) => this.#end(closing(code, reason.toString())));
    socket.on("error", (error) => this.#end(error));
  }

  /** @throws {MicroError} 503 if nothing answers. The sidecar's error if it does not open a WebSocket. */
  static async open(http: SidecarHttp, path: string, signal?: AbortSignal): Promise<SidecarSocket> {
    const { WebSocket } = await import("ws");
    const url = new URL(`${http.url.pathname.replace(/\/$/, "")}${path}`, http.url);
    url.protocol = http.url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, {
      headers: http.header,
      maxPayload: limit,
      perMessageDeflate: false,
      handshakeTimeout,
      ...http.tls,
    });
    const opened = new SidecarSocket(socket);
    watchSocket(socket);
    const stop = () => socket.terminate();
    signal?.addEventListener("abort", stop, { once: true });
    socket.once("close", () => signal?.removeEventListener("abort", stop));
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("unexpected-response", (_, answer) => {
        refusal(answer).then((error) => reject(error ?? refused(http, path, answer.statusCode ?? 0)), reject);
      });
      socket.once("error", (error) => reject(signal?.aborted ? signal.reason : unreachable(http, error)));
      socket.once("close", () =>
        reject(signal?.aborted ? signal.reason : unreachable(http, new Error("closed"))),
      );
    }).catch((error: unknown) => {
      socket.terminate();
      throw error;
    });
    return opened;
  }

  /**
   * Sends a text frame, or a binary one for bytes that are not UTF-8. Resolves when the frame is handed to the network,
   * and also if the peer has ended the stream regularly: the iteration then reports the end.
   */
  send(data: string | Uint8Array): Promise<void> {
    const binary = typeof data !== "string" && !isUtf8(data);
    return new Promise((resolve, reject) => {
      const settle = () => (this.#failure === undefined ? resolve() : reject(this.#failure));
      this.#socket.send(data, { binary }, (error) => {
        if (!error) resolve();
        // the reason is known once it has closed
        else if (this.#ended) settle();
        else this.#socket.once("close", settle);
      });
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (;;) {
      const text = this.#unread.shift();
      if (text !== undefined) {
        if (this.#unread.length === 0) this.#socket.resume();
        yield text;
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    const closed = once(this.#socket, "close").catch(() => undefined);
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), 1000);
    await closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(failure: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake?.();
  }
}

/** Reads a close code: 1000 is the normal end, 4000 and above an error code, with its detail. */
function closing(code: number, reason: string): MicroError | undefined {
  if (code === 1000) return undefined;
  if (code >= 4000) return new MicroError(id, code - 4000, reason);
  return new MicroError(id, 502, `the stream broke: ${reason || `closed with ${code}`}`, {
    reason: "STREAM_BROKEN",
  });
}

/** Reads the error of a sidecar that did not open a WebSocket. Old ones send plain text. */
async function refusal(answer: IncomingMessage): Promise<MicroError | undefined> {
  const { bytes } = await readAtMost(answer, 65_536);
  const told = MicroError.parse(bytes.toString());
  return told.code === 0 || isUnknownRoute(told) ? undefined : told;
}

function refused(http: SidecarHttp, path: string, status: number): MicroError {
  const place = `sidecar at ${http.url.host}`;
  const where = path.replace(/\?.*/, "");
  if (status === 404)
    return new MicroError(id, 501, `${place} is too old for ${where}: update it`, { reason: "REMOTE_ERROR" });
  return new MicroError("go.micro.sidecar", status, `${place} refused ${where}`);
}

function unreachable(http: SidecarHttp, error: Error): MicroError {
  const code = (error as NodeJS.ErrnoException).code ?? error.message;
  return unavailable(id, `sidecar at ${http.url.host} is unreachable: ${code}`, {
    reason: "SIDECAR_UNREACHABLE",
    cause: error,
  });
}
