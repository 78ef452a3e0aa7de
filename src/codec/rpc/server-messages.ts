import { badRequest, type MicroError } from "../../core/errors.js";
import { headerEntry, type Message } from "../../core/message.js";
import type { Metadata } from "../../core/service.js";
import { type Framing, framing, isLegacyType, type Protocol } from "../content-type.js";
import { bare } from "../envelope.js";
import { grpc } from "../protobuf/grpc.js";
import { endOfStream, micro } from "./header.js";

/** A call as it came in. */
export interface IncomingCall {
  readonly service: string;
  readonly method: string;
  /** As the request had it, for logs. */
  readonly id: string;
  /** Of the bare request, and of the bare response that is expected. */
  readonly contentType: string;
  readonly protocol: Protocol;
  /** The bare request: no envelope around it. */
  readonly body: Uint8Array;
  /** Id in the envelope, as received. */
  readonly envelopeId: Uint8Array;
  /** What the reply has to be written with. */
  readonly wire: Wire;
}

/** The form in which a peer sent its call: the reply has the same. */
interface Wire extends Framing {
  readonly protocol: Protocol;
  /** Content type as received. */
  readonly contentType: string;
  /** The header of every reply to calls that come with one header object, and without a number. */
  readonly replyHeader?: Metadata;
  /** `X-Micro-` for peers of 0.16 to 0.22, which know no other. */
  readonly prefix: string;
}

const nothing = new Uint8Array(0);
/** Bytes of an error in a reply: it travels in a header, and all of the header has 16 KiB. */
const maxError = 8 * 1024;
const emptyObject = Buffer.from("{}");

/** Takes a request out of a message. @throws {MicroError} 400 when it does not parse or names no method. */
export function readCall(message: Message): IncomingCall {
  const { header } = message;
  const named = micro(header, "Endpoint") || micro(header, "Method") || "";
  const wire = readWire(header);
  const frame = wire.envelope.readRequest(message.body);
  const method = wire.protocol === "legacy" ? frame.method || named : named || frame.method;
  if (method === "")
    throw badRequest("go.micro.server", "rpc: service/method request ill-formed: no method named");
  return incoming(
    { service: micro(header, "Service") ?? "", method, id: micro(header, "Id") ?? "" },
    wire,
    frame,
  );
}

/** The method that a message names, read no further than needed; empty for none. */
export function methodOf({ header, body }: Message): string {
  const named = micro(header, "Endpoint") || micro(header, "Method") || "";
  const wire = readWire(header);
  if (named !== "" && wire.protocol === "mucp") return named;
  return wire.envelope.readRequest(body).method || named;
}

/** The content type of the bare request in a message, by which its codec is found. */
export function bareTypeOf({ header }: Message): string {
  return readWire(header).bare;
}

/**
 * `call` for others that come with the same header object, by `bodyOf`; nothing when its body says part of it. Wires
 * that send a header once give the same object again, and reading it costs ten times what the rest of a call does.
 */
export function reusable(call: IncomingCall): IncomingCall | undefined {
  if (call.wire.envelope !== bare) return undefined;
  const unnumbered = replyHeader({ ...call, id: "" });
  return { ...call, wire: { ...call.wire, replyHeader: Object.freeze(unnumbered) } };
}

/** `call` with the number of a further message of the same base: a peer in HTTP gives each its own. */
export function numbered(call: IncomingCall, message: Message): IncomingCall {
  if (message.more === undefined) return call;
  const id = headerEntry(message, "Micro-Id") || headerEntry(message, "X-Micro-Id") || "";
  if (id === call.id) return call;
  const { service, method, contentType, protocol, body, envelopeId, wire } = call;
  return { service, method, id, contentType, protocol, body, envelopeId, wire };
}

/** The bare request of a further message with the header of `call`, which is `reusable`. */
export function bodyOf({ contentType }: IncomingCall, { body }: Message): Uint8Array {
  return orEmptyObject(contentType, body);
}

/** Takes a further message of the stream that `opening` opened. @throws {MicroError} 400 when it does not parse. */
export function readStreamMessage(opening: IncomingCall, { body, header }: Message): IncomingCall {
  const frame = opening.wire.envelope.readRequest(body);
  const { service, method } = opening;
  return incoming({ service, method, id: micro(header, "Id") ?? "" }, opening.wire, frame);
}

/** Answers `call`, or the message of a stream, with a bare response. */
export function writeReply(call: IncomingCall, body: Uint8Array): Message {
  const { method, envelopeId: id, wire } = call;
  const header = (call.id === "" ? wire.replyHeader : undefined) ?? replyHeader(call);
  return {
    header: wire.envelope === grpc ? { ...header, "Grpc-Status": "0" } : header,
    body: wire.envelope.writeReply({ method, id }, body),
  };
}

/** Answers `call` with an error, and nothing more comes. */
export function writeError(call: IncomingCall, error: MicroError): Message {
  return writeErrorText(
    call,
    error.code === 0 ? error.detail.slice(0, maxError / 4) : error.toText(maxError),
  );
}

/** Answers `call`, for whose method there is no handler: nothing ran, and a node of another version may have it. */
export function writeMissing(call: IncomingCall, error: MicroError): Message {
  const { header, body } = writeError(call, error);
  return { header: { ...header, "X-Micro-Not-Executed": "1", "X-Micro-Reason": "METHOD_NOT_FOUND" }, body };
}

/** Ends a stream in order. */
export function writeEnd(opening: IncomingCall): Message {
  return writeErrorText(opening, endOfStream);
}

function writeErrorText(call: IncomingCall, error: string): Message {
  const { method, envelopeId: id, wire } = call;
  const header = replyHeader(call);
  if (call.protocol === "mucp") header[`${wire.prefix}Error`] = error;
  return { header, body: wire.envelope.writeReply({ method, id, error }, nothing) };
}

/** Legacy or mucp, told by the headers as servers of 1.7 do. */
function protocolOf(header: Metadata, contentType: string | undefined): Protocol {
  if (micro(header, "Protocol")) return "mucp";
  const named = micro(header, "Service") || micro(header, "Method") || micro(header, "Endpoint");
  if (named && !micro(header, "Target")) return "mucp";
  return contentType === undefined || isLegacyType(contentType) ? "legacy" : "mucp";
}

let lastHeader: Metadata | undefined;
let lastWire: Wire | undefined;

/** What a header says; it is asked for several times for each message, so that the last answer is kept. */
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

/** A call from what its header and its envelope say. */
export function incoming(
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

/** An empty body, or `null`, leaves the request as it is without any field. */
function isEmpty(body: Uint8Array): boolean {
  return body.length === 0 || (body.length <= 6 && Buffer.from(body).toString().trim() === "null");
}

function replyHeader(call: IncomingCall): Record<string, string> {
  const { contentType, prefix } = call.wire;
  const header: Record<string, string> = { "Content-Type": contentType };
  if (call.protocol === "mucp" && call.id !== "") header[`${prefix}Id`] = call.id;
  return header;
}
