import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MicroError } from "../core/errors.js";

/** How a file is run. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  /** A Node process: it notices by itself when we are gone. */
  readonly node: boolean;
}

/**
 * Finds how `file` is run, by its extension.
 * @throws {MicroError} 500 BACKEND_MISSING for TypeScript when neither tsx nor Node itself can run it.
 */
export function commandFor(file: string): CommandLine {
  const path = resolve(file);
  switch (extname(path)) {
    case ".js":
    case ".mjs":
    case ".cjs":
      return { command: process.execPath, args: [path], node: true };
    case ".ts":
    case ".mts":
      return { command: process.execPath, args: [...typescriptLoader(path), path], node: true };
    case ".py":
      return { command: "python3", args: ["-u", path], node: false };
    case ".rb":
      return { command: "ruby", args: [path], node: false };
    default:
      return { command: path, args: [], node: false };
  }
}

/** tsx as the user's own project has it, else Node's own type stripping. */
function typescriptLoader(path: string): string[] {
  try {
    return ["--import", pathToFileURL(createRequire(path).resolve("tsx")).href];
  } catch (cause) {
    if (process.allowedNodeEnvironmentFlags.has("--experimental-strip-types"))
      return ["--experimental-strip-types"];
    const detail = `run "${path}": this Node runs no TypeScript and tsx is not installed there: npm install tsx`;
    throw new MicroError("go.micro.dev", 500, detail, { reason: "BACKEND_MISSING", cause });
  }
}
