import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Tracks the responses that an HTTP/1.1 connection still has to send before it may be closed. Responses go out in
 * order, and only the newest request can be incomplete.
 */
export class PendingResponses {
  #newest: ServerResponse | undefined;
  #before: ServerResponse | undefined;

  began(response: ServerResponse): void {
    this.#before = this.#newest;
    this.#newest = response;
  }

  /** The last pending response whose request is complete, or that is already written. */
  get last(): ServerResponse | undefined {
    const newest = this.#newest;
    const last = newest?.req.complete || newest?.writableEnded ? newest : this.#before;
    return last === undefined || isOut(last) ? undefined : last;
  }

  /**
   * Closes a connection from which nothing more can be read, after its pending responses. Calls `refuse` to answer the
   * unreadable request, unless part of a response to it has been sent.
   */
  end(socket: Duplex, refuse: () => void): void {
    if (!socket.writable) {
      const goingOut = socket.writableEnded && !socket.writableFinished;
      if (!goingOut) socket.destroy();
      return;
    }
    const { last } = this;
    const unread = this.#newest?.req.complete === false ? this.#newest : undefined;
    if (last) endAfter(last, socket);
    else if (unread?.writableEnded) socket.end();
    else if (unread?.headersSent) socket.destroy();
    else refuse();
  }
}

const connections = new WeakMap<Duplex, PendingResponses>();

/** The pending responses of `socket`. */
export function pendingResponsesOn(socket: Duplex): PendingResponses {
  let answers = connections.get(socket);
  if (answers === undefined) {
    answers = new PendingResponses();
    connections.set(socket, answers);
  }
  return answers;
}

function isOut(response: ServerResponse): boolean {
  return response.destroyed || response.writableFinished;
}

/** Responses that `endAfter` has seen: the parser reports an error again for each further chunk. */
const ending = new WeakSet<ServerResponse>();

function endAfter(last: ServerResponse, socket: Duplex): void {
  if (ending.has(last)) return;
  ending.add(last);
  last.shouldKeepAlive = false; // adds `Connection: close`, unless the head has been sent
  last.once("finish", () => socket.end());
}

/** Runs `work` once the pending responses are sent. Never runs it if the connection closes before. */
export function afterResponses(socket: Duplex, work: () => void): void {
  const { last } = pendingResponsesOn(socket);
  if (last === undefined) {
    work();
    return;
  }
  const onError = () => socket.destroy();
  socket.on("error", onError);
  last.once("close", () => {
    socket.off("error", onError);
    if (!socket.destroyed) work();
  });
}
