import type { Message } from "../core/message.js";
import type { Metadata } from "../core/service.js";
import { decodeBody, decodeEnvelope } from "./envelope.js";

/** Text between header and body, and at the end of an envelope, as every broker writes it. */
const bodyStart = ',"Body":"';
const end = '"}';
/** Longest envelope in characters that is cached, for subscribers that receive the same text. */
const maxKept = 64 * 1024;

/**
 * Reads the envelopes of one broker. Most envelopes of a topic have the same header. Not parsing it again saves two
 * thirds of the cost.
 */
export class EnvelopeReader {
  /** The text before the body of the last parsed envelope, and its header once the same text was seen twice. */
  #start = "";
  #header: Metadata | undefined;
  #text: string | undefined;
  #message: Message | undefined;

  /**
   * Returns the message in `text`. Subscribers that receive the same text share it. @throws {MicroError} 400 if it is
   * malformed.
   */
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

/** Returns the header of all envelopes that begin with `start`. Undefined if `start` is not everything but the body. */
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
