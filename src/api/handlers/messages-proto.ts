import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { MicroError } from "../../core/errors.js";
import type { ApiRequest, ApiResponse, Pair } from "./messages.js";

/**
 * Encodes a request for Go nodes. Fields: 1 method, 2 path, 3 header, 4 get, 5 post (maps of Pair), 6 body, 7 raw (an
 * addition of this toolkit).
 * Source: the api proto of the original.
 */
export function encodeRequest(request: ApiRequest): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, request.method);
  text(writer, 2, request.path);
  pairs(writer, 3, request.header);
  pairs(writer, 4, request.get);
  pairs(writer, 5, request.post);
  text(writer, 6, request.body ?? "");
  if (request.raw) writer.tag(7, WireType.LengthDelimited).bytes(request.raw);
  return writer.finish();
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

function pairs(writer: BinaryWriter, field: number, map: Readonly<Record<string, Pair>> | undefined): void {
  for (const [name, { key, values }] of Object.entries(map ?? {})) {
    writer.tag(field, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    for (const value of values) writer.tag(2, WireType.LengthDelimited).string(value);
    writer.join().join();
  }
}

/** Decodes a response: 1 statusCode, 2 header, 3 body, 4 raw (an addition). @throws {MicroError} 502 if invalid. */
export function decodeResponse(bytes: Uint8Array): ApiResponse {
  try {
    return readResponse(new BinaryReader(bytes));
  } catch (cause) {
    throw new MicroError("go.micro.api", 502, `parse api.Response: ${(cause as Error).message}`, { cause });
  }
}

function readResponse(reader: BinaryReader): ApiResponse {
  let statusCode = 0;
  let body: Uint8Array = new Uint8Array(0);
  const header: Pair[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) statusCode = reader.int32();
    else if (field === 2) header.push(readEntry(new BinaryReader(reader.bytes())));
    else if (field === 3 || field === 4) {
      const value = reader.bytes();
      if (value.length > 0) body = value;
    } else reader.skip(type, field);
  }
  return { statusCode, header, body };
}

function readEntry(reader: BinaryReader): Pair {
  let pair: Pair = { key: "", values: [] };
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 2) pair = readPair(new BinaryReader(reader.bytes()));
    else reader.skip(type, field);
  }
  return pair;
}

function readPair(reader: BinaryReader): Pair {
  let key = "";
  const values: string[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1) key = reader.string();
    else if (field === 2) values.push(reader.string());
    else reader.skip(type, field);
  }
  return { key, values };
}
