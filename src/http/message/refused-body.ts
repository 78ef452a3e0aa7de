import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";

/** Milliseconds after an answer over HTTP/2 after which what is still sent of a refused body is refused. */
const runOff = 500;

/** What is still sent of a refused body is read away while bytes come in: milliseconds between two looks. */
const pause = 1000;
const mostLooks = 10;

/**
 * Reads a refused body away for a while after the answer: a socket closed while bytes come in is reset, and its
 * client would never read why. Source: the lingering close of nginx.
 */
export function drainRefusedBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  if (request.httpVersionMajor === 2) {
    request.resume(); // `endWithAnswer` ends it
    return;
  }
  const { socket } = request; // whoever has the body may take the request apart before the answer is out
  request.resume();
  response.once("finish", () => {
    if (request.complete || socket.destroyed) return;
    let { bytesRead } = socket;
    let looks = 0;
    const timer = setInterval(() => {
      const silent = socket.bytesRead === bytesRead;
      bytesRead = socket.bytesRead;
      if (!silent && ++looks < mostLooks) return;
      clearInterval(timer);
      if (!request.complete) socket.destroy();
    }, pause);
    request.once("close", () => clearInterval(timer));
  });
}

/**
 * Ends a request of HTTP/2 a moment after its answer, though its body does not end: until then it is under way, also when
 * its connection is gone and a part of the body is unread. It asks the stream, as Node calls the response finished no earlier
 * than closed, and the request complete when it was cut short.
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
