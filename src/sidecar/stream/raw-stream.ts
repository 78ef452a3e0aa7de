import type { Stream } from "../../client/client.js";
import { badRequest, MicroError } from "../../core/errors.js";
import { parseJson } from "../../core/text/json.js";
import { utf8 } from "../../http/body/body.js";
import { presentable } from "../../http/errors.js";
import { rpcError } from "../../http/rpc/rpc.js";

/** A stream of JSON texts, as they are written. */
export type RawStream = Stream<Uint8Array>;

const id = "go.micro.rpc";

/** Sends one request. @throws {MicroError} 400 when it is no JSON. */
export async function sendRequest(stream: RawStream, request: Buffer): Promise<void> {
  await stream.send(readRequest(utf8(request, id)));
}

/** The bytes of a request. @throws {MicroError} 400 when it is no JSON. */
export function readRequest(text: string): Buffer {
  try {
    parseJson(text);
  } catch (cause) {
    throw badRequest(id, (cause as Error).message, { reason: "BAD_JSON", cause });
  }
  return Buffer.from(text);
}

/** What a caller is told of an error in mid-stream. */
export function shownError(error: unknown): MicroError {
  return rpcError(presentable(MicroError.from(error, id), id, { id: "" }));
}

/** JSON has no line breaks but between its parts. */
export function oneLine(response: Uint8Array): string {
  return Buffer.from(response)
    .toString()
    .trim()
    .replace(/[\r\n]+/g, " ");
}
