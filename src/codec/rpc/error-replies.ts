import { type MicroError, type Reason, unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { readBrokenRequest } from "../json/jsonrpc.js";
import { micro } from "./header.js";
import { incoming, readCall, readWire, writeError } from "./server-messages.js";

const nothing = new Uint8Array(0);

/** Answers a message that `readCall` could not read. */
export function writeUnreadable(message: Message, error: MicroError): Message {
  const wire = readWire(message.header);
  const { method, id } = readBrokenRequest(message.body);
  const frame = { method, id: wire.bare === "application/json" ? id : nothing, body: nothing };
  return writeError(
    incoming({ service: "", method, id: micro(message.header, "Id") ?? "" }, wire, frame),
    error,
  );
}

/** Answers a message whose content type nobody here reads, in the words of the Go servers. */
export function writeUnsupported({ header }: Message): Message {
  const text = `Unsupported Content-Type: ${header["Content-Type"] ?? ""}`;
  return { header: { "Content-Type": "text/plain" }, body: Buffer.from(text) };
}

/** Refuses a call that did not reach its handler: the caller may try another node at once. */
export function notExecuted(message: Message, why: string, reason?: Reason): Message {
  const error = unavailable("go.micro.server", `call not executed: ${why}`);
  const { header, body } = writeFailure(message, error);
  const marked: Record<string, string> = { ...header, "X-Micro-Not-Executed": "1" };
  if (reason === "OVERLOADED") marked["X-Micro-Reason"] = reason;
  return { header: marked, body };
}

/** Answers a message with an error, whether or not it can be read. */
export function writeFailure(message: Message, error: MicroError): Message {
  try {
    return writeError(readCall(message), error);
  } catch {
    return writeUnreadable(message, error);
  }
}
