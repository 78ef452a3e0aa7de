import { badRequest, type MicroError } from "../../../core/errors.js";
import { canonicalName } from "../../../core/metadata.js";
import type { Metadata } from "../../../core/service.js";
import { readUint16, violation, writeUint16 } from "./frames.js";

/** Names that are sent as one byte, their index in this list. 0 stands for a name that is spelled out. */
const names = [
  "",
  "Content-Type",
  "Micro-Service",
  "Micro-Method",
  "Micro-Endpoint",
  "Micro-Id",
  "Micro-Error",
  "Micro-Topic",
  "Timeout",
  "X-Micro-From-Service",
  "Traceparent",
  "Tracestate",
  "X-Request-Id",
  "X-Micro-Attempt",
  "X-Micro-Not-Executed",
] as const;

/** Protocol headers say how to read a message: codes up to that of `Micro-Topic`, and other `Micro-` names. */
const lastOfProtocol = 7;
const protocolName = /^(X-)?Micro-(?!From-Service$)/;

const codes = new Map<string, number>(names.map((name, code) => [name, code]));
const maxEntries = 255;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}$/;
/** Size of the cache of valid names. Bounded, because they come from the network. */
const memoised = 1000;
const wellFormed = new Set<string>(names.slice(1));
// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches control characters on purpose
const control = /[\0-\x08\x0a-\x1f\x7f]/;

/**
 * A header block: the number of entries (1). For each entry the code of its name (1), the length of the name if the
 * code is 0 (1), and the length of its value (2). Then the text of all names and values in that order, as UTF-8, in one
 * piece so that a single call decodes it.
 */
export class HeaderBlock {
  /** Code, name (empty unless the code is 0) and value of each entry. The arrays are reused: `size` is the count. */
  readonly #codes: number[] = [];
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #size = 0;
  #chars = 0;
  #indexSize = 1;

  /** Adds an entry. @throws {MicroError} 400 for an invalid name. */
  add(name: string, value: string): void {
    const code = codes.get(name) ?? 0;
    if (code === 0) checkName(name);
    const spelled = code === 0 ? name : "";
    this.#codes[this.#size] = code;
    this.#names[this.#size] = spelled;
    this.#values[this.#size] = value;
    this.#size++;
    this.#chars += spelled.length + value.length;
    this.#indexSize += code === 0 ? 4 : 3;
  }

  get size(): number {
    return this.#size;
  }

  /** UTF-16 units of all values and spelled-out names. */
  get chars(): number {
    return this.#chars;
  }

  /** Upper bound of the bytes that `write` needs. */
  get bound(): number {
    return this.#size === 0 ? 0 : this.#indexSize + 3 * this.#chars;
  }

  /**
   * Writes the block and clears it. Writes nothing for an empty one.
   * @returns The number of bytes written.
   * @throws {MicroError} 400 for a control character.
   */
  write(bytes: Buffer, start: number): number {
    if (this.#size === 0) return 0;
    let at = start;
    let textAt = start + this.#indexSize;
    bytes[at++] = this.#size;
    for (let i = 0; i < this.#size; i++) {
      const name = this.#names[i] ?? "";
      bytes[at++] = this.#codes[i] ?? 0;
      if (name !== "") {
        bytes[at++] = name.length;
        textAt = writeText(bytes, name, textAt);
      }
      const end = writeText(bytes, this.#values[i] ?? "", textAt);
      writeUint16(bytes, end - textAt, at);
      at += 2;
      textAt = end;
    }
    this.clear();
    return textAt - start;
  }

  clear(): void {
    this.#size = 0;
    this.#chars = 0;
    this.#indexSize = 1;
  }
}

/** Up to this length, a loop over the characters is faster than three calls into the runtime: 40 against 150 ns. */
const short = 64;

/** Writes text as UTF-8. @returns Its end position. @throws {MicroError} 400 for a control character. */
function writeText(bytes: Buffer, text: string, at: number): number {
  if (text.length <= short) {
    let i = 0;
    while (i < text.length) {
      const char = text.charCodeAt(i);
      if (char < 0x20 || char > 0x7e) break;
      bytes[at + i++] = char;
    }
    if (i === text.length) return at + i;
  }
  if (control.test(text)) throw unwritable("a value holds a control character");
  return at + bytes.write(text, at);
}

/** True for more entries than a block can hold. */
export function tooManyEntries(entries: number): boolean {
  return entries > maxEntries;
}

function checkName(name: string): void {
  if (wellFormed.has(name)) return;
  if (!token.test(name) || name === "__proto__")
    throw unwritable(`${JSON.stringify(name)} is not a valid name`);
  if (wellFormed.size < memoised) wellFormed.add(name);
}

function unwritable(why: string): MicroError {
  return badRequest("go.micro.transport", `write header: ${why}`, { executed: "no" });
}

/**
 * Adds the entries of the block between `start` and `end` to `header`.
 * @returns True if one of them is a protocol header.
 * @throws {MicroError} 400 when the block is truncated or malformed.
 */
export function readBlock(
  header: Record<string, string>,
  bytes: Buffer,
  start: number,
  end: number,
): boolean {
  if (start === end) return false;
  let ofProtocol = false;
  const count = bytes[start] ?? 0;
  const textStart = endOfIndex(bytes, start, end);
  const text = bytes.toString("utf8", textStart, end);
  if (control.test(text)) throw violation("control character in a header");
  /** If all characters are one byte long, parts are substrings of the text; else each part is decoded by itself. */
  const part =
    text.length === end - textStart
      ? (from: number, to: number) => text.substring(from, to)
      : (from: number, to: number) => bytes.toString("utf8", textStart + from, textStart + to);
  let index = start + 1;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const code = bytes[index++] ?? 0;
    let name: string = names[code] ?? "";
    if (code === 0) {
      const length = bytes[index++] ?? 0;
      name = readName(part(at, at + length));
      at += length;
    } else if (name === "") throw violation(`header name ${code} unknown`);
    const length = readUint16(bytes, index);
    index += 2;
    header[name] = part(at, at + length);
    at += length;
    if (code === 0 ? protocolName.test(name) : code <= lastOfProtocol) ofProtocol = true;
  }
  return ofProtocol;
}

/** Finds where the text starts, and checks that the lengths add up. */
function endOfIndex(bytes: Buffer, start: number, end: number): number {
  let at = start + 1;
  let text = 0;
  for (let i = bytes[start] ?? 0; i > 0; i--) {
    if (bytes[at++] === 0) text += bytes[at++] ?? 0;
    text += readUint16(bytes, at);
    at += 2;
  }
  if (at + text !== end) throw violation("header block of a wrong length");
  return at;
}

function readName(name: string): string {
  if (wellFormed.has(name)) return canonicalName(name);
  if (!token.test(name) || name === "__proto__") throw violation("header name malformed");
  if (wellFormed.size < memoised) wellFormed.add(name);
  return canonicalName(name);
}

/** Reads a block as a complete header. */
export function readHeader(bytes: Buffer, start: number, end: number): Metadata {
  const header: Record<string, string> = {};
  readBlock(header, bytes, start, end);
  return header;
}
