import type { Stream } from "../../client/client.js";
import type { MicroError } from "../../core/errors.js";
import { type EventStream, oneLine } from "./event-stream.js";
import { isToldByReading } from "./told-by-reading.js";

/** The format in which messages of a stream are written to a response. */
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

export interface StreamAnswer {
  readonly requests: readonly Uint8Array[];
  readonly form: StreamFormat;
  /** Converts an error to the one for the client. */
  readonly shown: (error: unknown) => MicroError;
  /** Ends the stream when the program stops. */
  readonly stopping?: AbortSignal;
}

/** Sends requests into a stream of JSON messages, and writes its responses at the client's pace. */
export async function answerStream(
  events: EventStream,
  stream: Stream<Uint8Array>,
  { requests, form, shown, stopping }: StreamAnswer,
): Promise<void> {
  const close = () => void stream.close();
  stopping?.addEventListener("abort", close, { once: true, signal: events.signal });
  events.signal.addEventListener("abort", close, { once: true });
  if (events.signal.aborted || stopping?.aborted) close();
  let refused: unknown;
  const sending = sendAll(stream, requests).catch((error: unknown) => {
    if (isToldByReading(error)) return;
    refused = error;
    close();
  });
  try {
    for await (const response of stream) {
      events.write(form.message(oneLine(response)));
      await events.drained();
    }
    if (refused !== undefined) throw refused;
    events.write(form.end);
  } catch (error) {
    events.write(form.error(JSON.stringify(shown(error))));
  } finally {
    events.end();
    await stream.close();
    await sending;
  }
}

/** Runs concurrently with the reading, because a service may answer each request before it reads the next. */
async function sendAll(stream: Stream<Uint8Array>, requests: readonly Uint8Array[]): Promise<void> {
  for (const request of requests) await stream.send(request);
  await stream.end();
}
