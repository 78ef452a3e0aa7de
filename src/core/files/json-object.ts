import { duplicateKey } from "./duplicate-key.js";
import { fileFault, readSmallFile } from "./small-file.js";

/**
 * Reads a JSON object from a file that only this user or root can have written. Undefined if there is no such file.
 * @throws {Error} if the file must not be read, or holds anything but a JSON object, or one with a key twice.
 */
export function readJsonObject(path: string): Record<string, unknown> | undefined {
  let content: string;
  try {
    content = withoutMark(readSmallFile(path, { own: true }).toString());
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test(fileFault(error))) return undefined;
    throw new Error(`${path} is not read: ${fileFault(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const twice = duplicateKey(content);
  if (twice) throw new Error(`${path}: line ${twice.line} gives ${JSON.stringify(twice.key)} a second time`);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`${path}: not a JSON object`);
}

/** Windows editors put a byte order mark first, which `JSON.parse` rejects. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
