import type { IncomingMessage } from "node:http";
import type { Metadata } from "../core/service.js";
import { exchangeOf } from "./exchange.js";

/** Headers of one hop, and what only the program in between may say. */
const dropped =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect|host|http2-settings|timeout|forwarded|x-forwarded-.*|x-micro-.*|micro-.*|:.*)$/i;
const hop =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|proxy-authenticate)$/i;

/**
 * The headers of a relayed request, name after value, in the client's order: first what belongs to the hop is
 * dropped, with all that `Connection` names, then ours are added.
 */
export function relayedRequest(request: IncomingMessage, host: string, added: Metadata): string[] {
  const named = connectionNames(request.headers.connection);
  const ours = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  if (exchangeOf(request).credentials) ours.add("authorization");
  const headers = ["Host", host];
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    const lower = name.toLowerCase();
    if (dropped.test(lower) || named?.has(lower) || ours.has(lower)) continue;
    headers.push(name, rawHeaders[i + 1] ?? "");
  }
  for (const name in added) headers.push(name, added[name] ?? "");
  return headers;
}

/** The headers of a relayed answer: the backend's, without those of the hop; several values stay several. */
export function relayedAnswer(raw: readonly (Buffer | string)[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  const texts = raw.map((part) => (typeof part === "string" ? part : part.toString("latin1")));
  let connection = "";
  for (let i = 0; i + 1 < texts.length; i += 2) {
    const name = texts[i] ?? "";
    const value = texts[i + 1] ?? "";
    if (name.toLowerCase() === "connection") connection += `,${value}`;
    if (hop.test(name)) continue;
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  for (const name of connectionNames(connection) ?? []) headers.delete(name);
  return headers;
}

function connectionNames(connection: string | undefined): Set<string> | undefined {
  if (!connection || /^(keep-alive|close)$/i.test(connection)) return undefined;
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}
