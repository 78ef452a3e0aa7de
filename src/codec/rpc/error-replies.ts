import { type MicroError, type Reason, unavailable } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { readBrokenRequest } from "../json/jsonrpc.js";
import { micro } from "./header.js";
import { callFrom, readCall, readWire, writeError } from "./server-messages.js";

const nothing = new Uint8Array(0);

/** Writes the error reply to a message that `readCall` cannot read. */
export function writeUnreadable(message: Message, error: MicroError): Message {
  const wire = readWire(message.header);
  const { method, id } = readBrokenRequest(message.body);
  const frame = { method, id: wire.bare === "application/json" ? id : nothing, body: nothing };
  return writeError(
    callFrom({ service: "", method, id: micro(message.header, "Id") ?? "" }, wire, frame),
    error,
  );
}

/** Writes the reply to a message with an unsupported content type, with the text of the Go servers. */
export function writeUnsupported({ header }: Message): Message {
  const text = `Unsupported Content-Type: ${header["Content-Type"] ?? ""}`;
  return { header: { "Content-Type": "text/plain" }, body: Buffer.from(text) };
}

/** Writes the reply to a call that did not reach its handler. The caller may try another node at once. */
export function notExecuted(message: Message, why: string, reason?: Reason): Message {
  const error = unavailable("go.micro.server", `call not executed: ${why}`);
  const { header, body } = writeFailure(message, error);
  const marked: Record<string, string> = { ...header, "X-Micro-Not-Executed": "1" };
  if (reason === "OVERLOADED") marked["X-Micro-Reason"] = reason;
  return { header: marked, body };
}

/** Writes the error reply to a message, whether or not it can be read. */
export function writeFailure(message: Message, error: MicroError): Message {
  try {
    return writeError(readCall(message), error);
  } catch {
    return writeUnreadable(message, error);
  }
}
