import { isUtf8 } from "node:buffer";
import { badRequest } from "./errors.js";
import { asBuffer } from "./text/as-buffer.js";

/** A message body inside JSON. Every program writes and reads bodies by this rule, so that no byte is lost. */
export interface BodyText {
  readonly body: string;
  /** `utf8`: `body` is the text. `base64`: the bytes are not valid UTF-8. */
  readonly encoding: "utf8" | "base64";
}

/** Returns the body as text if it is valid UTF-8, otherwise in base64. */
export function bodyText(bytes: Uint8Array): BodyText {
  const buffer = asBuffer(bytes);
  return isUtf8(buffer)
    ? { body: buffer.toString(), encoding: "utf8" }
    : { body: buffer.toString("base64"), encoding: "base64" };
}

/** A body for people to read. `json`: `body` is a JSON object or array, which viewers show as a tree. */
export interface ShownBody {
  readonly body: string;
  readonly encoding: BodyText["encoding"] | "json";
}

/** Returns the body as JSON if it is a document, otherwise as `bodyText` does. */
export function shownBody(bytes: Uint8Array): ShownBody {
  const text = bodyText(bytes);
  return text.encoding === "utf8" && isJsonDocument(text.body) ? { ...text, encoding: "json" } : text;
}

/** Reads what `bodyText` wrote. @throws {MicroError} 400 if characters would be dropped or replaced. */
export function bodyBytes({ body, encoding }: { body: unknown; encoding: unknown }, id: string): Buffer {
  if (typeof body !== "string") throw badRequest(id, "body: not a string");
  if (encoding !== "utf8" && encoding !== "base64") throw badRequest(id, "encoding: not utf8 or base64");
  const bytes = Buffer.from(body, encoding);
  if (encoding === "utf8" && !isWellFormed(body)) throw badRequest(id, "body: a surrogate without its pair");
  if (encoding === "base64" && !isBase64(body, bytes)) throw badRequest(id, "body: not base64");
  return bytes;
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Padding is optional, and both the standard and the URL-safe alphabet are accepted. */
function isBase64(text: string, bytes: Buffer): boolean {
  const bare = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  return bytes.toString("base64").replace(/=+$/, "") === bare;
}

function isJsonDocument(text: string): boolean {
  if (!/^[\s]*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
