import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** Milliseconds after a response over HTTP/2 until the rest of a refused body is rejected. */
const runOff = 500;

/** Milliseconds between checks of whether more of a refused body is still arriving over HTTP/1.1. */
const pause = 1000;
const maxChecks = 10;

/**
 * Reads and discards a refused body for a while after the response. A socket that is closed while data arrives is
 * reset, and the client would never see the response. Source: the lingering close of nginx.
 */
export function drainRefusedBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  if (request.httpVersionMajor === 2) {
    request.resume(); // `endWithAnswer` ends it
    return;
  }
  const { socket } = request; // read now: the request may lose it before the response is sent
  request.resume();
  response.once("finish", () => {
    if (request.complete || socket.destroyed) return;
    let { bytesRead } = socket;
    let checks = 0;
    const timer = setInterval(() => {
      const silent = socket.bytesRead === bytesRead;
      bytesRead = socket.bytesRead;
      if (!silent && ++checks < maxChecks) return;
      clearInterval(timer);
      if (!request.complete) socket.destroy();
    }, pause);
    request.once("close", () => clearInterval(timer));
  });
}

/**
 * Ends an HTTP/2 request a moment after its response, even if its body does not end. Otherwise it would stay in flight,
 * even after its connection is closed while part of the body is unread. Checks the stream, because Node reports the
 * response as finished only once it is closed, and the request as complete even if it was cut short.
 */
export function endWithAnswer({ stream }: Http2ServerRequest): void {
  if (stream.endAfterHeaders) return;
  stream.once("finish", () => {
    if (stream.readableEnded || stream.destroyed) return;
    const timer = setTimeout(end, runOff).unref();
    stream.once("close", () => clearTimeout(timer));
  });
  function end(): void {
    stream.close();
    stream.destroy();
  }
}
