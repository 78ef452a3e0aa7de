import type { Message } from "../../core/message.js";
import { shownBody } from "../../core/message-body.js";
import { redacted } from "../../core/metadata.js";
import { stringifyJson } from "../../core/text/json.js";
import { JsonText } from "../command.js";
import { inline } from "../output/response.js";

/** Formats a message: its body as JSON if it is that, otherwise as text, otherwise in base64. */
export function messageJson(topic: string, { header: sent, body }: Message): JsonText {
  const header = redacted(sent);
  const time = new Date().toISOString();
  const shown = shownBody(body);
  if (shown.encoding !== "json") return new JsonText(stringifyJson({ time, topic, header, ...shown }));
  const head = stringifyJson({ time, topic, header });
  return new JsonText(`${head.slice(0, -1)},"body":${inline(shown.body)},"encoding":"json"}`);
}
