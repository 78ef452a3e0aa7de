import type { Message } from "../../../core/message.js";
import { emptyBody } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import { splitBodies } from "./batch.js";

/** Names that a feed needs for itself: see `clashes`. */
const topicName = "Micro-Method";
const portName = "Micro-Endpoint";
/** In place of a port: the body is that of one publication, as it is. */
const single = "1";

/** Opens the feed of the port that calls itself `port`. */
export function writeOpening(port: string): Message {
  return { header: { [portName]: port }, body: emptyBody };
}

export function readOpening({ header }: Message): string {
  return header[portName] ?? "";
}

/** The header of publications of `topic`, of one alone or of several in one message. */
export function feedHeader(topic: string, header: Metadata, alone: boolean): Metadata {
  return alone ? { ...header, [topicName]: topic, [portName]: single } : { ...header, [topicName]: topic };
}

/** @throws {MicroError} 400 when the bodies do not parse. */
export function readPublications({ header, body }: Message): {
  readonly topic: string;
  readonly header: Metadata;
  readonly bodies: readonly Uint8Array[];
} {
  const { [topicName]: topic = "", [portName]: alone, ...rest } = header;
  return { topic, header: Object.freeze(rest), bodies: alone === single ? [body] : splitBodies(body) };
}
