import type { FastifyReply } from "fastify";
import { EventStream } from "../event-stream.js";
import { oneLine, type RawStream, readRequest, shownError } from "./raw-stream.js";

/** How responses are written. */
export interface StreamFormat {
  readonly contentType: string;
  message(json: string): string;
  error(json: string): string;
  readonly end: string;
}

export const sse: StreamFormat = {
  contentType: "text/event-stream",
  message: (json) => `event: message\ndata: ${json}\n\n`,
  error: (json) => `event: error\ndata: ${json}\n\n`,
  end: "event: end\ndata: {}\n\n",
};

export const ndjson: StreamFormat = {
  contentType: "application/x-ndjson",
  message: (json) => `${json}\n`,
  error: (json) => `{"error":${json}}\n`,
  end: "",
};

/** Sends the requests, and answers with the responses as they come. @throws {MicroError} 400 for one that is no JSON. */
export async function answer(
  reply: FastifyReply,
  stream: RawStream,
  lines: readonly string[],
  { form, stopping }: { readonly form: StreamFormat; readonly stopping: AbortSignal },
): Promise<void> {
  const requests = lines.map(readRequest);
  const events = new EventStream(reply, form.contentType);
  stopping.addEventListener("abort", () => void stream.close(), { once: true, signal: events.signal });
  const sending = sendAll(stream, requests);
  try {
    for await (const response of stream) {
      events.write(form.message(oneLine(response)));
      await events.drained();
    }
    events.write(form.end);
  } catch (error) {
    events.write(form.error(JSON.stringify(shownError(error))));
  } finally {
    events.end();
    await sending;
  }
}

/** Beside the reading: a service may answer each request before it takes the next. What fails, the reading tells. */
async function sendAll(stream: RawStream, requests: readonly Buffer[]): Promise<void> {
  try {
    for (const request of requests) await stream.send(request);
    await stream.end();
  } catch {
    await stream.close();
  }
}
