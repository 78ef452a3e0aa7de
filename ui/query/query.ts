import { ApiError, request } from "../api.js";

/** One query as people put it together. */
export interface Query {
  readonly service: string;
  readonly method: string;
  /** Id of the one node to ask; empty for any. */
  readonly node: string;
  /** JSON text. */
  readonly body: string;
  readonly metadata: readonly (readonly [name: string, value: string])[];
  /** Milliseconds. */
  readonly timeout: number;
}

/** How a query went. */
export interface Answer {
  readonly query: Query;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** JSON text of the response, or of the error. */
  readonly text: string;
  readonly failed: boolean;
  readonly code: number;
  readonly node: string;
  readonly version: string;
  readonly attempts: number;
  /** Milliseconds that the call took, as the dashboard's server saw it. */
  readonly duration: number;
}

/** Sends a query; a failed call is an answer too. @throws {ApiError} when the server cannot be asked */
export async function send(query: Query, signal: AbortSignal): Promise<Answer> {
  const response = await fetch("/query", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: envelope(query),
    signal,
  });
  if (response.status === 401) await request("/events");
  const header = (name: string) => decodeURIComponent(response.headers.get(`X-Micro-${name}`) ?? "");
  if (header("Duration") === "" && !response.ok) throw new ApiError(response.status, await response.text());
  const text = await response.text();
  return {
    query,
    time: Date.now(),
    text,
    failed: !response.ok,
    code: response.ok ? response.status : codeOf(text, response.status),
    node: header("Node"),
    version: header("Version"),
    attempts: Number(header("Attempts")),
    duration: Number(header("Duration")),
  };
}

/** The code of the error, which the status is not where that would make a browser ask again. */
function codeOf(text: string, status: number): number {
  try {
    const { code } = JSON.parse(text) as { code?: unknown };
    if (typeof code === "number" && code !== 0) return code;
  } catch {}
  return status;
}

/** The body goes in as the text it is: no number is rounded on the way. */
function envelope({ service, method, node, metadata, timeout, body }: Query): string {
  const rest = JSON.stringify({ service, method, node, timeout, metadata: Object.fromEntries(metadata) });
  return `${rest.slice(0, -1)},"request":${body.trim() === "" ? "{}" : body}}`;
}
