import type { IncomingMessage } from "node:http";
import { MicroError, timeout, tooLarge, unavailable } from "../../core/errors.js";
import { systemClock } from "../../core/time/clock.js";
import type { SidecarHttp } from "./http.js";

const id = "go.micro.client";
/** Time limit in milliseconds for the head of an answer. */
const headTimeout = 5000;
/** Milliseconds of silence after which the sidecar counts as gone. It sends something every 9 s. */
const longestSilence = 25_000;
/** Longest line in characters. */
const longestLine = 32 * 1024 * 1024;

/** A server-sent event. */
export interface SidecarEvent {
  readonly name: string;
  readonly data: string;
}

/** Must be iterated once or closed: it holds a connection. */
export interface SidecarEvents extends AsyncIterable<SidecarEvent> {
  close(): void;
}

/** Opens the events at `path`. Undefined if the sidecar answers with something else. */
export async function openEvents(
  http: SidecarHttp,
  path: string,
  signal: AbortSignal | undefined,
): Promise<SidecarEvents | undefined> {
  const late = new AbortController();
  const timer = systemClock.schedule(headTimeout, () =>
    late.abort(timeout(id, `sidecar at ${http.url.host} did not answer ${path.replace(/\?.*/, "")}`)),
  );
  try {
    const answer = await http.open({
      method: "GET",
      path,
      header: { accept: "text/event-stream" },
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    });
    if (/^text\/event-stream/.test(answer.headers["content-type"] ?? "")) {
      const events = read(answer, http.url.host);
      return { [Symbol.asyncIterator]: () => events, close: () => void answer.destroy() };
    }
    answer.resume();
    return undefined;
  } finally {
    timer.cancel();
  }
}

/** @throws {MicroError} 503 if the connection breaks, or is silent for too long. */
async function* read(answer: IncomingMessage, host: string): AsyncGenerator<SidecarEvent> {
  const silent = () => answer.destroy(new Error(`silent for ${longestSilence} ms`));
  answer.setTimeout(longestSilence, silent).setEncoding("utf8");
  let [rest, name] = ["", ""];
  try {
    for await (const chunk of answer) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > longestLine) throw tooLarge(id, "an event of the sidecar");
      for (const line of lines) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.trim() === "") name = "";
        else if (line.startsWith("data:")) yield { name, data: line.slice(5) };
      }
    }
  } catch (cause) {
    if (MicroError.is(cause)) throw cause;
    const detail = `the connection to the sidecar at ${host} broke: ${(cause as Error).message}`;
    throw unavailable(id, detail, { reason: "SIDECAR_UNREACHABLE", cause });
  }
}
