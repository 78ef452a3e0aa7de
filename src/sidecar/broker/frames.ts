import { badRequest, type MicroError } from "../../core/errors.js";
import type { Message } from "../../core/message.js";
import { bodyBytes } from "../../core/message-body.js";
import { parseJson } from "../../core/text/json.js";
import { sidecarId } from "../options.js";

/** The subprotocol of framed sockets. */
export const framedProtocol = "micro.broker.v1";

/** A frame from a client. */
export type Frame =
  | { readonly op: "resume"; readonly session: string; readonly seq: number }
  | { readonly op: "subscribe"; readonly topic: string; readonly queue: string; readonly ack: boolean }
  | { readonly op: "unsubscribe"; readonly topic: string; readonly queue: string }
  | { readonly op: "publish"; readonly topic: string; readonly message: Message; readonly id: Id }
  | { readonly op: "ack"; readonly seq: number };

/** Id of a publication, repeated in its answer. */
export type Id = string | number | undefined;

/** Parses a frame of a client. @throws {MicroError} 400 that names the invalid member. */
export function readFrame(text: string): Frame {
  const value = parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("not an object");
  const members = value as Readonly<Record<string, unknown>>;
  switch (members.op) {
    case "resume":
      return { op: "resume", session: required(members, "session"), seq: sequence(members) };
    case "subscribe":
      return { op: "subscribe", ...readTarget(members), ack: members.ack === true };
    case "unsubscribe":
      return { op: "unsubscribe", ...readTarget(members) };
    case "publish":
      return {
        op: "publish",
        topic: readTopic(required(members, "topic")),
        message: message(members),
        id: id(members),
      };
    case "ack":
      return { op: "ack", seq: sequence(members) };
    default:
      throw bad(`op: not resume, subscribe, unsubscribe, publish or ack`);
  }
}

/** Checks the name of a topic. @throws {MicroError} 400 when it is invalid. */
export function readTopic(topic: string): string {
  if (topic.length > 255) throw badRequest(sidecarId, "topic: longer than 255 characters");
  for (let i = 0; i < topic.length; i++)
    if (topic.charCodeAt(i) < 0x21 || topic.charCodeAt(i) === 0x7f)
      throw badRequest(sidecarId, "topic: contains white space or control characters");
  return topic;
}

type Members = Readonly<Record<string, unknown>>;

function readTarget(members: Members): { topic: string; queue: string } {
  const { queue = "" } = members;
  if (typeof queue !== "string" || queue.length > 255)
    throw bad("queue: not a string of at most 255 characters");
  return { topic: readTopic(required(members, "topic")), queue };
}

function message({ header = {}, body = "", encoding = "utf8" }: Members): Message {
  return { header: readHeader(header), body: bodyBytes({ body, encoding }, sidecarId) };
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;

function readHeader(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad("header: not an object");
  const pairs = Object.entries(value);
  if (pairs.length > 256) throw bad("header: more than 256 members");
  for (const [name, text] of pairs)
    if (!token.test(name) || typeof text !== "string")
      throw bad("header: not an object of header names and strings");
  return Object.fromEntries(pairs);
}

function id({ id }: Members): Id {
  if (id === undefined || typeof id === "number" || (typeof id === "string" && id.length <= 100)) return id;
  throw bad("id: not a number or a string of at most 100 characters");
}

function required(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== "string" || value === "") throw bad(`${name}: missing`);
  return value;
}

function sequence({ seq }: Members): number {
  if (typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 0) return seq;
  throw bad("seq: not a number");
}

function bad(detail: string): MicroError {
  return badRequest(sidecarId, `frame: ${detail}`);
}
