import type { Message } from "../../core/message.js";
import type { Inbound, MessageStream, Transport, TransportHandler } from "../../transport/transport.js";

/** Any free port. */
export const address = "127.0.0.1:0";
/** The body of a message as text. */
export const text = (message: Message) => Buffer.from(message.body).toString();

/** A call of `Test.Echo`. */
export function message(body: string, header: Readonly<Record<string, string>> = {}): Message {
  const fixed = { "Content-Type": "application/json", "Micro-Method": "Test.Echo", ...header };
  return { header: fixed, body: Buffer.from(body) };
}

/** The last message of a stream. A stream without it counts as broken. */
export const end = message("", { "Micro-Error": "EOS" });
/** Opens a stream. */
export const opening = message("", { "Micro-Method": "Test.Stream" });

/** Handlers of a test. */
export interface TestHandlers {
  readonly call?: (request: Message, inbound: Inbound) => Promise<Message>;
  readonly stream?: (stream: MessageStream, inbound: Inbound) => Promise<void>;
}

/** A transport handler. By default, it echoes calls and ends streams. */
export function handler({
  call = async (request) => request,
  stream = async () => {},
}: TestHandlers): TransportHandler {
  return {
    opensStream: ({ header }) => header["Micro-Method"] === "Test.Stream",
    call,
    stream: (_opening, messages, inbound) => stream(messages, inbound),
  };
}

/** A promise with its `resolve` function. */
export function signalled<T = void>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
} {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Reads the bodies of a stream, up to its end. */
export async function collect(stream: AsyncIterable<Message>): Promise<string[]> {
  const bodies: string[] = [];
  for await (const received of stream) {
    if (received.header["Micro-Error"]) break;
    bodies.push(text(received));
  }
  return bodies;
}

/** Opens a new transport. Its `dial` has to reach its own listeners. */
export type OpenTransport = () => Promise<Transport>;
