import fc from "fast-check";
import { character } from "../character.js";
import type { Asking } from "../ways.js";

/** What a backend answers, as it means it; all texts are latin1. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly framing: "length" | "chunked" | "close";
  readonly trailers: readonly (readonly [string, string])[];
  /** Interim answers before it. */
  readonly interim: readonly number[];
  /** Where its bytes are cut into writes, as parts of the whole. */
  readonly cuts: readonly number[];
  /** Bytes that are put in the place of its own: garbage. */
  readonly garbage?: string;
}

export interface RelayCase {
  readonly asking: Asking;
  readonly reply: Reply;
}

const visible = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f);
const inner = fc.oneof(visible, fc.constantFrom(0x20, 0x09, 0xc4, 0x8a, 0x8d, 0xe9));
const text = fc
  .tuple(visible, fc.array(inner, { maxLength: 40 }), visible)
  .map(([first, middle, last]) => String.fromCharCode(first, ...middle, last));
const utf8 = fc.string({ unit: character, minLength: 1, maxLength: 12 }).map((value) => {
  const clean = [...value].filter((one) => (one.codePointAt(0) ?? 0) > 0x20 && one !== "\x7f").join("");
  return Buffer.from(`x${clean}x`).toString("latin1");
});
const value = fc.oneof(
  text,
  utf8,
  fc.constant(Buffer.from('a="\u010d\u010aSet-Cookie: x=1"').toString("latin1")),
);
const name = fc.constantFrom(
  "X-A",
  "X-B",
  "content-disposition",
  "X-Long-Name-9",
  "Set-Cookie",
  "Link",
  "x_y",
  "ETag",
);
const headers = fc.uniqueArray(fc.tuple(name, value), {
  maxLength: 5,
  selector: ([key]) => key.toLowerCase(),
});
const body = fc.oneof(
  fc.constant(""),
  fc.string({ maxLength: 60 }).map((made) => Buffer.from(made).toString("latin1")),
  fc.constant("HTTP/1.1 100 Continue\r\n\r\n"),
  fc.integer({ min: 1, max: 70_000 }).map((length) => "z".repeat(length)),
);

const reply: fc.Arbitrary<Reply> = fc.record(
  {
    status: fc.constantFrom(200, 201, 204, 206, 301, 304, 400, 401, 404, 418, 500, 503, 599),
    headers,
    body,
    framing: fc.constantFrom("length", "chunked", "close"),
    trailers: fc.oneof(fc.constant([]), fc.constant([["x-sum", "\xe91"]] as const)),
    interim: fc.oneof(fc.constant([]), fc.array(fc.constantFrom(100, 102, 103), { maxLength: 2 })),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
    garbage: fc.constantFrom(
      "HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
      "HTTP/1.1 99 Low\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "SSH-2.0-OpenSSH\r\n\r\n\r\n",
      "",
    ),
  },
  { requiredKeys: ["status", "headers", "body", "framing", "trailers", "interim", "cuts"] },
);

const asking: fc.Arbitrary<Asking> = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"),
    path: fc.constantFrom("/shop/x", "/shop/a%20b?c=%0d%0a", "/shop/", "/shop/y?a=1&a=2"),
    headers: headers.map((all) => all.filter(([key]) => key !== "Set-Cookie")),
    body,
  })
  .map((made) => (made.method === "GET" || made.method === "HEAD" ? { ...made, body: "" } : made));

/** A request and its answer; one answer in ten is no HTTP. */
export const relayCase: fc.Arbitrary<RelayCase> = fc
  .tuple(asking, reply, fc.integer({ min: 0, max: 9 }))
  .map(([asked, { garbage, ...made }, chance]) => ({
    asking: asked,
    reply: chance === 0 && garbage !== undefined ? { ...made, garbage } : made,
  }));

/** The bytes of a reply, in the pieces that are written. */
export function piecesOf(
  made: Reply,
  method: string,
): { readonly pieces: readonly Buffer[]; readonly closes: boolean } {
  const bytes = Buffer.from(made.garbage ?? textOf(made, method), "latin1");
  const marks = [...new Set(made.cuts.map((part) => Math.floor(part * bytes.length)))].sort((a, b) => a - b);
  const ends = [...marks, bytes.length];
  const pieces = ends
    .map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))
    .filter((piece) => piece.length > 0);
  return { pieces, closes: made.garbage !== undefined || made.framing === "close" };
}

function textOf(
  { status, headers: fields, body: text, framing, trailers, interim }: Reply,
  method: string,
): string {
  const before = interim.map((code) => `HTTP/1.1 ${code} Wait\r\nX-Early: 1\r\n\r\n`).join("");
  const lines = fields.map(([key, one]) => `${key}: ${one}\r\n`).join("");
  const head = `${before}HTTP/1.1 ${status} Any\r\n${lines}`;
  if (hasNone(status, method)) return `${head}${framing === "close" ? "Connection: close\r\n" : ""}\r\n`;
  if (framing === "length") return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
  if (framing === "close") return `${head}Connection: close\r\n\r\n${text}`;
  const chunk = text === "" ? "" : `${text.length.toString(16)}\r\n${text}\r\n`;
  const last = trailers.map(([key, one]) => `${key}: ${one}\r\n`).join("");
  return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n${last}\r\n`;
}

/** True for an answer without a body. */
export function hasNone(status: number, method: string): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}
