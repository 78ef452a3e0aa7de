import type { IncomingMessage, ServerResponse } from "node:http";

/** Milliseconds for which what is still sent of a refused body is thrown away. */
const runOff = 500;

/**
 * Reads a refused body away for a moment after the answer: a socket closed while bytes come in is reset, and its
 * client would never read why. Source: what Go's server does.
 */
export function letRunOff(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.httpVersionMajor !== 1) return;
  request.resume();
  response.once("finish", () => {
    const timer = setTimeout(() => request.complete || request.socket.destroy(), runOff);
    request.socket.once("close", () => clearTimeout(timer));
  });
}
