import type { Publication } from "../../broker/broker.js";
import { jsonMembers } from "../../codec/json/json-members.js";
import { badRequest } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { bodyBytes, shownBody } from "../../core/message-body.js";
import { redacted } from "../../core/metadata.js";
import { parseJson } from "../../core/text/json.js";
import { utf8 } from "../../http/body/body.js";
import { id } from "../context.js";
import { readMetadata } from "./query-request.js";

/** Maximum bytes of a message body to show. */
const maxShown = 256 * 1024;
const topicName = /^[\w.:/-]{1,200}$/;

/** A message for pages. `size` is the size of the complete body, if only its beginning is shown. */
export function shown({ message: { header, body } }: Publication): object {
  return {
    time: Date.now(),
    header: redacted(header),
    ...shownBody(body.length > maxShown ? beginning(body) : body),
    ...(body.length > maxShown && { size: body.length }),
  };
}

/** The first bytes of a body, cut at the end of a UTF-8 character. */
function beginning(body: Uint8Array): Uint8Array {
  let end = maxShown;
  while (end > maxShown - 4 && ((body[end] ?? 0) & 0xc0) === 0x80) end--;
  return body.subarray(0, end);
}

/**
 * Parses `{topic, header, body, encoding}`. With an `encoding` (`utf8` or `base64`) the body is a string. Without, it
 * is JSON, which is published byte for byte.
 * @throws {MicroError} 400 when it is not a valid message.
 */
export function readPublication(bytes: Buffer): { readonly topic: string; readonly message: Message } {
  const value = (parseJson(utf8(bytes, id)) ?? {}) as Record<string, unknown>;
  const { topic, header, encoding } = value;
  const json = encoding === undefined || encoding === "json";
  const body = json ? (jsonMembers(bytes).get("body") ?? Buffer.from("{}")) : bodyBytes(value as never, id);
  const type = json ? "application/json" : encoding === "utf8" ? "text/plain" : "application/octet-stream";
  return {
    topic: checkTopic(topic),
    message: { header: { "Content-Type": type, ...readMetadata(header) }, body },
  };
}

/** @throws {MicroError} 400 when it is not a valid topic. */
export function checkTopic(topic: unknown): string {
  if (typeof topic === "string" && topicName.test(topic)) return topic;
  throw badRequest(id, `topic ${JSON.stringify(topic) ?? "missing"}: not a valid topic`);
}
