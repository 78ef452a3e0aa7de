import { type MicroError, tooLarge, unreadable } from "../../../core/errors.js";
import type { Metadata } from "../../../core/service.js";
import { readHeader } from "../wire/header.js";
import { maxBody, maxHead, maxHeaders } from "../wire/limits.js";

/** One parsed response. */
export interface Response {
  readonly status: number;
  /** Code and phrase, such as `500 Internal Server Error`. */
  readonly statusText: string;
  readonly header: Metadata;
  readonly body: Uint8Array;
  /** True if the peer will close the connection after this response. */
  readonly last: boolean;
}

interface Head extends Omit<Response, "body"> {
  /** Bytes of the body, or `chunked`. */
  readonly length: number | "chunked";
}

const empty = Buffer.alloc(0);
const maxLine = 256;

/**
 * Parses the HTTP/1.1 responses of one connection. It does not pair them with requests, since streams do not. Strict:
 * anything that RFC 9112 allows a recipient to repair is an error, and the connection has to be closed.
 */
export class ResponseReader {
  readonly #onResponse: (response: Response) => void;
  #pending: Buffer[] = [];
  #size = 0;
  #head: Head | undefined;
  #chunks: Buffer[] = [];
  #chunked = 0;
  /** Size of the current chunk, including its line end. 0 before a size line, -1 in the trailer. */
  #chunk = 0;

  constructor(onResponse: (response: Response) => void) {
    this.#onResponse = onResponse;
  }

  /** True between two responses: the peer may close now without cutting one short. */
  get between(): boolean {
    return this.#size === 0 && this.#head === undefined;
  }

  /** Parses received bytes. @throws {MicroError} 502 for invalid HTTP, 413 for a response over the limits. */
  push(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    while (this.#step());
  }

  #step(): boolean {
    if (this.#head === undefined) return this.#readHead();
    return this.#head.length === "chunked" ? this.#readChunk() : this.#readSized(this.#head.length);
  }

  #readHead(): boolean {
    if (this.#size === 0) return false;
    const bytes = this.#merged();
    const end = bytes.indexOf("\r\n\r\n");
    if (end > maxHead || (end < 0 && bytes.length > maxHead))
      throw tooLarge("go.micro.client", `read response: header over ${maxHead} bytes`);
    if (end < 0) return false;
    const head = parseHead(bytes.toString("latin1", 0, end));
    this.#consume(end + 4);
    if (head.status >= 200) this.#head = head;
    else if (head.status === 101) throw broken("switched protocols unasked");
    return true;
  }

  #readSized(length: number): boolean {
    if (this.#size < length) return false;
    const body = this.#consume(length);
    this.#done(body);
    return this.#size > 0;
  }

  #readChunk(): boolean {
    if (this.#chunk === -1) return this.#readTrailer();
    if (this.#chunk === 0) return this.#readChunkSize();
    if (this.#size < this.#chunk) return false;
    const bytes = this.#consume(this.#chunk);
    if (bytes.toString("latin1", bytes.length - 2) !== "\r\n") throw broken("chunk without its line end");
    this.#chunks.push(bytes.subarray(0, -2));
    this.#chunk = 0;
    return true;
  }

  #readChunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    const match = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line);
    if (!match) throw broken("bad chunk size");
    const size = Number.parseInt(match[1] ?? "", 16);
    this.#chunked += size;
    if (this.#chunked > maxBody)
      throw tooLarge("go.micro.client", `read response: body over ${maxBody} bytes`);
    this.#chunk = size === 0 ? -1 : size + 2;
    return true;
  }

  #readTrailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (line !== "") return true;
    const body = this.#chunks.length === 1 ? (this.#chunks[0] ?? empty) : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#chunked = 0;
    this.#chunk = 0;
    this.#done(body);
    return this.#size > 0;
  }

  #line(): string | undefined {
    if (this.#size === 0) return undefined;
    const bytes = this.#merged();
    const end = bytes.indexOf("\r\n");
    if (end > maxLine || (end < 0 && bytes.length > maxLine)) throw broken("line too long");
    if (end < 0) return undefined;
    return this.#consume(end + 2).toString("latin1", 0, end);
  }

  #done(body: Buffer): void {
    const head = this.#head;
    this.#head = undefined;
    if (!head) return;
    const { status, statusText, header, last } = head;
    this.#onResponse({ status, statusText, header, body, last });
  }

  #merged(): Buffer {
    const bytes = this.#pending.length === 1 ? (this.#pending[0] ?? empty) : Buffer.concat(this.#pending);
    this.#pending = [bytes];
    return bytes;
  }

  #consume(length: number): Buffer {
    const bytes = this.#size === 0 ? empty : this.#merged();
    const rest = bytes.subarray(length);
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return bytes.subarray(0, length);
  }
}

const statusLine = /^HTTP\/1\.([01]) (([1-9]\d\d)(?: [^\r\n]*)?)(?:\r\n|$)/;
const headerLine = /([\w!#$%&'*+.^`|~-]+):([^\r\n\0]*)(?:\r\n|$)/y;

/** Parses in one pass: splitting into lines and searching for each name took 4 µs. */
function parseHead(text: string): Head {
  const first = statusLine.exec(text);
  if (!first) throw broken("not an HTTP/1.1 status line");
  const status = Number(first[3]);
  const bodiless = status < 200 || status === 204 || status === 304;
  const raw: string[] = [];
  let last = first[1] === "0";
  let length: Head["length"] | undefined;
  for (let at = first[0].length; at < text.length; at = headerLine.lastIndex) {
    headerLine.lastIndex = at;
    const [, name, padded = ""] = headerLine.exec(text) ?? [];
    if (name === undefined) throw broken("bad header line");
    const value = trimmed(padded);
    if (raw.push(name, value) > 2 * maxHeaders)
      throw tooLarge("go.micro.client", `read response: over ${maxHeaders} headers`);
    if (isNamed(name, "connection")) last ||= /\bclose\b/i.test(value);
    if (!bodiless) length = bodyLength(name, value, length);
  }
  if (bodiless) length = 0;
  if (length === undefined) throw broken("body of unknown length");
  return { status, statusText: (first[2] ?? "").trim(), header: readHeader(raw), last, length };
}

/** Removes spaces and tabs around a value. `trim` would also remove other white space. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(char: number): boolean {
  return char === 0x20 || char === 0x09;
}

function isNamed(sent: string, name: string): boolean {
  return sent.length === name.length && sent.toLowerCase() === name;
}

/** Updates the body length with one more header. A second header that sets it is an error. */
function bodyLength(name: string, value: string, known: Head["length"] | undefined): typeof known {
  const sized = isNamed(name, "content-length");
  if (!sized && !isNamed(name, "transfer-encoding")) return known;
  if (known !== undefined || (!sized && value.toLowerCase() !== "chunked"))
    throw broken("body of unknown length");
  return sized ? sizeOf(value) : "chunked";
}

function sizeOf(value: string): number {
  if (!/^\d{1,12}$/.test(value)) throw broken("body of unknown length");
  const length = Number(value);
  if (length > maxBody) throw tooLarge("go.micro.client", `read response: body over ${maxBody} bytes`);
  return length;
}

function broken(what: string): MicroError {
  return unreadable("go.micro.client", `read response: ${what}`);
}
