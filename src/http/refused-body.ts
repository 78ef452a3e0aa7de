import type { IncomingMessage, ServerResponse } from "node:http";

/** Milliseconds for which what is still sent of a refused body is thrown away. */
const runOff = 500;

/**
 * Reads a refused body away for a moment after the answer: a socket closed while bytes come in is reset, and its
 * client would never read why. Source: what Go's server does.
 */
export function letRunOff(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  if (request.httpVersionMajor === 2) {
    request.resume(); // the session has other streams
    response.once("finish", () => setTimeout(() => request.complete || request.destroy(), runOff).unref());
    return;
  }
  const { socket } = request; // whoever has the body may take the request apart before the answer is out
  request.resume();
  response.once("finish", () => {
    if (request.complete || socket.destroyed) return;
    const timer = setTimeout(end, runOff);
    const over = () => clearTimeout(timer);
    function end(): void {
      if (!request.complete) socket.destroy();
    }
    request.once("close", over);
  });
}
