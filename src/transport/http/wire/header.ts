import { badRequest } from "../../../core/errors.js";
import { canonicalName } from "../../../core/metadata.js";
import type { Metadata } from "../../../core/service.js";

const beyondAscii = /[^ -~]/;
const token = /^[\w!#$%&'*+.^`|~-]+$/;
/** Headers that belong to the connection, not to the message. */
const connectionHeaders = new Set([
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

/** Cache of `writeName`. Bounded, because names may come from the network. */
const written = new Map<string, string>();
const memoised = 1000;

/** Decodes a header value: it is UTF-8 on the wire, but Node's parser reads it as latin1. */
export function fromWire(value: string): string {
  return beyondAscii.test(value) ? Buffer.from(value, "latin1").toString() : value;
}

/** Encodes `value` as a latin1 string of its UTF-8 bytes. Control characters become spaces, as in Go. */
export function toWire(value: string): string {
  if (!beyondAscii.test(value)) return value;
  return Buffer.from(value.replace(/\p{Cc}/gu, " ")).toString("latin1");
}

/** The canonical name of a header. Empty for one that belongs to the connection. */
export function readName(sent: string): string {
  const name = canonicalName(sent);
  return connectionHeaders.has(name) ? "" : name;
}

/** Reads raw headers, which alternate names and values. Of a repeated name, the first value counts. */
export function readHeader(raw: readonly string[]): Metadata {
  const header: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = readName(raw[i] ?? "");
    if (name === "" || name in header) continue;
    header[name] = fromWire(raw[i + 1] ?? "");
  }
  return header;
}

/** The name to send. Empty for a header of the connection. @throws {MicroError} 400 for an invalid name. */
function writeName(name: string): string {
  const known = written.get(name);
  if (known !== undefined) return known;
  if (!token.test(name)) throw badRequest("go.micro.client", `metadata "${name}": not a header name`);
  const made = readName(name);
  if (written.size < memoised) written.set(name, made);
  return made;
}

/**
 * Writes a header as raw headers, which alternate names and values.
 * @throws {MicroError} 400 for an invalid name.
 */
export function writeHeader(header: Metadata): string[] {
  const raw: string[] = [];
  for (const name in header) {
    const written = writeName(name);
    if (written !== "") raw.push(written, toWire(header[name] ?? ""));
  }
  return raw;
}

/** Writes a header as lines of text. @throws {MicroError} 400 for an invalid name. */
export function headerLines(header: Metadata): string {
  let lines = "";
  for (const name in header) {
    const written = writeName(name);
    if (written !== "" && written !== "User-Agent") lines += `${written}: ${toWire(header[name] ?? "")}\r\n`;
  }
  return lines;
}
