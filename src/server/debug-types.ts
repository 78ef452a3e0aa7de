import type { WithProtobufForm } from "../codec/protobuf/proto.js";
import { badRequest } from "../core/errors.js";
import type { StandardSchema } from "../core/schema.js";

/** The response of `Debug.Health`. */
export interface Health {
  readonly status: string;
}

/** The response of `Debug.Stats`. */
export interface Stats {
  /** Seconds since 1970. */
  readonly started: number;
  /** Seconds. */
  readonly uptime: number;
  /** Bytes. */
  readonly memory: number;
  readonly threads: number;
  /** Nanoseconds spent in garbage collection. */
  readonly gc: number;
}

/** A small schema with hand-written protobuf, so that no service loads a protobuf runtime for `Debug` alone. */
export type DebugType<T> = StandardSchema<T> & WithProtobufForm;

const statsFields = ["started", "uptime", "memory", "threads", "gc"] as const;

/** An empty request. */
export const emptyType: DebugType<Record<string, never>> = debugType({
  title: "Empty",
  properties: {},
  encode: () => new Uint8Array(0),
  decode: () => ({}),
});

export const healthType: DebugType<Health> = debugType({
  title: "Health",
  properties: { status: { type: "string" } },
  encode: ({ status }) => Buffer.concat([Buffer.of(0x0a, Buffer.byteLength(status)), Buffer.from(status)]),
  decode(bytes) {
    let status = "";
    for (const { number, text } of fields(bytes)) if (number === 1) status = text;
    return { status };
  },
});

export const statsType: DebugType<Stats> = debugType({
  title: "Stats",
  properties: Object.fromEntries(statsFields.map((name) => [name, { type: "integer" }])),
  encode: (stats) =>
    Buffer.concat(
      statsFields.flatMap((name, i) => (stats[name] > 0 ? [varintField(i + 1, stats[name])] : [])),
    ),
  decode(bytes) {
    const stats = { started: 0, uptime: 0, memory: 0, threads: 0, gc: 0 };
    for (const { number, value } of fields(bytes)) {
      const name = statsFields[number - 1];
      if (name) stats[name] = value;
    }
    return stats;
  },
});

interface Definition<T> {
  readonly title: string;
  readonly properties: Record<string, unknown>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

function debugType<T>({ title, properties, encode, decode }: Definition<T>): DebugType<T> {
  const jsonSchema = () => ({ title, type: "object", properties });
  return {
    "~standard": {
      version: 1,
      vendor: "micro",
      validate: (value) => ({ value: (value ?? {}) as T }),
      jsonSchema: { input: jsonSchema, output: jsonSchema },
    },
    "~protobuf": { encode: (value) => encode(value as T), decode },
  };
}

function varintField(number: number, value: number): Uint8Array {
  const bytes = [number << 3];
  let rest = Math.floor(value);
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.of(...bytes, rest);
}

interface Field {
  readonly number: number;
  readonly value: number;
  readonly text: string;
}

/** Parses a message of varint and string fields. @throws {MicroError} 400 for any other wire type. */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < bytes.length && scale < 2 ** 63; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw badRequest("go.micro.codec", "decode protobuf: number without end");
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = varint();
    const wireType = tag % 8;
    if (wireType !== 0 && wireType !== 2)
      throw badRequest("go.micro.codec", `decode protobuf: wire type ${wireType}`);
    const text = wireType === 2 ? Buffer.from(bytes.subarray(at, at + value)).toString() : "";
    if (wireType === 2) at += value;
    yield { number: Math.floor(tag / 8), value, text };
  }
}
