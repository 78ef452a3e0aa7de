import { asReply, type Codec } from "../codec/codec.js";
import type { Codecs } from "../codec/index.js";
import { type Context, currentContext } from "../core/context.js";
import { badRequest, MicroError, unreadable } from "../core/errors.js";
import { canonicalName, isCredential, isHopLocal } from "../core/metadata.js";
import { isProtobuf, type MessageType } from "../core/schema.js";
import type { Metadata } from "../core/service.js";
import { bigIntegersRead } from "../core/text/json.js";
import { type Deadline, deadlineIn, earlier, noDeadline } from "../core/time/deadline.js";
import type { Catalog } from "../registry/catalog/catalog.js";
import type { CallOptions } from "./client.js";
import { withDescribedNumbers } from "./described-numbers.js";

/** A call on its way: what it says, and by when; the same for all its attempts. */
export interface PendingCall {
  readonly service: string;
  readonly method: string;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Of request and reply; nothing for bytes that are handed on as they are. */
  readonly codec: Codec | undefined;
  /** The name that the callee sees in `X-Micro-From-Service`; empty for none. */
  readonly from: string;
  /** All other metadata, names in canonical case; nothing when there is none. */
  readonly metadata: Metadata | undefined;
  readonly deadline: Deadline;
  readonly options: CallOptions;
  /** Knows what the service says of its response. */
  readonly catalog: Catalog;
  /** Made while answering a call that is itself a retry: only what was surely not executed is tried again. */
  readonly once: boolean;
}

export interface CallDefaults {
  readonly catalog: Catalog;
  readonly codecs: Codecs;
  /** Milliseconds; nothing for a stream, which ends when its peers end it. */
  readonly timeout: number | undefined;
  /** The name that callees see in `X-Micro-From-Service`; empty for none. */
  readonly from: string;
  /** Credentials of the call that the running code answers which its further calls carry on; canonical names. */
  readonly forward: ReadonlySet<string>;
}

/** Prepares a call from its arguments and from the call that the running code answers, if any. */
export function prepare(
  service: string,
  method: string,
  request: unknown,
  { options, defaults }: { readonly options: CallOptions; readonly defaults: CallDefaults },
): PendingCall {
  const context = currentContext();
  const { types } = options;
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

/** The content type of a value when nobody says: protobuf for protobuf types, else JSON. */
export function defaultType(type: MessageType | undefined): string {
  return isProtobuf(type) ? "application/protobuf" : "application/json";
}

/** @throws {MicroError} 400 for a value that the codec cannot write: nothing was sent. */
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
/** What each call says by itself. */
const said = new Set(["Content-Type", "Micro-Service", "Micro-Method", "Micro-Endpoint"]);

/** What the caller's own metadata and that of the call that it answers add; nothing when that is nothing. */
function outgoing(
  context: Context | undefined,
  own: Metadata | undefined,
  forward: ReadonlySet<string>,
): Metadata | undefined {
  const carried = context?.metadata;
  let metadata: Record<string, string> | undefined;
  for (const name in carried) {
    const key = canonicalName(name);
    if (isHopLocal(key) || (isCredential(key) && !forward.has(key))) continue;
    metadata ??= {};
    metadata[key] = carried[name] ?? "";
  }
  for (const name in own) {
    const key = canonicalName(name);
    if (said.has(key) || key === "Proxy-Authorization") continue;
    metadata ??= {};
    metadata[key] = own[name] ?? "";
  }
  return metadata;
}

/** The response in `body`; with `raw`, the bytes. What type it has is what the caller says: `types`, or the type argument. */
export function decoded<Reply>(call: PendingCall, body: Uint8Array): Reply {
  return (call.codec ? decodeReply(call, call.codec, body) : body) as Reply;
}

/** @throws {MicroError} 502 when it does not parse: a 400 would say that the request was wrong. */
export function decodeReply(call: PendingCall, codec: Codec, body: Uint8Array): unknown {
  const before = bigIntegersRead();
  try {
    const value = codec.decode(body, call.options.types?.response, asReply);
    return bigIntegersRead() === before ? value : withDescribedNumbers(value, call);
  } catch (cause) {
    const error = MicroError.from(cause, "go.micro.client.codec");
    if (error.code !== 400) throw error;
    throw unreadable("go.micro.client.codec", `read reply: ${error.detail}`, { cause });
  }
}
