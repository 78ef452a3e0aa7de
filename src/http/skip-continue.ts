import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Sockets of ours; `waits` while a request was sent and the head of its answer is not there. */
const waits = Symbol("waits for an answer");
type Waiting = Socket & { [waits]?: boolean };

let listening = false;

/**
 * Leaves out each `100 Continue` before an answer, which a server may send without being asked: undici takes it for
 * garbage. Source: RFC 9110, 15.2. undici tells on a channel when it sends a request, and reads by `read`.
 */
export function skipContinue<T extends Socket>(socket: T): T {
  if (!listening) subscribe("undici:client:sendHeaders", onRequestSent);
  listening = true;
  const read = socket.read.bind(socket);
  let held: Buffer | undefined;
  (socket as Waiting)[waits] = false;
  socket.read = (size?: number) => {
    let chunk = read(size) as Buffer | null;
    while (chunk !== null && (socket as Waiting)[waits]) {
      const rest = withoutContinue(held ? Buffer.concat([held, chunk]) : chunk);
      held = rest.isWhole ? undefined : rest.bytes;
      if (rest.isWhole) {
        (socket as Waiting)[waits] = false;
        return rest.bytes;
      }
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

const start = Buffer.from("HTTP/1.1 100");
/** Bytes of an interim answer that are kept until its end is there. */
const most = 64 * 1024;

/** What follows the interim answers; not whole while it may still be one itself. */
function withoutContinue(bytes: Buffer): { readonly bytes: Buffer; readonly isWhole: boolean } {
  let rest = bytes;
  for (;;) {
    const compared = Math.min(rest.length, start.length);
    if (start.compare(rest, 0, compared, 0, compared) !== 0) return { bytes: rest, isWhole: true };
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return { bytes: rest, isWhole: rest.length > most };
    rest = rest.subarray(end + 4);
  }
}
