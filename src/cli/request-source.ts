import { readFileSync } from "node:fs";
import { CliError, usage } from "./errors.js";

/** Bytes of a request at most. */
const limit = 4 * 1024 * 1024;

/** Where a body can come from: words, `-`, `@path`, or the flag `--file`. */
export interface BodySource {
  readonly words: readonly string[];
  readonly file?: string;
}

/** Reads a body from the one place that was given; undefined when none was. @throws {CliError} */
export async function readBody({ words, file }: BodySource): Promise<string | undefined> {
  if (words.length > 0 && file !== undefined) throw usage("the body is given twice: as words and by --file");
  const [only] = words;
  if (file !== undefined) return bounded(file === "-" ? await readStdin() : readPath(file));
  if (words.length === 1 && only === "-") return bounded(await readStdin());
  if (words.length === 1 && only?.startsWith("@")) return bounded(readPath(only.slice(1)));
  return words.length === 0 ? undefined : bounded(Buffer.from(words.join(" ")));
}

function bounded(bytes: Buffer): string {
  if (bytes.length > limit) throw new CliError("TOO_LARGE", `the body has more than ${limit} bytes`);
  return bytes.toString();
}

function readPath(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw usage(`file "${path}" cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) break;
  }
  return Buffer.concat(chunks);
}

/** Checks that `text` is a JSON object. @throws {CliError} BAD_JSON with the position and what stands there. */
export function checkObject(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badJson(text, error as Error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CliError("BAD_JSON", `the request is not a JSON object: ${excerpt(text, 0)}`);
}

/** The position in the text, and an excerpt with a mark at it. */
export function badJson(text: string, error: Error): CliError {
  const position = Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length);
  const what = error.message.replace(/,? ?(\.\.\.)?".*$| in JSON at position.*$/s, "");
  return new CliError("BAD_JSON", `bad JSON at position ${position}: ${what}: ${excerpt(text, position)}`);
}

function excerpt(text: string, position: number): string {
  const around = 20;
  const before = text.slice(Math.max(0, position - around), position);
  const after = text.slice(position, position + around);
  return `${position > around ? "…" : ""}${before} >>>${after}${text.length > position + around ? "…" : ""}`;
}
