import type { Message } from "../../../core/message.js";
import { emptyBody } from "../../../core/message.js";
import type { Metadata } from "../../../core/service.js";
import { splitBodies } from "./batch.js";

/** Header names that a feed uses itself: see `clashes`. */
const topicName = "Micro-Method";
const portName = "Micro-Endpoint";
/** Marks a message that holds a single body, unframed. Stands in place of the port name. */
const single = "1";

/** Returns the message that opens a feed to the port named `port`. */
export function writeOpening(port: string): Message {
  return { header: { [portName]: port }, body: emptyBody };
}

export function readOpening({ header }: Message): string {
  return header[portName] ?? "";
}

/** Returns the header for publications of `topic`. `alone`: the message holds a single one. */
export function feedHeader(topic: string, header: Metadata, alone: boolean): Metadata {
  return alone ? { ...header, [topicName]: topic, [portName]: single } : { ...header, [topicName]: topic };
}

/** @throws {MicroError} 400 if the bodies do not parse. */
export function readPublications({ header, body }: Message): {
  readonly topic: string;
  readonly header: Metadata;
  readonly bodies: readonly Uint8Array[];
} {
  const { [topicName]: topic = "", [portName]: alone, ...rest } = header;
  return { topic, header: Object.freeze(rest), bodies: alone === single ? [body] : splitBodies(body) };
}
