import { deflateSync, inflateSync } from "node:zlib";
import { parseJson } from "../../core/json.js";
import type { Endpoint, Metadata } from "../../core/service.js";
import { formatEndpoint } from "../format.js";
import { parseEndpoint, parseMetadata } from "../parse.js";

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
    if ((this.#encodings.get(kind) ?? encoding) !== encoding) return;
    const text = encoding === "=" ? tag.slice(2) : this.#inflate(tag.slice(2));
    if (text !== undefined && text.length <= maxTag && this.#take(kind, text))
      this.#encodings.set(kind, encoding);
  }

  #take(kind: string, text: string): boolean {
    if (kind === "v") {
      this.version ??= text;
      return true;
    }
    const value = json(text);
    if (kind === "e") {
      const endpoint = parseEndpoint(value);
      if (endpoint) this.endpoints.push(endpoint);
      return endpoint !== undefined;
    }
    const pairs = Object.entries(parseMetadata(value));
    for (const [key, content] of pairs) this.metadata.set(key, content);
    return pairs.length > 0;
  }

  #inflate(hex: string): string | undefined {
    if (hex.length > 2 * maxTag || hex.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
    try {
      const bytes = inflateSync(Buffer.from(hex, "hex"), { maxOutputLength: Math.min(maxTag, this.#left) });
      this.#left -= bytes.length;
      return bytes.toString();
    } catch {
      return undefined;
    }
  }
}

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
