import { asReply, type Codec } from "../codec/codec.js";
import type { Codecs } from "../codec/index.js";
import { manyListeners } from "../core/async/many-listeners.js";
import { type Context, currentContext } from "../core/context.js";
import { badRequest, MicroError, unreadable } from "../core/errors.js";
import { canonicalName, isCredential, isHopLocal } from "../core/metadata.js";
import { requireText } from "../core/name.js";
import { isProtobuf, type MessageType } from "../core/schema.js";
import type { Metadata } from "../core/service.js";
import { bigIntegersRead } from "../core/text/json.js";
import { type Deadline, deadlineIn, earlier, noDeadline } from "../core/time/deadline.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { CallOptions } from "./client.js";
import { restoreFloats } from "./restore-floats.js";

/** A prepared call: request, metadata and deadline. All its attempts share it. */
export interface PendingCall {
  readonly service: string;
  readonly method: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Codec of request and reply. Undefined for `raw` calls, whose bytes pass through unchanged. */
  readonly codec: Codec | undefined;
  /** The name that the callee sees in `X-Micro-From-Service`; empty for none. */
  readonly from: string;
  /** All other metadata, names in canonical case. Undefined when there is none. */
  readonly metadata: Metadata | undefined;
  readonly deadline: Deadline;
  readonly options: CallOptions;
  /** Has the types that the service registered for its responses. */
  readonly catalog: Catalog;
  /** True if the calling handler itself serves a retry: the call is then retried only if it was not executed. */
  readonly once: boolean;
}

export interface CallDefaults {
  readonly catalog: Catalog;
  readonly codecs: Codecs;
  /** Milliseconds. Undefined for a stream, which has no timeout. */
  readonly timeout: number | undefined;
  /** The name that callees see in `X-Micro-From-Service`; empty for none. */
  readonly from: string;
  /** Credential headers that a handler's own calls inherit. Canonical names. */
  readonly forward: ReadonlySet<string>;
}

/**
 * Prepares a call from its arguments and, inside a handler, from the call that the handler serves.
 * @throws {MicroError} 400 for names that are not strings, and for a request that cannot be encoded.
 */
export function prepare(
  service: string,
  method: string,
  request: unknown,
  { options, defaults }: { readonly options: CallOptions; readonly defaults: CallDefaults },
): PendingCall {
  requireText(service, "go.micro.client", "the service to call");
  requireText(method, "go.micro.client", "the method to call");
  const context = currentContext();
  const { types, signal } = options;
  manyListeners(signal);
  const contentType = options.contentType ?? defaultType(types?.request);
  const codec = options.raw ? undefined : defaults.codecs.get(contentType);
  const metadata = outgoing(context, options.metadata, defaults.forward);
  return {
    service,
    method,
    body: codec ? encoded(codec, request, types?.request) : bytesOf(request),
    contentType,
    codec,
    from: metadata?.[fromName] ?? defaults.from,
    metadata,
    deadline: deadlineOf(context, options.timeout ?? defaults.timeout),
    options,
    catalog: defaults.catalog,
    once: context !== undefined && Number(context.metadata["X-Micro-Attempt"] ?? 1) > 1,
  };
}

/** The default content type of a value: protobuf for protobuf types, else JSON. */
export function defaultType(type: MessageType | undefined): string {
  return isProtobuf(type) ? "application/protobuf" : "application/json";
}

/** Encodes a request. @throws {MicroError} 400, not executed, for a value that the codec cannot encode. */
export function encoded(codec: Codec, value: unknown, type: MessageType | undefined): Uint8Array {
  try {
    return codec.encode(value, type);
  } catch (cause) {
    if (!MicroError.is(cause) || cause.id !== "go.micro.codec" || cause.code !== 500) throw cause;
    throw badRequest("go.micro.client", cause.detail, { executed: "no", reason: "BAD_REQUEST", cause });
  }
}

function bytesOf(request: unknown): Uint8Array {
  if (request instanceof Uint8Array) return request;
  throw badRequest("go.micro.client", "call with raw: the request is not bytes");
}

function deadlineOf(context: Context | undefined, timeout: number | undefined): Deadline {
  const own = timeout === undefined ? noDeadline : deadlineIn(timeout);
  return context ? earlier(own, context.deadline) : own;
}

const fromName = "X-Micro-From-Service";
/** Headers that every call sets itself. */
const ownHeaders = new Set(["Content-Type", "Micro-Service", "Micro-Method", "Micro-Endpoint"]);

/** The caller's metadata, merged with that of the call that the handler serves. Undefined when there is none. */
function outgoing(
  context: Context | undefined,
  own: Metadata | undefined,
  forward: ReadonlySet<string>,
): Metadata | undefined {
  const inherited = context?.metadata;
  let metadata: Record<string, string> | undefined;
  for (const name in inherited) {
    const key = canonicalName(name);
    if (isHopLocal(key) || (isCredential(key) && !forward.has(key))) continue;
    metadata ??= {};
    metadata[key] = inherited[name] ?? "";
  }
  for (const name in own) {
    const key = canonicalName(name);
    if (ownHeaders.has(key) || key === "Proxy-Authorization") continue;
    metadata ??= {};
    metadata[key] = own[name] ?? "";
  }
  return metadata;
}

/** Decodes the response in `body`. With `raw`, returns the bytes. The caller vouches for the type. */
export function decoded<Reply>(call: PendingCall, body: Uint8Array): Reply {
  return (call.codec ? decodeReply(call, call.codec, body) : body) as Reply;
}

/** Decodes a reply. @throws {MicroError} 502 when it does not parse: a 400 would blame the request. */
export function decodeReply(call: PendingCall, codec: Codec, body: Uint8Array): unknown {
  const before = bigIntegersRead();
  try {
    const value = codec.decode(body, call.options.types?.response, asReply);
    return bigIntegersRead() === before ? value : restoreFloats(value, call);
  } catch (cause) {
    const error = MicroError.from(cause, "go.micro.client.codec");
    if (error.code !== 400) throw error;
    throw unreadable("go.micro.client.codec", `read reply: ${error.detail}`, { cause });
  }
}
