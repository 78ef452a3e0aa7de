import { isUtf8 } from "node:buffer";
import { parseJson } from "../core/json.js";
import type { Message } from "../core/message.js";

/** A message as it is printed: its body as JSON where it is, else as text, else in base64. */
export function messageJson(topic: string, { header, body }: Message): object {
  const time = new Date().toISOString();
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = isUtf8(bytes) ? bytes.toString() : undefined;
  if (text === undefined) return { time, topic, header, body: bytes.toString("base64"), encoding: "base64" };
  const json = asJson(text);
  return { time, topic, header, body: json ?? text, encoding: json === undefined ? "utf8" : "json" };
}

function asJson(text: string): unknown {
  try {
    const value: unknown = parseJson(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
