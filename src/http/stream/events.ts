import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Stream } from "../../client/client.js";
import { MicroError } from "../../core/errors.js";
import { presentable } from "../errors.js";
import { contextOf } from "../message/request-context.js";
import { hasLeft } from "../message/write-head.js";

/** Milliseconds between two comments, which keep proxies and idle limits from cutting a quiet stream. */
const keepAlive = 10_000;

/** True for a client that reads server-sent events. */
export function wantsEvents({ headers }: IncomingMessage): boolean {
  return /(^|,)\s*text\/event-stream\s*(;|,|$)/i.test(headers.accept ?? "");
}

/**
 * Sends `request` into a stream of JSON messages and each answer as an event; then an event `end`, or `error` with
 * the error's object. The stream is read at the pace of the client.
 */
export async function sendEvents(
  response: ServerResponse,
  stream: Stream<Uint8Array>,
  request: Uint8Array,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.flushHeaders();
  const timer = setInterval(() => response.write(": keep-alive\n\n"), keepAlive);
  timer.unref();
  try {
    await stream.send(request);
    await stream.end();
    for await (const message of stream) await write(response, event("message", message));
    response.end(event("end", Buffer.from("{}")));
  } catch (error) {
    response.end(
      event(
        "error",
        Buffer.from(JSON.stringify(presentable(error, "go.micro.api", contextOf(response.req)))),
      ),
    );
  } finally {
    clearInterval(timer);
    await stream.close();
  }
}

/** An event's data is one line: a newline inside JSON text can only be white space. */
function event(name: string, json: Uint8Array): string {
  const data = Buffer.from(json)
    .toString()
    .replace(/[\r\n]+/g, " ")
    .trim();
  return `event: ${name}\ndata: ${data}\n\n`;
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (hasLeft(response)) throw new MicroError("go.micro.api", 499, "the caller left");
  if (!response.write(text)) await room(response);
}

/** Resolves when more may be written, or the reader has left; nothing listens on after that. */
async function room(response: ServerResponse): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]).finally(() =>
    over.abort(),
  );
}
