import { badRequest, MicroError, unavailable } from "../core/errors.js";
import { emptyBody, type Message } from "../core/message.js";
import type { Metadata } from "../core/service.js";

/** How a peer frames calls: `mucp` in headers (1.x and ours), `legacy` in an envelope (2016). */
export type Protocol = "mucp" | "legacy";

/** A call as it goes out. */
export interface OutgoingCall {
  readonly service: string;
  readonly method: string;
  readonly id: number;
  readonly contentType: string;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  /** Time left for the call, in nanoseconds; 0 for no limit. */
  readonly timeoutNs: number;
}

/** A call as it came in; `id` is as the request had it. */
export interface IncomingCall {
  readonly service: string;
  readonly method: string;
  readonly id: string;
  readonly contentType: string;
  readonly protocol: Protocol;
  /** The bare request: no envelope around it. */
  readonly body: Uint8Array;
}

/** Puts a request into a message. */
export function writeCall(call: OutgoingCall, body: Uint8Array): Message {
  const header: Record<string, string> = { ...call.metadata };
  header["Content-Type"] = call.contentType;
  header["Micro-Service"] = call.service;
  header["Micro-Method"] = call.method;
  header["Micro-Endpoint"] = call.method;
  header["Micro-Id"] = String(call.id);
  if (call.timeoutNs > 0) header.Timeout = String(call.timeoutNs);
  return { header, body };
}

/** Takes the bare response out of a message. @throws {MicroError} that the peer answered. */
export function readReply(_call: OutgoingCall, reply: Message): Uint8Array {
  const error = reply.header["Micro-Error"];
  if (error) throw withOrigin(MicroError.parse(error), reply.header);
  return reply.body;
}

/** Takes a request out of a message. @throws {MicroError} 400 when it names no method. */
export function readCall(message: Message): IncomingCall {
  const { header, body } = message;
  const method = header["Micro-Endpoint"] || header["Micro-Method"];
  if (!method) throw badRequest("go.micro.server", "read request: no method named");
  return {
    service: header["Micro-Service"] ?? "",
    method,
    id: header["Micro-Id"] ?? "",
    contentType: header["Content-Type"] ?? "application/json",
    protocol: "mucp",
    body,
  };
}

/** Answers `call` with a bare response. */
export function writeReply(call: IncomingCall, body: Uint8Array): Message {
  return { header: { "Content-Type": call.contentType, "Micro-Id": call.id }, body };
}

/** Answers `call` with an error. */
export function writeError(call: IncomingCall, error: MicroError): Message {
  return {
    header: { "Content-Type": call.contentType, "Micro-Id": call.id, "Micro-Error": JSON.stringify(error) },
    body: emptyBody,
  };
}

/** Refuses a call that did not reach its handler: the caller may try another node at once. */
export function notExecuted(message: Message, why: string): Message {
  const error = unavailable("go.micro.server", `call not executed: ${why}`);
  const { header, body } = writeError(readCall(message), error);
  return { header: { ...header, "X-Micro-Not-Executed": "1" }, body };
}

function withOrigin(error: MicroError, header: Metadata): MicroError {
  if (header["X-Micro-Not-Executed"] !== "1") return error;
  return error.with({ executed: "no", reason: "NODE_UNREACHABLE" });
}
