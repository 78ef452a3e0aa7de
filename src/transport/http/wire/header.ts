import { badRequest } from "../../../core/errors.js";
import { canonicalName } from "../../../core/metadata.js";
import type { Metadata } from "../../../core/service.js";

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

/** What `writeName` found of names; bounded, for they may come from the network. */
const written = new Map<string, string>();
const memoised = 1000;

/** Header values are raw UTF-8 on the wire, which Node's parser shows as latin1. */
export function fromWire(value: string): string {
  return beyondAscii.test(value) ? Buffer.from(value, "latin1").toString() : value;
}

/** The latin1 text whose bytes are `value` in UTF-8; control characters become spaces, as Go writes them. */
export function toWire(value: string): string {
  if (!beyondAscii.test(value)) return value;
  return Buffer.from(value.replace(/\p{Cc}/gu, " ")).toString("latin1");
}

/** The name under which a header counts in a message; empty for one of the connection. */
export function readName(sent: string): string {
  const name = canonicalName(sent);
  return ofConnection.has(name) ? "" : name;
}

/** Name and value in turn, as they were sent, into the header of a message; of a repeated name the first counts. */
export function readHeader(raw: readonly string[]): Metadata {
  const header: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = readName(raw[i] ?? "");
    if (name === "" || name in header) continue;
    header[name] = fromWire(raw[i + 1] ?? "");
  }
  return header;
}

/** The name that goes out; empty for one of the connection. @throws {MicroError} 400 for a name that is no token. */
function writeName(name: string): string {
  const known = written.get(name);
  if (known !== undefined) return known;
  if (!token.test(name)) throw badRequest("go.micro.client", `metadata "${name}": not a header name`);
  const made = readName(name);
  if (written.size < memoised) written.set(name, made);
  return made;
}

/**
 * Name and value in turn, ready for the wire.
 * @throws {MicroError} 400 for a name that is no token.
 */
export function writeHeader(header: Metadata): string[] {
  const raw: string[] = [];
  for (const name in header) {
    const written = writeName(name);
    if (written !== "") raw.push(written, toWire(header[name] ?? ""));
  }
  return raw;
}

/** The same as lines of text. @throws {MicroError} 400 for a name that is no token. */
export function headerLines(header: Metadata): string {
  let lines = "";
  for (const name in header) {
    const written = writeName(name);
    if (written !== "" && written !== "User-Agent") lines += `${written}: ${toWire(header[name] ?? "")}\r\n`;
  }
  return lines;
}
