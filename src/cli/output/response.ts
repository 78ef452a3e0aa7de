import type { ChalkInstance } from "chalk";
import { MicroError } from "../../core/errors.js";
import { asBuffer } from "../../core/text/as-buffer.js";
import { reindentJson } from "../../core/text/json.js";
import { sanitiseJson } from "../sanitise.js";

/** Returns the text of a response. @throws {MicroError} 502 if it is not JSON. */
export function responseText(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString().trim();
  if (text === "") return "{}";
  try {
    JSON.parse(text);
  } catch (error) {
    const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    throw new MicroError("", 502, `the response is not JSON: ${shown}`, {
      reason: "REMOTE_ERROR",
      cause: error,
    });
  }
  return text;
}

/** Indents JSON for reading. Digits and order are kept. */
export function indented(text: string): string {
  return sanitiseJson(reindentJson(text, "\t"));
}

/** Puts JSON on one line, for lists of messages. */
export function inline(text: string): string {
  return sanitiseJson(reindentJson(text, ""));
}

/** Colours JSON text. */
export function coloured(text: string, { cyan, green, yellow }: ChalkInstance): string {
  return text.replace(
    /("(?:[^"\\]|\\.)*")(:?)|(-?\d[\d.eE+-]*|true|false|null)/g,
    (whole, string, colon, other) => {
      if (other !== undefined) return yellow(other);
      if (string === undefined) return whole;
      return colon ? `${cyan(string)}${colon}` : green(string);
    },
  );
}
