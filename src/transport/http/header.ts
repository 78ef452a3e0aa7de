import { badRequest } from "../../core/errors.js";
import { canonicalName } from "../../core/metadata.js";
import type { Metadata } from "../../core/service.js";

const beyondAscii = /[^ -~]/;
const token = /^[\w!#$%&'*+.^`|~-]+$/;
/** Headers that belong to the connection, not to the message. */
const ofConnection = new Set([
  "Connection",
  "Content-Length",
  "Host",
  "Keep-Alive",
  "Proxy-Connection",
  "Te",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
]);

/** Header values are raw UTF-8 on the wire, which Node's parser shows as latin1. */
export function fromWire(value: string): string {
  return beyondAscii.test(value) ? Buffer.from(value, "latin1").toString() : value;
}

/** The latin1 text whose bytes are `value` in UTF-8; control characters become spaces, as Go writes them. */
export function toWire(value: string): string {
  if (!beyondAscii.test(value)) return value;
  return Buffer.from(value.replace(/\p{Cc}/gu, " ")).toString("latin1");
}

/** Name and value in turn, as they were sent, into the header of a message; of a repeated name the first counts. */
export function readHeader(raw: readonly string[]): Metadata {
  const header: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = canonicalName(raw[i] ?? "");
    if (ofConnection.has(name) || name in header) continue;
    header[name] = fromWire(raw[i + 1] ?? "");
  }
  return header;
}

/**
 * Name and value in turn, ready for the wire.
 * @throws {MicroError} 400 for a name that is no token.
 */
export function writeHeader(header: Metadata): string[] {
  const raw: string[] = [];
  for (const name in header) {
    const canonical = canonicalName(name);
    if (ofConnection.has(canonical)) continue;
    if (!token.test(name)) throw badRequest("go.micro.client", `metadata "${name}": not a header name`);
    raw.push(canonical, toWire(header[name] ?? ""));
  }
  return raw;
}
