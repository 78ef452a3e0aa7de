import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";

/** What a server answered. */
export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

/** One request on a connection of its own; gives up after 20 s. */
export function ask(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const bytes = Buffer.from(typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));
  const sized = method === "GET" ? headers : { "Content-Length": bytes.length, ...headers };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(20_000);
    const sent = request(`${base}${path}`, { method, headers: sized, agent: false, signal }, (response) => {
      const { statusCode: code = 0, headers } = response;
      text(response).then((all) => resolve({ code, headers, text: all, json: parsed(all) }), reject);
    });
    sent.on("error", reject).end(bytes);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
