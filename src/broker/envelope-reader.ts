import type { Message } from "../core/message.js";
import type { Metadata } from "../core/service.js";
import { decodeBody, decodeEnvelope } from "./envelope.js";

/** What stands between the header and the body of an envelope as all write it, and what ends it. */
const bodyStart = ',"Body":"';
const end = '"}';
/** Characters of an envelope that is kept, for those who get the same text again. */
const maxKept = 64 * 1024;

/**
 * Reads the envelopes of one broker. Those of a topic mostly begin alike: a header that comes again is not parsed
 * again, which leaves a third of the cost.
 */
export class EnvelopeReader {
  /** What came before the body of the last envelope that was parsed, and when that was seen twice, its header. */
  #start = "";
  #header: Metadata | undefined;
  #text: string | undefined;
  #message: Message | undefined;

  /** The message in `text`; the same again for subscribers that share a text. @throws {MicroError} 400 when it is none. */
  read(text: string): Message {
    if (text === this.#text && this.#message) return this.#message;
    const message = this.#again(text) ?? this.#parse(text);
    const kept = text.length <= maxKept;
    this.#text = kept ? text : undefined;
    this.#message = kept ? message : undefined;
    return message;
  }

  #again(text: string): Message | undefined {
    if (this.#header === undefined || !text.startsWith(this.#start) || !text.endsWith(end)) return undefined;
    const body = decodeBody(text.slice(this.#start.length, -end.length));
    return body && { header: this.#header, body };
  }

  #parse(text: string): Message {
    const { message } = decodeEnvelope(text);
    const start = text.slice(0, text.lastIndexOf(bodyStart) + bodyStart.length);
    this.#header = start === this.#start ? headerOf(start) : undefined;
    this.#start = start;
    return message;
  }
}

/** The header of all envelopes that begin with `start`; nothing when that is not all but the body. */
function headerOf(start: string): Metadata | undefined {
  if (!start.startsWith('{"Header":{') || !start.endsWith(bodyStart)) return undefined;
  try {
    const members: unknown = JSON.parse(`${start}${end}`);
    if (Object.keys(members as object).join() !== "Header,Body") return undefined;
    return Object.freeze(decodeEnvelope(`${start}${end}`).message.header);
  } catch {
    return undefined;
  }
}
