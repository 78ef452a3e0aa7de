import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Marks the relay's sockets. True while a request was sent and the head of its response has not arrived. */
const waits = Symbol("waits for an answer");
type Waiting = Socket & { [waits]?: boolean };

let listening = false;

/**
 * Removes `100 Continue` responses, which a server may send without being asked, but which undici rejects. Source: RFC
 * 9110, 15.2. Relies on undici's diagnostics channel for sent requests, and on its use of `read`.
 */
export function skipContinue<T extends Socket>(socket: T): T {
  if (!listening) subscribe("undici:client:sendHeaders", onRequestSent);
  listening = true;
  const read = socket.read.bind(socket);
  let held: Buffer = nothing;
  (socket as Waiting)[waits] = false;
  socket.read = (size?: number) => {
    let chunk = read(size) as Buffer | null;
    while (chunk !== null && (socket as Waiting)[waits]) {
      const sifted = sift(held.length > 0 ? Buffer.concat([held, chunk]) : chunk);
      held = sifted.held;
      (socket as Waiting)[waits] = !sifted.over;
      if (sifted.kept.length > 0) return sifted.kept;
      chunk = read() as Buffer | null;
    }
    return chunk;
  };
  return socket;
}

function onRequestSent(message: unknown): void {
  const { socket } = message as { readonly socket: Waiting };
  if (socket[waits] === false) socket[waits] = true;
}

const nothing = Buffer.alloc(0);
const start = "HTTP/1.1 1";
/** Bytes of an incomplete informational response that are held back. */
const maxHeld = 64 * 1024;

interface Sifted {
  /** Bytes for the parser. */
  readonly kept: Buffer;
  /** The start of a possible further informational response. */
  readonly held: Buffer;
  /** True when the final response has started. */
  readonly over: boolean;
}

/** Removes each 100 from the leading informational responses. */
function sift(bytes: Buffer): Sifted {
  const kept: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const line = rest.toString("latin1", 0, start.length + 2);
    if (!isInterim(line)) return { kept: Buffer.concat([...kept, rest]), held: nothing, over: true };
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0 && rest.length > maxHeld)
      return { kept: Buffer.concat([...kept, rest]), held: nothing, over: true };
    if (end < 0) return { kept: Buffer.concat(kept), held: rest, over: false };
    if (!line.endsWith("100")) kept.push(rest.subarray(0, end + 4));
    rest = rest.subarray(end + 4);
  }
}

/** True for the start, even if incomplete, of an informational response other than 101. */
function isInterim(line: string): boolean {
  if (line.length <= start.length) return start.startsWith(line);
  return line.startsWith(start) && !line.endsWith("101");
}
