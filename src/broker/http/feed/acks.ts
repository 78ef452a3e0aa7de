import { badRequest, MicroError } from "../../../core/errors.js";
import type { Message } from "../../../core/message.js";
import { asBuffer } from "../../../core/text/as-buffer.js";
import { parseJson, stringifyJson } from "../../../core/text/json.js";

/** `count` consecutive publications, from number `first`, that all subscribers acknowledged. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/** A subscriber that did not acknowledge. */
export interface NegativeAck {
  readonly subscriber: string;
  readonly error: MicroError;
}

/** A message that a subscriber's port sends back on a feed. */
export type FeedAnswer =
  | { readonly runs: readonly Run[] }
  | { readonly number: number; readonly refusals: readonly NegativeAck[] };

const runSize = 8;
const refused = { "Content-Type": "application/json" };
/** Longest error detail to send, in characters. */
const maxDetail = 1000;

/** Encodes acknowledgements: for each run `first` and `count`, 4 bytes each, big endian. */
export function writeRuns(runs: readonly Run[]): Message {
  const body = Buffer.allocUnsafe(runSize * runs.length);
  let at = 0;
  for (const { first, count } of runs) at = body.writeUInt32BE(count, body.writeUInt32BE(first, at));
  return { header: {}, body };
}

/** Encodes the subscribers that did not acknowledge publication `number`. All others did. */
export function writeRefusals(number: number, refusals: readonly NegativeAck[]): Message {
  const publisherError = refusals.map(({ subscriber, error }) => ({
    subscriber,
    error: { ...error.toJSON(), detail: error.detail.slice(0, maxDetail) },
  }));
  return { header: refused, body: Buffer.from(stringifyJson({ number, refusals: publisherError })) };
}

/** Decodes either of the two. @throws {MicroError} 400 for anything else. */
export function readAnswer({ header, body }: Message): FeedAnswer {
  const bytes = asBuffer(body);
  if (header["Content-Type"] === refused["Content-Type"]) return readRefusals(parseJson(bytes.toString()));
  if (bytes.length % runSize !== 0) throw malformed();
  const runs: Run[] = [];
  for (let at = 0; at < bytes.length; at += runSize)
    runs.push({ first: bytes.readUInt32BE(at), count: bytes.readUInt32BE(at + 4) });
  return { runs };
}

function readRefusals(value: unknown): FeedAnswer {
  if (!isObject(value) || typeof value.number !== "number" || !Array.isArray(value.refusals))
    throw malformed();
  return { number: value.number, refusals: value.refusals.map(readRefusal) };
}

function readRefusal(value: unknown): NegativeAck {
  if (!isObject(value) || typeof value.subscriber !== "string") throw malformed();
  const error = MicroError.parse(stringifyJson(value.error));
  return { subscriber: value.subscriber, error: error.with({ reason: "REMOTE_ERROR", executed: "yes" }) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function malformed() {
  return badRequest("go.micro.broker", "feed: answer does not parse");
}
