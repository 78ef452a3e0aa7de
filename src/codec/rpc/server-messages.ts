import { badRequest, type MicroError } from "../../core/errors.js";
import { headerEntry, type Message } from "../../core/message.js";
import type { Metadata } from "../../core/service.js";
import { type Framing, framing, isLegacyType, type Protocol } from "../content-type.js";
import { bare } from "../envelope.js";
import { grpc } from "../protobuf/grpc.js";
import { endOfStream, micro } from "./header.js";

/** A call that was received. */
export interface IncomingCall {
  readonly service: string;
  readonly method: string;
  /** The id of the request, for the reply and for logs. */
  readonly id: string;
  /** Content type of the bare request and of the expected bare response. */
  readonly contentType: string;
  readonly protocol: Protocol;
  /** The bare request, without its envelope. */
  readonly body: Uint8Array;
  /** The id in the envelope, as received. */
  readonly envelopeId: Uint8Array;
  /** The form in which to write the reply. */
  readonly wire: Wire;
}

/** The form in which a peer sent its call. The reply has the same. */
interface Wire extends Framing {
  readonly protocol: Protocol;
  /** Content type as received. */
  readonly contentType: string;
  /** The reply header for all calls with the same header object and without an id. */
  readonly replyHeader?: Metadata;
  /** `X-Micro-` for peers of 0.16 to 0.22, which know no other prefix. */
  readonly prefix: string;
}

const nothing = new Uint8Array(0);
/** Longest error in a reply in bytes: it is sent in a header, and all headers together have 16 KiB. */
const maxError = 8 * 1024;
const emptyObject = Buffer.from("{}");

/** Reads a request from a message. @throws {MicroError} 400 if it does not parse, or names no method. */
export function readCall(message: Message): IncomingCall {
  const { header } = message;
  const named = micro(header, "Endpoint") || micro(header, "Method") || "";
  const wire = readWire(header);
  const frame = wire.envelope.readRequest(message.body);
  const method = wire.protocol === "legacy" ? frame.method || named : named || frame.method;
  if (method === "")
    throw badRequest("go.micro.server", "rpc: service/method request ill-formed: no method named");
  return callFrom(
    { service: micro(header, "Service") ?? "", method, id: micro(header, "Id") ?? "" },
    wire,
    frame,
  );
}

/** Returns the method that a message names, without reading more than necessary. Empty if there is none. */
export function methodOf({ header, body }: Message): string {
  const named = micro(header, "Endpoint") || micro(header, "Method") || "";
  const wire = readWire(header);
  if (named !== "" && wire.protocol === "mucp") return named;
  return wire.envelope.readRequest(body).method || named;
}

/** Returns the content type of the bare request in a message, which selects the codec. */
export function bareTypeOf({ header }: Message): string {
  return readWire(header).bare;
}

/**
 * Returns `call` prepared for further messages with the same header object; see `bodyOf`. Undefined if the body holds
 * part of the call. A transport that sends a header once passes the same object again, and parsing it costs ten times
 * as much as the rest of a call.
 */
export function reusable(call: IncomingCall): IncomingCall | undefined {
  if (call.wire.envelope !== bare) return undefined;
  const unnumbered = replyHeader({ ...call, id: "" });
  return { ...call, wire: { ...call.wire, replyHeader: Object.freeze(unnumbered) } };
}

/** Returns `call` with the id of a further message with the same `base`: HTTP peers give each message its own. */
export function numbered(call: IncomingCall, message: Message): IncomingCall {
  if (message.more === undefined) return call;
  const id = headerEntry(message, "Micro-Id") || headerEntry(message, "X-Micro-Id") || "";
  if (id === call.id) return call;
  const { service, method, contentType, protocol, body, envelopeId, wire } = call;
  return { service, method, id, contentType, protocol, body, envelopeId, wire };
}

/** Returns the bare request of a further message with the header of `call`, which must be `reusable`. */
export function bodyOf({ contentType }: IncomingCall, { body }: Message): Uint8Array {
  return orEmptyObject(contentType, body);
}

/** Reads a further message of the stream that `opening` opened. @throws {MicroError} 400 if it does not parse. */
export function readStreamMessage(opening: IncomingCall, { body, header }: Message): IncomingCall {
  const frame = opening.wire.envelope.readRequest(body);
  const { service, method } = opening;
  return callFrom({ service, method, id: micro(header, "Id") ?? "" }, opening.wire, frame);
}

/** Writes the reply to `call`, or a message of its stream. */
export function writeReply(call: IncomingCall, body: Uint8Array): Message {
  const { method, envelopeId: id, wire } = call;
  const header = (call.id === "" ? wire.replyHeader : undefined) ?? replyHeader(call);
  return {
    header: wire.envelope === grpc ? { ...header, "Grpc-Status": "0" } : header,
    body: wire.envelope.writeReply({ method, id }, body),
  };
}

/** Writes an error as the last message of `call`. */
export function writeError(call: IncomingCall, error: MicroError): Message {
  return writeErrorText(
    call,
    error.code === 0 ? error.detail.slice(0, maxError / 4) : error.toText(maxError),
  );
}

/**
 * Writes the reply to a call whose method has no handler. Nothing was executed, and a node of another version may have
 * it.
 */
export function writeMissing(call: IncomingCall, error: MicroError): Message {
  const { header, body } = writeError(call, error);
  return { header: { ...header, "X-Micro-Not-Executed": "1", "X-Micro-Reason": "METHOD_NOT_FOUND" }, body };
}

/** Writes the message that ends a stream regularly. */
export function writeEnd(opening: IncomingCall): Message {
  return writeErrorText(opening, endOfStream);
}

function writeErrorText(call: IncomingCall, error: string): Message {
  const { method, envelopeId: id, wire } = call;
  const header = replyHeader(call);
  if (call.protocol === "mucp") header[`${wire.prefix}Error`] = error;
  return { header, body: wire.envelope.writeReply({ method, id, error }, nothing) };
}

/** Tells legacy from mucp by the headers, as servers of 1.7 do. */
function protocolOf(header: Metadata, contentType: string | undefined): Protocol {
  if (micro(header, "Protocol")) return "mucp";
  const named = micro(header, "Service") || micro(header, "Method") || micro(header, "Endpoint");
  if (named && !micro(header, "Target")) return "mucp";
  return contentType === undefined || isLegacyType(contentType) ? "legacy" : "mucp";
}

let lastHeader: Metadata | undefined;
let lastWire: Wire | undefined;

/** Returns the form of a message by its header. Called several times per message, so the last result is cached. */
export function readWire(header: Metadata): Wire {
  if (lastWire === undefined || header !== lastHeader) {
    lastWire = parseWire(header);
    lastHeader = header;
  }
  return lastWire;
}

function parseWire(header: Metadata): Wire {
  const sent = header["Content-Type"];
  const protocol = protocolOf(header, sent);
  const contentType = sent ?? (protocol === "legacy" ? "application/proto-rpc" : "application/protobuf");
  const old = header["Micro-Method"] === undefined && header["Micro-Endpoint"] === undefined;
  const prefix = old && (header["X-Micro-Method"] || header["X-Micro-Endpoint"]) ? "X-Micro-" : "Micro-";
  const { envelope, bare } = framing(protocol, contentType);
  return { envelope, bare, contentType, protocol, prefix };
}

/** Makes a call from the contents of header and envelope. */
export function callFrom(
  { service, method, id }: Pick<IncomingCall, "service" | "method" | "id">,
  wire: Wire,
  frame: { readonly id: Uint8Array; readonly body: Uint8Array },
): IncomingCall {
  const { bare: contentType, protocol } = wire;
  const body = orEmptyObject(contentType, frame.body);
  return { service, method, id, contentType, protocol, body, envelopeId: frame.id, wire };
}

function orEmptyObject(contentType: string, body: Uint8Array): Uint8Array {
  return contentType === "application/json" && isEmpty(body) ? emptyObject : body;
}

/** True for an empty body or `null`: a request without any field. */
function isEmpty(body: Uint8Array): boolean {
  return body.length === 0 || (body.length <= 6 && Buffer.from(body).toString().trim() === "null");
}

function replyHeader(call: IncomingCall): Record<string, string> {
  const { contentType, prefix } = call.wire;
  const header: Record<string, string> = { "Content-Type": contentType };
  if (call.protocol === "mucp" && call.id !== "") header[`${prefix}Id`] = call.id;
  return header;
}
