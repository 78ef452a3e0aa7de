import { once } from "node:events";
import { WebSocket } from "ws";

/** A WebSocket client whose messages are read one at a time. */
export class Socket implements AsyncDisposable {
  /** All that came, read or not. */
  readonly received: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  #read = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.received.push(String(data)));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** The next message. @throws when none comes within 20 s, or the socket closes. */
  async text(): Promise<string> {
    const signal = AbortSignal.timeout(20_000);
    while (this.received.length <= this.#read) {
      if (this.#socket.readyState !== this.#socket.OPEN) throw new Error("the socket closed");
      await Promise.race([once(this.#socket, "message", { signal }), this.closed]);
    }
    return this.received[this.#read++] ?? "";
  }

  async json() {
    return JSON.parse(await this.text());
  }

  /** Stops reading, so that the other side must keep what it sends. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }
}

/** Opens a WebSocket at an http URL. @throws when the handshake is refused, with the status. */
export async function openSocket(
  url: string,
  protocols: readonly string[] = [],
  headers: Record<string, string> = {},
) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), [...protocols], {
    headers,
    perMessageDeflate: false,
  });
  const opened = new Socket(socket);
  await once(socket, "open");
  return opened;
}
