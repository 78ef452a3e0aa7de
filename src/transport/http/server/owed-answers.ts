import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/**
 * What one connection of HTTP/1.1 still has to answer, as far as its end must know: answers go out in order, and only the
 * newest request can be one that has not come whole.
 */
export class OwedAnswers {
  #newest: ServerResponse | undefined;
  #before: ServerResponse | undefined;

  began(response: ServerResponse): void {
    this.#before = this.#newest;
    this.#newest = response;
  }

  /** The last answer to come whose request came whole, or that is written already. */
  get last(): ServerResponse | undefined {
    const newest = this.#newest;
    const last = newest?.req.complete || newest?.writableEnded ? newest : this.#before;
    return last === undefined || isOut(last) ? undefined : last;
  }

  /**
   * Ends a connection of which no more can be read: after the answers that are owed, and with nothing else on it. `refuse`
   * answers what could not be read, where nothing of an answer to that has gone out.
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

const connections = new WeakMap<Duplex, OwedAnswers>();

/** The answers that are owed on `socket`. */
export function owedOn(socket: Duplex): OwedAnswers {
  let answers = connections.get(socket);
  if (answers === undefined) {
    answers = new OwedAnswers();
    connections.set(socket, answers);
  }
  return answers;
}

function isOut(response: ServerResponse): boolean {
  return response.destroyed || response.writableFinished;
}

/** Parsers tell of the same connection again with each of its bytes. */
const ending = new WeakSet<ServerResponse>();

function endAfter(last: ServerResponse, socket: Duplex): void {
  if (ending.has(last)) return;
  ending.add(last);
  last.shouldKeepAlive = false; // it says so, unless its head is out
  last.once("finish", () => socket.end());
}

/** Does `work` once the answers are out that came before; never when the connection is gone. */
export function afterAnswers(socket: Duplex, work: () => void): void {
  const { last } = owedOn(socket);
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
