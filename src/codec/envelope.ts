/** A request taken out of its envelope. */
export interface RequestFrame {
  /** Empty if the envelope does not name it. */
  readonly method: string;
  /** The bytes as received, so that the reply can repeat them exactly. */
  readonly id: Uint8Array;
  /** The bare request. */
  readonly body: Uint8Array;
}

/** The parts of a reply that go into its envelope. */
export interface ReplyFrame {
  readonly method: string;
  readonly id: Uint8Array;
  /** Text of the error. Absent on success. */
  readonly error?: string;
}

/**
 * The frame that a content type puts around the bare bytes of a request or reply. Implementations: `jsonrpc`,
 * `protorpc`, `grpc`, `bare`.
 */
export interface Envelope {
  writeRequest(method: string, id: number, body: Uint8Array): Uint8Array;
  /** @throws {MicroError} 400 if it does not parse. */
  readRequest(bytes: Uint8Array): RequestFrame;
  writeReply(frame: ReplyFrame, body: Uint8Array): Uint8Array;
  /** @throws {MicroError} the error that it carries, or 502 if it does not parse. */
  readReply(bytes: Uint8Array): Uint8Array;
}

const nothing = new Uint8Array(0);

/** No envelope: method, id and error are in the headers. */
export const bare: Envelope = {
  writeRequest: (_method, _id, body) => body,
  readRequest: (body) => ({ method: "", id: nothing, body }),
  writeReply: (frame, body) => (frame.error === undefined ? body : nothing),
  readReply: (body) => body,
};
