import { deflateSync, inflateSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Endpoint, Metadata } from "../../../core/service.js";
import { parseJson } from "../../../core/text/json.js";
import { formatEndpoint } from "../../wire/format.js";
import { parseEndpoint, parseMetadata } from "../../wire/parse.js";

/** Bytes that one tag, and all tags of one node, may inflate to: more is a bomb, and is skipped. */
const maxTag = 64 * 1024;
const maxNode = 1024 * 1024;
const maxTags = 2000;

/** What the tags of a Consul service say; without a version it is no service of ours. */
export interface Tagged {
  readonly version: string | undefined;
  readonly metadata: Metadata;
  readonly endpoints: readonly Endpoint[];
}

/**
 * Writes node metadata, endpoints and version as tags, one each. The first letter is the kind (`t`, `e`, `v`), `-`
 * means zlib in hex, which Go programs since March 2016 read.
 */
export function encodeTags(tagged: Omit<Tagged, "version"> & { readonly version: string }): string[] {
  return [
    ...Object.entries(tagged.metadata).map(([key, value]) => encode("t", JSON.stringify({ [key]: value }))),
    ...tagged.endpoints.map((endpoint) => encode("e", JSON.stringify(formatEndpoint(endpoint)))),
    encode("v", tagged.version),
  ];
}

/**
 * Reads tags of every age: zlib in hex after `-`, plain after `=`. Where a kind comes in both, the first that is
 * readable decides which counts, so that nothing is read twice. Foreign, broken and oversized tags are skipped.
 */
export function decodeTags(tags: readonly unknown[]): Tagged {
  const reader = new TagReader();
  for (const tag of tags.slice(0, maxTags)) if (typeof tag === "string") reader.read(tag);
  return {
    version: reader.version,
    metadata: parseMetadata(Object.fromEntries(reader.metadata)),
    endpoints: reader.endpoints,
  };
}

class TagReader {
  version: string | undefined;
  readonly metadata = new Map<string, string>();
  readonly endpoints: Endpoint[] = [];
  readonly #encodings = new Map<string, string>();
  #left = maxNode;

  read(tag: string): void {
    const kind = tag.charAt(0);
    const encoding = tag.charAt(1);
    if (!"tev".includes(kind) || (encoding !== "-" && encoding !== "=")) return;
    if ((this.#encodings.get(kind) ?? encoding) !== encoding || this.#left <= 0) return;
    const content = decode(tag, kind, encoding);
    this.#left -= content.size;
    if (this.#left < 0 || content.broken) return;
    this.#encodings.set(kind, encoding);
    if (kind === "v") this.version ??= content.version;
    if (content.endpoint) this.endpoints.push(content.endpoint);
    for (const [key, value] of content.pairs ?? []) this.metadata.set(key, value);
  }
}

/** What one tag says. */
interface Content {
  /** Characters that it inflated to, or as many as any may have when it is a bomb. */
  readonly size: number;
  readonly broken?: boolean;
  readonly version?: string;
  readonly endpoint?: Endpoint;
  readonly pairs?: readonly (readonly [string, string])[];
}

/**
 * The same tags come again with every node and every reading: inflating them costs most of a reading. Made when it is
 * first needed: a command that reads no tags starts 1 ms earlier without it.
 */
let cache: LRUCache<string, Content> | undefined;

function knownTags(): LRUCache<string, Content> {
  cache ??= new LRUCache<string, Content>({
    maxSize: 8 * 1024 * 1024,
    maxEntrySize: 16 * 1024,
    sizeCalculation: ({ size }, tag) => size + tag.length,
  });
  return cache;
}

function decode(tag: string, kind: string, encoding: string): Content {
  const known = knownTags();
  const before = known.get(tag);
  if (before !== undefined) return before;
  const text = encoding === "=" ? tag.slice(2) : inflate(tag.slice(2));
  if (text === undefined) return { size: 0, broken: true };
  if (text.length > maxTag) return { size: maxTag, broken: true };
  const content = { size: text.length, ...contentOf(kind, text) };
  known.set(tag, content);
  return content;
}

function contentOf(kind: string, text: string): Omit<Content, "size"> {
  if (kind === "v") return { version: text };
  const value = json(text);
  if (kind === "e") {
    const endpoint = parseEndpoint(value);
    return endpoint ? { endpoint } : { broken: true };
  }
  const pairs = Object.entries(parseMetadata(value));
  return pairs.length > 0 ? { pairs } : { broken: true };
}

/** The text in `hex`; a longer one than any tag may have when it is a bomb, and nothing when it is broken. */
function inflate(hex: string): string | undefined {
  if (hex.length > 2 * maxTag || hex.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
  try {
    return inflateSync(Buffer.from(hex, "hex"), { maxOutputLength: maxTag }).toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? tooLong : undefined;
  }
}

const tooLong = " ".repeat(maxTag + 1);

function encode(kind: string, text: string): string {
  return `${kind}-${deflateSync(text).toString("hex")}`;
}

function json(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
