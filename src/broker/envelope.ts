import { badRequest } from "../core/errors.js";
import type { Message } from "../core/message.js";
import { canonicalName } from "../core/metadata.js";
import type { Metadata } from "../core/service.js";
import { asBuffer } from "../core/text/as-buffer.js";

/** Largest message body in bytes, on every broker. */
export const maxBody = 4 * 1024 * 1024;

/** Largest envelope in bytes: base64 of the largest body, and 64 KiB for the header. */
export const maxEnvelope = Math.ceil(maxBody / 3) * 4 + 64 * 1024;

/** The entry of an envelope's header that names the topic. Source: the HTTP broker of the Go ecosystem. */
export const topicEntry = ":topic";

/**
 * Encodes a message as all Go brokers do: `{"Header":{…},"Body":"<base64>"}`, header names sorted. With `topic`, the
 * header also names it, as in the HTTP broker.
 */
export function encodeEnvelope({ header, body }: Message, topic?: string): string {
  return `${envelopeStart(header, topic)}${asBuffer(body).toString("base64")}"}`;
}

/** Encoded headers of frozen objects, such as those of a client's messages, which come again with the next message. */
const starts = new WeakMap<Metadata, { readonly topic: string | undefined; readonly start: string }>();

/** Returns the text before the body. */
function envelopeStart(header: Metadata, topic: string | undefined): string {
  const known = starts.get(header);
  if (known && known.topic === topic) return known.start;
  const start = writeStart(header, topic);
  if (Object.isFrozen(header)) starts.set(header, { topic, start });
  return start;
}

function writeStart(header: Metadata, topic: string | undefined): string {
  const names = Object.keys(header).sort();
  const entries = topic === undefined ? [] : [`"${topicEntry}":${JSON.stringify(topic)}`];
  for (const name of names) entries.push(`${JSON.stringify(name)}:${JSON.stringify(header[name])}`);
  return `{"Header":{${entries.join(",")}},"Body":"`;
}

/**
 * Decodes what `encodeEnvelope` and Go write. Member names may be in any case. @throws {MicroError} 400 for anything
 * else.
 */
export function decodeEnvelope(text: string): {
  readonly topic: string | undefined;
  readonly message: Message;
} {
  const members = readObject(text);
  const header = readHeader(member(members, "header"));
  const topic = header[topicEntry];
  delete header[topicEntry];
  return { topic, message: { header, body: readBody(member(members, "body")) } };
}

function readObject(text: string): Record<string, unknown> {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("not an object");
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

function member(members: Record<string, unknown>, name: string): unknown {
  for (const key of Object.keys(members)) if (key.toLowerCase() === name) return members[key];
  return undefined;
}

function readHeader(value: unknown): Record<string, string> {
  const header: Record<string, string> = {};
  if (value === undefined || value === null) return header;
  if (typeof value !== "object" || Array.isArray(value)) throw malformed("Header is not an object");
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") throw malformed(`Header ${JSON.stringify(name)} is not a string`);
    header[name === topicEntry ? name : canonicalName(name)] = text;
  }
  return header;
}

function readBody(value: unknown): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array(0);
  if (typeof value !== "string") throw malformed("Body is not a string");
  const body = decodeBody(value);
  if (body) return body;
  const illegal = value.search(/[^A-Za-z0-9+/]/);
  throw malformed(`illegal base64 data at input byte ${illegal < 0 ? value.length : illegal}`);
}

/** Decodes base64. Undefined for text with other characters. */
export function decodeBody(text: string): Uint8Array | undefined {
  const body = Buffer.from(text, "base64");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return body.length === (text.length / 4) * 3 - padding ? body : undefined;
}

function malformed(what: string) {
  return badRequest("go.micro.broker", `Error parsing request body: ${what}`);
}
