import type { ServerResponse } from "node:http";
import { checkHeader } from "../message/write-head.js";
import { relayedAnswer } from "./relay-headers.js";

/** Headers that are not allowed as trailers: framing, routing and authentication. Source: RFC 9110, 6.5.1. */
const refused =
  /^(?:content-(?:encoding|length|range|type)|host|authorization|set-cookie|cache-control|expect|max-forwards|location)$/i;

/**
 * The trailers of a backend's response to pass on, alternating names and values. Most responses have none.
 * @throws {MicroError} 502 for one that HTTP cannot carry.
 */
export function relayedTrailers(raw: readonly (Buffer | string)[]): readonly string[] {
  if (raw.length === 0) return [];
  const headers = relayedAnswer(raw);
  const kept = headers.filter((_, i) => !refused.test(headers[i - (i % 2)] ?? ""));
  for (let i = 0; i + 1 < kept.length; i += 2) checkHeader(kept[i] ?? "", kept[i + 1] ?? "");
  return kept;
}

/** Adds trailers to a chunked response. Any other cannot have them. */
export function addTrailers(response: ServerResponse, trailers: readonly string[]): void {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i + 1 < trailers.length; i += 2) {
    const name = (trailers[i] ?? "").toLowerCase();
    const before = fields[name];
    const value = trailers[i + 1] ?? "";
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  response.addTrailers(fields as never);
}
