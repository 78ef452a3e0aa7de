import { MicroError, type Reason } from "../../core/errors.js";
import { LayeredMessage, type Message } from "../../core/message.js";
import type { Metadata } from "../../core/service.js";
import { framing, legacyType, type Protocol } from "../content-type.js";
import { endOfStream, micro } from "./header.js";

/** A call to be sent. */
export interface OutgoingCall {
  readonly service: string;
  readonly method: string;
  /** Id of the call. In a stream: the number of the message, from 0. */
  readonly id: number;
  /** Content type of the bare request and reply, or one that also names an envelope (`application/json-rpc`). */
  readonly contentType: string;
  readonly protocol: Protocol;
  readonly metadata?: Metadata;
  /** Sent to the callee in `X-Micro-From-Service`. */
  readonly from?: string;
  /** Time left for the call, in nanoseconds; 0 for no limit. */
  readonly timeoutNs: number;
  /** True if the message belongs to a stream. */
  readonly stream?: boolean;
}

/** Writes a bare request as a message, for a transport that pairs replies and carries timeouts itself. */
export function writeFramedCall(
  call: Pick<OutgoingCall, "method" | "id" | "contentType" | "metadata">,
  base: Metadata,
  body: Uint8Array,
): Message {
  const bytes = framing("mucp", call.contentType).envelope.writeRequest(call.method, call.id, body);
  return call.metadata ? new LayeredMessage(base, call.metadata, bytes) : { header: base, body: bytes };
}

/**
 * Makes the header of such a message, without metadata. It is the same for every call of a method, so it can be reused.
 */
export function framedHeader(
  call: Pick<OutgoingCall, "service" | "method" | "contentType" | "from">,
): Metadata {
  const header: Record<string, string> = {
    "Content-Type": call.contentType,
    "Micro-Service": call.service,
    "Micro-Method": call.method,
    "Micro-Endpoint": call.method,
  };
  if (call.from) header["X-Micro-From-Service"] = call.from;
  return header;
}

const emptyObject = Buffer.from("{}\n");

/** Writes a bare request as a message. An empty body becomes `{}` in JSON, as Go opens streams. */
export function writeCall(call: OutgoingCall, body: Uint8Array): Message {
  const { envelope, bare } = framing(call.protocol, call.contentType);
  const header = call.protocol === "mucp" ? mucpHeader(call) : legacyHeader(call);
  if (call.timeoutNs > 0) header.Timeout = String(call.timeoutNs);
  if (call.from) header["X-Micro-From-Service"] = call.from;
  // Adding names to a copy of the metadata would leave V8's fast path: 0.5 to 4 µs instead of 0.2.
  for (const name in call.metadata) if (!(name in header)) header[name] = call.metadata[name] ?? "";
  const isEmptyJson = body.length === 0 && bare === "application/json";
  return { header, body: envelope.writeRequest(call.method, call.id, isEmptyJson ? emptyObject : body) };
}

function legacyHeader({ contentType }: OutgoingCall): Record<string, string> {
  return { "Content-Type": legacyType(contentType) };
}

function mucpHeader(call: OutgoingCall): Record<string, string> {
  const header: Record<string, string> = {
    "Content-Type": call.contentType,
    "Micro-Service": call.service,
    "Micro-Method": call.method,
    "Micro-Endpoint": call.method,
  };
  if (!call.stream) header["Micro-Id"] = String(call.id);
  return header;
}

/** Reads the bare response from a message. @throws {MicroError} the error that the peer answered. */
export function readReply(
  call: Pick<OutgoingCall, "protocol" | "contentType" | "method">,
  { header, body }: Message,
): Uint8Array {
  const error = call.protocol === "mucp" ? micro(header, "Error") : undefined;
  if (error) throw answered(MicroError.parse(error), header, call.method);
  if (header["Content-Type"] === "text/plain")
    throw answered(MicroError.parse(Buffer.from(body).toString()), header, call.method);
  try {
    return framing(call.protocol, call.contentType).envelope.readReply(body);
  } catch (thrown) {
    throw answered(MicroError.from(thrown, "go.micro.client.codec"), header, call.method);
  }
}

/**
 * Reads the bare message of a stream. Undefined at its end. @throws {MicroError} the error that the peer ended it with.
 */
export function readStreamReply(call: OutgoingCall, message: Message): Uint8Array | undefined {
  if (call.protocol === "mucp" && micro(message.header, "Error") === endOfStream) return undefined;
  try {
    return readReply(call, message);
  } catch (error) {
    if (MicroError.is(error) && error.code === 0 && error.detail === endOfStream) return undefined;
    throw error;
  }
}

/** Adds what the header tells about an error: whether it was executed, and the reason. */
function answered(error: MicroError, header: Metadata, method: string): MicroError {
  if (header["X-Micro-Not-Executed"] === "1")
    return error.with({
      executed: "no",
      reason: reasons[header["X-Micro-Reason"] ?? ""] ?? "NODE_UNREACHABLE",
    });
  if (error.code === 0 && saysMissing(error.detail, method))
    return error.with({ executed: "no", reason: "METHOD_NOT_FOUND" });
  return error.with({ executed: error.executed ?? "yes", reason: error.reason ?? "REMOTE_ERROR" });
}

/** Reasons for not executing a call that a header may carry. */
const reasons: Readonly<Record<string, Reason | undefined>> = {
  __proto__: null as never,
  OVERLOADED: "OVERLOADED",
  METHOD_NOT_FOUND: "METHOD_NOT_FOUND",
};

/** True for the text with which Go servers answer a method they do not have. Servers of 1.7 name one half of it. */
function saysMissing(text: string, method: string): boolean {
  const [, what] = /^rpc: can't find (?:method|service) (.+)$/.exec(text) ?? [];
  return what !== undefined && (what === method || method.split(".").includes(what));
}
