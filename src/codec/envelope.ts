/** What an envelope says of a request besides the request itself. */
export interface RequestFrame {
  /** Empty when the envelope does not name it. */
  readonly method: string;
  /** As it was written, so that the reply can have the very same. */
  readonly id: Uint8Array;
  /** The bare request. */
  readonly body: Uint8Array;
}

/** What a reply has to repeat of its request. */
export interface ReplyFrame {
  readonly method: string;
  readonly id: Uint8Array;
  /** Text of the error; absent in a success. */
  readonly error?: string;
}

/** What a content type puts around the bare bytes of a request or a reply. Implementations: `jsonrpc`, `protorpc`, `grpc`, `bare`. */
export interface Envelope {
  writeRequest(method: string, id: number, body: Uint8Array): Uint8Array;
  /** @throws {MicroError} 400 when it does not parse. */
  readRequest(bytes: Uint8Array): RequestFrame;
  writeReply(frame: ReplyFrame, body: Uint8Array): Uint8Array;
  /** @throws {MicroError} the error that it carries, or 502 when it does not parse. */
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
