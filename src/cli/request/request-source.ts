import { isUtf8 } from "node:buffer";
import { addAbortSignal } from "node:stream";
import { readAtMost } from "../../core/async/read-at-most.js";
import { FileRefused, fileFault, readSmallFile } from "../../core/files/small-file.js";
import { jsonErrorPosition } from "../../core/text/json-error.js";
import { CliError, usage } from "../errors.js";

/** Largest request in bytes. */
const limit = 4 * 1024 * 1024;

/** Possible sources of a body: words, `-`, `@path`, or `--file`. */
export interface BodySource {
  readonly words: readonly string[];
  readonly file?: string;
}

/**
 * Reads the body from the one source that was given. Undefined if none was.
 * @throws {CliError} or the reason of `signal`: standard input may never end.
 */
export async function readBody(
  { words, file }: BodySource,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (words.length > 0 && file !== undefined) throw usage("the body is given twice: as words and by --file");
  const [only] = words;
  if (file !== undefined) return file === "-" ? readStdin(signal) : bounded(readPath(file));
  if (words.length === 1 && only === "-") return readStdin(signal);
  if (words.length === 1 && only?.startsWith("@")) return bounded(readPath(only.slice(1)));
  return words.length === 0 ? undefined : bounded(Buffer.from(words.join(" ")));
}

/** Reads a JSON body. Undefined if none was given. @throws {CliError} BAD_JSON, TOO_LARGE */
export async function readJson(source: BodySource, signal: AbortSignal): Promise<string | undefined> {
  const bytes = await readBody(source, signal);
  if (bytes === undefined) return undefined;
  const text = jsonText(bytes);
  checkJson(text);
  return text;
}

/** Yields every non-blank line of standard input, which must be JSON. @throws {CliError} BAD_JSON */
export async function* jsonLines(input: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  const line = (bytes: Buffer) => {
    const text = jsonText(bytes);
    if (text.trim() !== "") checkJson(text);
    return text;
  };
  for await (const chunk of input) {
    const parts = splitLines(Buffer.concat([rest, chunk]));
    rest = bounded(parts.pop() ?? Buffer.alloc(0));
    for (const part of parts) {
      const text = line(part);
      if (text.trim() !== "") yield text;
    }
  }
  const last = line(rest);
  if (last.trim() !== "") yield last;
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return [...lines, bytes.subarray(start)];
}

/** Windows editors put a byte order mark first, which `JSON.parse` rejects. */
function jsonText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new CliError("BAD_JSON", "the request is not JSON: it is not UTF-8");
  return bytes.toString().replace(/^\uFEFF/, "");
}

function bounded(bytes: Buffer): Buffer {
  return bytes.length > limit ? tooLarge() : bytes;
}

function tooLarge(): never {
  throw new CliError("TOO_LARGE", `the body has more than ${limit} bytes`);
}

function readPath(path: string): Buffer {
  try {
    return readSmallFile(path, { limit });
  } catch (error) {
    const text = `file "${path}" cannot be read: ${fileFault(error)}`;
    if (!(error instanceof FileRefused)) throw usage(text);
    if (error.tooLarge) throw new CliError("TOO_LARGE", text, { cause: error });
    throw usage(text, "name a regular file, or - to read standard input");
  }
}

async function readStdin(signal: AbortSignal): Promise<Buffer> {
  const { bytes, complete } = await readAtMost(addAbortSignal(signal, process.stdin), limit);
  return complete ? bytes : tooLarge();
}

/** Checks that `text` is JSON. @throws {CliError} BAD_JSON, with the position and an excerpt. */
export function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw badJson(text);
  }
}

/** Makes the error with the position of the fault, and an excerpt with a mark at it. */
function badJson(text: string): CliError {
  const position = jsonErrorPosition(text) ?? text.length;
  const char = text[position];
  const what = char === undefined ? "unexpected end" : `unexpected ${JSON.stringify(char)}`;
  return new CliError("BAD_JSON", `bad JSON at position ${position}: ${what}: ${excerpt(text, position)}`);
}

function excerpt(text: string, position: number): string {
  const around = 20;
  const before = text.slice(Math.max(0, position - around), position);
  const after = text.slice(position, position + around);
  return `${position > around ? "…" : ""}${before} >>>${after}${text.length > position + around ? "…" : ""}`;
}
