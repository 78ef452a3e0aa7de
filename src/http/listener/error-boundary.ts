import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Log, silent } from "../../core/log/log.js";
import { presentable, refuseUpgrade } from "../errors.js";
import { errorAnswer, sendAnswer } from "../message/answer.js";
import { contextOf } from "../message/request-context.js";
import { contain, containListeners, type GuardedRequest, logSafely } from "./uncaught.js";

/** Runs the handling of one request. Any error is logged, and the request is answered with 500 or aborted. */
export function containRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { name, log = silent }: { readonly name: string; readonly log?: Log | undefined },
  work: () => void,
): void {
  const contained = once(request, log, (error) => {
    sendAnswer(request, response, errorAnswer(presentable(error, name, contextOf(request))));
  });
  containListeners(request, contained);
  containListeners(response, contained);
  contain(contained, work);
}

/** The same for an upgrade. Once anything has been written, the socket is destroyed. */
export function containUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { name, log = silent }: { readonly name: string; readonly log?: Log | undefined },
  work: () => void,
): void {
  const before = "bytesWritten" in socket ? socket.bytesWritten : 0;
  const contained = once(request, log, (error) => {
    const written = "bytesWritten" in socket && socket.bytesWritten !== before;
    if (written || !socket.writable) socket.destroy();
    else refuseUpgrade(request, socket, presentable(error, name, contextOf(request)));
  });
  containListeners(request, contained);
  containListeners(socket, contained);
  contain(contained, work);
}

function once(request: IncomingMessage, log: Log, end: (error: unknown) => void): GuardedRequest {
  let failed = false;
  return {
    get id() {
      return contextOf(request).id;
    },
    fail(err) {
      if (failed) return;
      failed = true;
      logSafely(() => log.error({ err, request: contextOf(request).id }, "request failed unexpectedly"));
      try {
        end(err);
      } catch {
        request.socket?.destroy();
      }
    },
  };
}
