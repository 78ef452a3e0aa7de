import type { Message } from "../../core/message.js";
import { bodyText, isJsonDocument } from "../../core/message-body.js";
import { redacted } from "../../core/metadata.js";
import { stringifyJson } from "../../core/text/json.js";
import { JsonText } from "../command.js";
import { inline } from "../output/response.js";

/** Formats a message: its body as JSON if it is that, otherwise as text, otherwise in base64. */
export function messageJson(topic: string, { header: sent, body }: Message): JsonText {
  const header = redacted(sent);
  const time = new Date().toISOString();
  const text = bodyText(body);
  if (text.encoding === "base64" || !isJsonDocument(text.body))
    return new JsonText(stringifyJson({ time, topic, header, ...text }));
  const head = stringifyJson({ time, topic, header });
  return new JsonText(`${head.slice(0, -1)},"body":${inline(text.body)},"encoding":"json"}`);
}
