import { badRequest } from "../../core/errors.js";
import type { Metadata } from "../../core/service.js";
import { id } from "../context.js";

/** A call requested by a page. */
export interface QueryRequest {
  readonly service: string;
  readonly method: string;
  readonly node: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly metadata: Metadata;
  /** JSON. */
  readonly body: Uint8Array;
}

const maxTimeout = 60_000;
const maxMetadata = 64;
const name = /^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,200}$/;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

/** Parses a call. `body` is the raw JSON of its member `request`. @throws {MicroError} 400 when it is not a call. */
export function readQuery(value: unknown, body?: Uint8Array): QueryRequest {
  if (typeof value !== "object" || value === null) throw badRequest(id, "query: not a JSON object");
  const { service, method, node, timeout, metadata } = value as Record<string, unknown>;
  return {
    service: named(service, "service"),
    method: named(method, "method"),
    node: typeof node === "string" && node !== "" ? node.slice(0, 300) : undefined,
    timeout: typeof timeout === "number" && timeout > 0 ? Math.min(timeout, maxTimeout) : 5_000,
    metadata: readMetadata(metadata),
    body: body ?? Buffer.from("{}"),
  };
}

function named(value: unknown, what: string): string {
  if (typeof value === "string" && name.test(value)) return value;
  throw badRequest(id, `query: ${what} ${JSON.stringify(value) ?? "missing"}: not a name`);
}

/** @throws {MicroError} 400 for invalid names, and for names that are reserved for the toolkit. */
export function readMetadata(value: unknown): Metadata {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object") throw badRequest(id, "metadata: not a JSON object");
  const entries = Object.entries(value);
  if (entries.length > maxMetadata) throw badRequest(id, `metadata: more than ${maxMetadata}`);
  return Object.fromEntries(entries.map(([key, text]) => [checked(key), String(text)]));
}

function checked(key: string): string {
  if (!token.test(key)) throw badRequest(id, `metadata ${JSON.stringify(key)}: not a header name`);
  if (/^(x-)?micro-/i.test(key)) throw badRequest(id, `metadata "${key}": reserved for the toolkit`);
  return key;
}
