import { deflateSync, inflateSync } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Endpoint, Metadata } from "../../../core/service.js";
import { parseJson } from "../../../core/text/json.js";
import { formatEndpoint } from "../../wire/format.js";
import { parseEndpoint, parseMetadata } from "../../wire/parse.js";

/**
 * Largest inflated size in bytes of one tag, and of all tags of a node. A larger tag is a decompression bomb, and is
 * skipped.
 */
const maxTag = 64 * 1024;
const maxNode = 1024 * 1024;
const maxTags = 2000;

/** The tags of a Consul service, decoded. Without a version, the service was not registered by this kind of toolkit. */
export interface Tagged {
  readonly version: string | undefined;
  readonly metadata: Metadata;
  readonly endpoints: readonly Endpoint[];
}

/**
 * Encodes metadata, endpoints and version as tags, one each. The first letter is the kind (`t`, `e`, `v`). `-` means
 * zlib in hex, which Go programs since March 2016 read.
 */
export function encodeTags(tagged: Omit<Tagged, "version"> & { readonly version: string }): string[] {
  return [
    ...Object.entries(tagged.metadata).map(([key, value]) => encode("t", JSON.stringify({ [key]: value }))),
    ...tagged.endpoints.map((endpoint) => encode("e", JSON.stringify(formatEndpoint(endpoint)))),
    encode("v", tagged.version),
  ];
}

/**
 * Decodes tags of every generation: zlib in hex after `-`, plain text after `=`. If a kind comes in both encodings,
 * that of its first readable tag wins, so that nothing counts twice. Foreign, broken and oversized tags are skipped.
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

/** A decoded tag. */
interface Content {
  /** Inflated size in characters; the limit for a bomb. */
  readonly size: number;
  readonly broken?: boolean;
  readonly version?: string;
  readonly endpoint?: Endpoint;
  readonly pairs?: readonly (readonly [string, string])[];
}

/**
 * Decoded tags. Every node and every read brings the same tags, and inflating them is most of the cost of a read.
 * Created on first use: a command that reads no tags starts 1 ms faster.
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

/** Inflates the text in `hex`. Returns a text longer than any tag may be for a bomb, undefined for broken input. */
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
